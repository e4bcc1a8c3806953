/* SPDX-License-Identifier: ISC */
/*
 * A state as text.
 *
 * An outgoing state shows its connection as it is on the wire and, in
 * parentheses, what stood there before translation; an incoming one shows it
 * as the stack sees it, and what came in on the wire in parentheses.
 */
#include <netinet/in.h>

#include <inttypes.h>
#include <string.h>

#include "ctl/format.h"
#include "ctl/word.h"
#include "engine/packet.h"

#define NO_WSCALE 0xff

static bool
end_equal(const struct view_end *a, const struct view_end *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

static bool
has_services(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	    proto == IPPROTO_SCTP;
}

static void
print_port(const struct format *f, const struct state_view *v, uint16_t port)
{
	const char *service = NULL;

	if (port == 0)
		return;
	if (f->service != NULL && has_services(v->proto))
		service = f->service(f->arg, v->proto, port);
	fputs(v->af == AF_INET6 ? "[" : ":", f->out);
	if (service != NULL)
		fputs(service, f->out);
	else
		fprintf(f->out, "%u", port);
	if (v->af == AF_INET6)
		putc(']', f->out);
}

static void
print_host(const struct format *f, uint8_t af, const struct addr *a)
{
	char buf[WORD_MAX];
	const char *name = NULL;

	if (f->name != NULL)
		name = f->name(f->arg, af, a);
	fputs(name != NULL ? name : word_addr(buf, af, a), f->out);
}

static void
print_end(const struct format *f, const struct state_view *v,
    const struct view_end *e)
{
	if (v->rdomain != 0)
		fprintf(f->out, "(%u) ", v->rdomain);
	print_host(f, v->af, &e->addr);
	print_port(f, v, e->port);
}

/* One side of the arrow: as it is shown, and in parentheses if it differs. */
static void
print_side(const struct format *f, const struct state_view *v, int i)
{
	const struct view_end *shown = &v->wire[i], *other = &v->stack[i];
	char buf[WORD_MAX];

	if (v->dir == DIR_IN) {
		shown = &v->stack[i];
		other = &v->wire[i];
	}
	print_end(f, v, shown);
	if (!end_equal(shown, other)) {
		fputs(" (", f->out);
		print_end(f, v, other);
		putc(')', f->out);
	}
	if (!addr_is_zero(&v->gw[i].addr))
		fprintf(f->out, " {%s}", word_addr(buf, v->af,
		    &v->gw[i].addr));
}

static void
print_window(FILE *out, const struct view_peer *p)
{
	fprintf(out, "[%u + %u]", p->seqlo, p->window);
	if (p->seqdiff != 0)
		fprintf(out, "(+%u)", p->seqdiff);
	if (p->wscale != NO_WSCALE)
		fprintf(out, " wscale %u", p->wscale);
}

static void
print_time(FILE *out, uint32_t s)
{
	fprintf(out, "%02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static void
print_facts(FILE *out, const struct show_state *s)
{
	const struct state_view *v = &s->v;

	fputs("   age ", out);
	print_time(out, v->age);
	fputs(", expires in ", out);
	print_time(out, v->expires);
	fprintf(out, ", %" PRIu64 ":%" PRIu64 " pkts, %" PRIu64 ":%" PRIu64
	    " bytes", v->packets[0], v->packets[1], v->bytes[0], v->bytes[1]);
	if (s->anchor != NULL && *s->anchor != '\0')
		fprintf(out, ", anchor %s", s->anchor);
	if (s->nr >= 0)
		fprintf(out, ", rule %" PRId64, s->nr);
	if (v->sloppy)
		fputs(", sloppy", out);
	if (v->pflow)
		fputs(", pflow", out);
	if (v->srctrack)
		fputs(", source-track", out);
	if (v->sticky)
		fputs(", sticky-address", out);
	putc('\n', out);
}

/* What the first packet had, and what its answer has when it arrives. */
static void
print_translation(const struct format *f, const struct state_view *v)
{
	if (end_equal(&v->orig_src, &v->reply_dst) &&
	    end_equal(&v->orig_dst, &v->reply_src))
		return;
	fputs("   original ", f->out);
	print_end(f, v, &v->orig_src);
	fputs(" -> ", f->out);
	print_end(f, v, &v->orig_dst);
	fputs(", reply ", f->out);
	print_end(f, v, &v->reply_src);
	fputs(" -> ", f->out);
	print_end(f, v, &v->reply_dst);
	putc('\n', f->out);
}

static void
print_identity(FILE *out, const struct show_state *s)
{
	char id[WORD_MAX];
	const char *label;
	size_t len;

	fprintf(out, "   id: %016" PRIx64 " creatorid: %08x\n", s->v.id,
	    s->v.creatorid);
	if (s->rule == 0 && s->if_seen[0] == '\0')
		return;
	fputs("  ", out);
	if (s->if_seen[0] != '\0')
		fprintf(out, " interface %s", s->if_seen);
	if (s->rule != 0)
		fprintf(out, "%s rule id %s",
		    s->if_seen[0] != '\0' ? "," : "",
		    word_ruleid(id, s->rule, s->rule_digits));
	for (label = s->label; label != NULL && *label != '\0'; label += len) {
		len = strcspn(label, "\n");
		fprintf(out, ", label \"%.*s\"", (int)len, label);
		len += label[len] == '\n';
	}
	putc('\n', out);
}

void
format_state(const struct format *f, const struct show_state *s)
{
	const struct state_view *v = &s->v;
	char proto[WORD_MAX], buf[2][WORD_MAX];
	const char *left = word_state(buf[0], v->proto, v->peer[0].state);
	const char *right = word_state(buf[1], v->proto, v->peer[1].state);

	fprintf(f->out, "%s %s ", s->ifname, word_proto(proto, v->proto));
	print_side(f, v, 0);
	fputs(v->dir == DIR_OUT ? " -> " : " <- ", f->out);
	print_side(f, v, 1);
	if (strncmp(left, "PROXY:", 6) == 0)
		fprintf(f->out, "       %s\n", left);
	else if (strncmp(right, "PROXY:", 6) == 0)
		fprintf(f->out, "       %s\n", right);
	else
		fprintf(f->out, "       %s:%s\n", left, right);
	if (f->verbose == 0)
		return;
	if (v->proto == IPPROTO_TCP) {
		fputs("   ", f->out);
		print_window(f->out, &v->peer[0]);
		fputs("  ", f->out);
		print_window(f->out, &v->peer[1]);
		putc('\n', f->out);
	}
	print_facts(f->out, s);
	print_translation(f, v);
	if (f->verbose > 1)
		print_identity(f->out, s);
}

static void
print_source_facts(FILE *out, const struct show_source *s)
{
	fputs("   age ", out);
	print_time(out, s->age);
	if (s->states == 0) {
		fputs(", expires in ", out);
		print_time(out, s->expires);
	}
	fprintf(out, ", %" PRIu64 " pkts, %" PRIu64 " bytes", s->packets,
	    s->bytes);
	if (s->anchor != NULL && *s->anchor != '\0')
		fprintf(out, ", anchor %s", s->anchor);
	if (s->nr >= 0)
		fprintf(out, ", rule %" PRId64, s->nr);
	putc('\n', out);
}

/* Connections and their rate are those of max-src-conn, as in pf. */
void
format_source(const struct format *f, const struct show_source *s)
{
	print_host(f, s->af, &s->src);
	fprintf(f->out, " %s ", s->word);
	if (addr_is_zero(&s->to))
		fputs(s->ifname, f->out);
	else
		print_host(f, s->af, &s->to);
	fprintf(f->out, " ( states %u, connections 0, rate 0.0/0s )\n",
	    s->states);
	if (f->verbose > 0)
		print_source_facts(f->out, s);
}
