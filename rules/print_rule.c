/* SPDX-License-Identifier: ISC */
/*
 * Printing one rule: its parts in their order, each with a blank before it.
 */
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/names.h"
#include "rules/print_impl.h"

static void
icmp_code(FILE *f, unsigned code, uint8_t af)
{
	const char *name = icmp_code_name(af == AF_INET ? 3 : 1, code, af);

	if (name != NULL)
		fputs(name, f);
	else
		fprintf(f, "%u", code);
}

static void
print_block(FILE *f, const struct rule *r)
{
	fputs("block", f);
	switch (r->ret) {
	case RULE_RETURN:
		fputs(" return", f);
		break;
	case RULE_RETURN_RST:
		fputs(" return-rst", f);
		if (r->ret_ttl_set)
			fprintf(f, "(ttl %u)", r->ret_ttl);
		break;
	case RULE_RETURN_ICMP:
		fputs(r->af == AF_INET6 ? " return-icmp6(" : " return-icmp(",
		    f);
		if (r->af != AF_INET6)
			icmp_code(f, r->ret_code, AF_INET);
		if (r->af == 0)
			fputs(", ", f);
		if (r->af != AF_INET)
			icmp_code(f, r->ret_code6, AF_INET6);
		fputc(')', f);
		break;
	default:
		fputs(" drop", f);
		break;
	}
}

static void
print_action(FILE *f, const struct rule *r)
{
	static const char *const classes[] = {
		[RULE_CLASS_SCRUB] = "scrub", [RULE_CLASS_ETHER] = "ether",
		[RULE_CLASS_NAT] = "nat", [RULE_CLASS_RDR] = "rdr",
		[RULE_CLASS_BINAT] = "binat", [RULE_CLASS_FILTER] = "",
	};

	if (r->class == RULE_CLASS_ETHER)
		fputs("ether ", f);
	switch (r->action) {
	case RULE_PASS:
		fputs("pass", f);
		break;
	case RULE_MATCH:
		fputs("match", f);
		break;
	case RULE_BLOCK:
		if (r->class == RULE_CLASS_ETHER)
			fputs("block", f);
		else
			print_block(f, r);
		break;
	case RULE_NO:
		fprintf(f, "no %s", classes[r->class]);
		break;
	case RULE_ANCHOR:
		if (r->class != RULE_CLASS_FILTER &&
		    r->class != RULE_CLASS_ETHER)
			fprintf(f, "%s-", classes[r->class]);
		fputs("anchor", f);
		if (r->anchor_name != NULL) {
			fputc(' ', f);
			print_quoted(f, r->anchor_name);
		}
		break;
	default:
		fputs(classes[r->class], f);
		if (r->xlate_pass)
			fputs(" pass", f);
		break;
	}
}

static void
print_log(FILE *f, const struct rule *r)
{
	const char *sep = " (";

	if (r->log == 0)
		return;
	fputs(" log", f);
	if ((r->log & RULE_LOG_ALL) != 0) {
		fprintf(f, "%sall", sep);
		sep = ", ";
	}
	if ((r->log & RULE_LOG_MATCHES) != 0) {
		fprintf(f, "%smatches", sep);
		sep = ", ";
	}
	if ((r->log & RULE_LOG_USER) != 0) {
		fprintf(f, "%suser", sep);
		sep = ", ";
	}
	if (r->logif != 0) {
		fprintf(f, "%sto pflog%u", sep, r->logif);
		sep = ", ";
	}
	if (*sep == ',')
		fputc(')', f);
}

static void
print_on(FILE *f, const struct rule *r)
{
	if (r->rdomain != -1)
		fprintf(f, " on %srdomain %d", r->rdomain_neg ? "! " : "",
		    r->rdomain);
	else if (r->if_any)
		fputs(" on any", f);
	else if (r->ifname != NULL) {
		fputs(r->if_neg ? " on ! " : " on ", f);
		print_name(f, r->ifname);
	}
}

static void
print_routeopt(FILE *f, const struct rule *r, const struct print_options *o)
{
	static const char *const words[] = {
		[RULE_ROUTE_TO] = "route-to", [RULE_REPLY_TO] = "reply-to",
		[RULE_DUP_TO] = "dup-to",
	};

	fprintf(f, " %s ", words[r->route_type]);
	print_pool_options(f, r->route, false, o);
}

static void
print_fromto(FILE *f, const struct rule *r, const struct print_options *o)
{
	const struct rule_host *s = &r->from, *d = &r->to;

	if (s->addr.type == RULE_ADDR_ANY && d->addr.type == RULE_ADDR_ANY &&
	    !s->neg && !d->neg && s->port.op == RULE_OP_NONE &&
	    d->port.op == RULE_OP_NONE && r->os == NULL) {
		fputs(" all", f);
		return;
	}
	fputs(s->neg ? " from ! " : " from ", f);
	print_rule_addr(f, &s->addr, r->af, o);
	print_port(f, &s->port, r->proto, o);
	if (r->os != NULL) {
		fputs(" os ", f);
		print_quoted(f, r->os);
	}
	fputs(d->neg ? " to ! " : " to ", f);
	print_rule_addr(f, &d->addr, r->af, o);
	print_port(f, &d->port, r->proto, o);
}

static void
print_proto(FILE *f, const struct rule *r)
{
	const char *name;

	if (r->af != 0)
		fputs(r->af == AF_INET ? " inet" : " inet6", f);
	if (r->proto == 0)
		return;
	if ((name = proto_name(r->proto)) != NULL)
		fprintf(f, " proto %s", name);
	else
		fprintf(f, " proto %u", r->proto);
}

static void
print_flags(FILE *f, const struct rule *r)
{
	char set[TCP_FLAGS_TEXT_MAX], mask[TCP_FLAGS_TEXT_MAX];

	if (r->flagset != 0)
		fprintf(f, " flags %s/%s", tcp_flags_text(set, r->flags),
		    tcp_flags_text(mask, r->flagset));
	else if (r->action == RULE_PASS && r->state != RULE_STATE_NONE &&
	    (r->proto == 0 || r->proto == IPPROTO_TCP) && !r->fragment)
		fputs(" flags any", f);
}

static void
print_icmp(FILE *f, const struct rule *r)
{
	uint8_t af = r->proto == IPPROTO_ICMPV6 ? AF_INET6 : AF_INET;
	const char *name;

	if (r->icmp_type == -1)
		return;
	fputs(af == AF_INET6 ? " icmp6-type " : " icmp-type ", f);
	if ((name = icmp_type_name((unsigned)r->icmp_type, af)) != NULL)
		fputs(name, f);
	else
		fprintf(f, "%d", r->icmp_type);
	if (r->icmp_code == -1)
		return;
	fputs(" code ", f);
	name = icmp_code_name((unsigned)r->icmp_type, (unsigned)r->icmp_code,
	    af);
	if (name != NULL)
		fputs(name, f);
	else
		fprintf(f, "%d", r->icmp_code);
}

static void
print_conditions(FILE *f, const struct rule *r)
{
	if (r->received_on != NULL || r->received_on_any) {
		fputs(r->received_on_neg ? " !received-on " :
		    " received-on ", f);
		if (r->received_on_any)
			fputs("any", f);
		else
			print_name(f, r->received_on);
	}
	print_owner(f, "user", &r->user);
	print_owner(f, "group", &r->group);
	print_flags(f, r);
	print_icmp(f, r);
	if (r->tos != -1)
		fprintf(f, " tos 0x%02x", (unsigned)r->tos);
	if (r->prio != -1)
		fprintf(f, " prio %d", r->prio);
	if (r->pkt_rate != 0)
		fprintf(f, " max-pkt-rate %u/%u", r->pkt_rate,
		    r->pkt_rate_secs);
	if (r->max_pkt_size != 0)
		fprintf(f, " max-pkt-size %u", r->max_pkt_size);
}

static void
print_set(FILE *f, const struct rule *r)
{
	const struct rule_set *s = &r->set;
	const char *sep = " set (";

	if (s->prio[0] != -1) {
		if (s->prio[0] == s->prio[1])
			fprintf(f, "%sprio %d", sep, s->prio[0]);
		else
			fprintf(f, "%sprio(%d, %d)", sep, s->prio[0],
			    s->prio[1]);
		sep = ", ";
	}
	if (s->queue[0] != NULL) {
		fprintf(f, s->queue[1] == NULL ? "%squeue " : "%squeue(", sep);
		print_name(f, s->queue[0]);
		if (s->queue[1] != NULL) {
			fputs(", ", f);
			print_name(f, s->queue[1]);
			fputc(')', f);
		}
		sep = ", ";
	}
	if (s->tos != -1) {
		fprintf(f, "%stos 0x%02x", sep, (unsigned)s->tos);
		sep = ", ";
	}
	if (s->mark_set) {
		fprintf(f, "%smark %u", sep, s->mark);
		sep = ", ";
	}
	if (s->delay != -1) {
		fprintf(f, "%sdelay %d", sep, s->delay);
		sep = ", ";
	}
	if (*sep == ',')
		fputc(')', f);
}

static void
print_probability(FILE *f, const struct rule *r)
{
	char buf[32];
	size_t n;

	if (r->probability == 0)
		return;
	snprintf(buf, sizeof(buf), "%.6f",
	    (double)r->probability * 100 / (double)UINT32_MAX);
	for (n = strlen(buf); n > 0 && buf[n - 1] == '0'; n--)
		continue;
	if (n > 0 && buf[n - 1] == '.')
		n--;
	fprintf(f, " probability %.*s%%", (int)n, buf);
}

static void
scrub_words(FILE *f, const struct rule_scrub *s, bool option)
{
	if (s->no_df)
		fputs(" no-df", f);
	if (s->random_id)
		fputs(" random-id", f);
	if (s->min_ttl != -1)
		fprintf(f, " min-ttl %d", s->min_ttl);
	if (option && s->set_tos != -1)
		fprintf(f, " set-tos 0x%02x", (unsigned)s->set_tos);
	if (option && s->reassemble_tcp)
		fputs(" reassemble tcp", f);
	if (s->max_mss_auto)
		fputs(" max-mss auto", f);
	else if (s->max_mss != -1)
		fprintf(f, " max-mss %d", s->max_mss);
	if (option)
		return;
	if (s->set_tos != -1)
		fprintf(f, " set-tos 0x%02x", (unsigned)s->set_tos);
	if (s->reassemble_tcp)
		fputs(" reassemble tcp", f);
	fputs(s->no_frag_reassemble ? " fragment no reassemble" :
	    " fragment reassemble", f);
}

static void
print_scrub(FILE *f, const struct rule *r)
{
	char *buf = NULL;
	size_t size;
	FILE *m;

	if (!r->scrub.set || (m = open_memstream(&buf, &size)) == NULL)
		return;
	scrub_words(m, &r->scrub, true);
	fclose(m);
	if (buf != NULL && buf[0] == ' ')
		fprintf(f, " scrub (%s)", buf + 1);
	free(buf);
}

static const char *
text(const struct rule_text *t, const struct print_options *o)
{
	return o != NULL && (o->flags & PRINT_RAW) != 0 ? t->raw : t->text;
}

static void
print_labels(FILE *f, const struct rule *r, const struct print_options *o)
{
	unsigned i;

	for (i = 0; i < r->nlabels; i++) {
		fputs(" label ", f);
		print_quoted(f, text(&r->label[i], o));
	}
	if (r->ridentifier_set)
		fprintf(f, " ridentifier %u", r->ridentifier);
	if (r->class == RULE_CLASS_ETHER && r->set.queue[0] != NULL) {
		fputs(" queue ", f);
		print_name(f, r->set.queue[0]);
	}
}

static void
print_dn(FILE *f, const struct rule *r)
{
	const char *word = r->dnqueue ? "dnqueue" : "dnpipe";

	if (r->dn[0] != 0 && r->dn[1] != 0)
		fprintf(f, " %s(%u, %u)", word, r->dn[0], r->dn[1]);
	else if (r->dn[0] != 0)
		fprintf(f, " %s %u", word, r->dn[0]);
}

static void
print_tags(FILE *f, const struct rule *r, const struct print_options *o)
{
	if (r->tag.text != NULL) {
		fputs(" tag ", f);
		print_name(f, text(&r->tag, o));
	}
	if (r->tagged.text != NULL) {
		fputs(r->tagged_neg ? " ! tagged " : " tagged ", f);
		print_name(f, text(&r->tagged, o));
	}
}

static void
print_divert(FILE *f, const struct rule *r)
{
	char buf[ADDR_TEXT_MAX];

	if (r->divert == RULE_DIVERT_TO)
		fprintf(f, " divert-to %s port %u", addr_text(buf,
		    &r->divert_addr, r->divert_af), r->divert_port);
	else if (r->divert == RULE_DIVERT_REPLY)
		fputs(" divert-reply", f);
	else if (r->divert == RULE_DIVERT_PACKET)
		fprintf(f, " divert-packet port %u", r->divert_port);
}

static void
print_xlate(FILE *f, const struct rule *r, const struct print_options *o)
{
	char buf[ADDR_TEXT_MAX];

	if (r->naf != 0) {
		fprintf(f, " af-to %s from ", r->naf == AF_INET ? "inet" :
		    "inet6");
		print_pool_options(f, r->nat, true, o);
		if (r->rdr != NULL) {
			fputs(" to ", f);
			print_pool_options(f, r->rdr, false, o);
		}
		return;
	}
	if (r->nat != NULL) {
		fputs(" nat-to ", f);
		print_pool_options(f, r->nat, true, o);
	}
	if (r->rdr != NULL) {
		fputs(" rdr-to ", f);
		print_pool_options(f, r->rdr, false, o);
	}
	if (r->nptv6.set) {
		fprintf(f, " nptv6 %s/%u", addr_text(buf, &r->nptv6.from,
		    AF_INET6), r->nptv6.from_plen);
		fprintf(f, " to %s/%u", addr_text(buf, &r->nptv6.to,
		    AF_INET6), r->nptv6.to_plen);
	}
}

static void
print_filter(FILE *f, const struct rule *r, const struct print_options *o)
{
	if (r->route != NULL && r->route_classic)
		print_routeopt(f, r, o);
	print_proto(f, r);
	print_fromto(f, r, o);
	print_conditions(f, r);
	print_set(f, r);
	print_probability(f, r);
	print_state(f, r);
	if (r->fragment)
		fputs(" fragment", f);
	print_scrub(f, r);
	if (r->allow_opts)
		fputs(" allow-opts", f);
	print_labels(f, r, o);
	print_dn(f, r);
	if (r->once)
		fputs(" once", f);
	print_tags(f, r, o);
	if (r->rtable != -1)
		fprintf(f, " rtable %d", r->rtable);
	print_divert(f, r);
	print_xlate(f, r, o);
	if (r->route != NULL && !r->route_classic)
		print_routeopt(f, r, o);
}

static void
print_classic(FILE *f, const struct rule *r, const struct print_options *o)
{
	const struct pool *p = r->class == RULE_CLASS_NAT ? r->nat :
	    r->class == RULE_CLASS_RDR ? r->rdr : r->binat;

	print_proto(f, r);
	print_fromto(f, r, o);
	if (r->class == RULE_CLASS_SCRUB && r->action == RULE_SCRUB)
		scrub_words(f, &r->scrub, false);
	print_tags(f, r, o);
	if (r->rtable != -1)
		fprintf(f, " rtable %d", r->rtable);
	if (p != NULL) {
		fputs(" -> ", f);
		print_pool_options(f, p, r->class == RULE_CLASS_NAT, o);
	}
}

static void
print_mac(FILE *f, const char *word, const struct rule_mac *m)
{
	unsigned i, bits = 0;
	bool gap = false, plain = true;

	if (!m->set)
		return;
	fprintf(f, " %s %s", word, m->neg ? "! " : "");
	for (i = 0; i < 6; i++)
		fprintf(f, i == 0 ? "%02x" : ":%02x", m->addr[i]);
	for (i = 0; i < 48; i++) {
		bool one = (m->mask[i / 8] & 0x80 >> i % 8) != 0;

		if (one && gap)
			plain = false;
		gap |= !one;
		bits += one;
	}
	if (plain && bits < 48)
		fprintf(f, "/%u", bits);
	for (i = 0; i < 6 && !plain; i++)
		fprintf(f, i == 0 ? "&%02x" : ":%02x", m->mask[i]);
}

static void
print_ether(FILE *f, const struct rule *r, const struct print_options *o)
{
	if (r->ether.bridge_to != NULL) {
		fputs(" bridge-to ", f);
		print_name(f, r->ether.bridge_to);
	}
	if (r->ether.proto_set)
		fprintf(f, " proto 0x%04x", r->ether.proto);
	print_mac(f, "from", &r->ether.from);
	print_mac(f, "to", &r->ether.to);
	fputs(" l3", f);
	print_fromto(f, r, o);
	print_labels(f, r, o);
	print_tags(f, r, o);
	print_dn(f, r);
}

void
print_rule(FILE *f, const struct rule *r, const struct print_options *o)
{
	print_action(f, r);
	if (r->dir != RULE_INOUT)
		fputs(r->dir == RULE_IN ? " in" : " out", f);
	print_log(f, r);
	if (r->quick)
		fputs(" quick", f);
	print_on(f, r);
	if (r->class == RULE_CLASS_FILTER)
		print_filter(f, r, o);
	else if (r->class == RULE_CLASS_ETHER)
		print_ether(f, r, o);
	else
		print_classic(f, r, o);
}
