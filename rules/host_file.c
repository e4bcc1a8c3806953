/* SPDX-License-Identifier: ISC */
/*
 * Reading a host description file: one record a line.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/addr_text.h"
#include "rules/zone.h"
#include "rules/diag.h"
#include "rules/host_impl.h"
#include "rules/rule.h"

#define NWORDS 256	/* fields of a line */

struct line {
	struct host *h;
	struct diag *d;
	struct span at;
	char *v[NWORDS];
	uint32_t col[NWORDS];	/* of each */
	int n;
	const char *form;	/* what the record should look like */
};

/* Word @w is not what it should be; one that is not there: the form is said. */
static bool
bad(struct line *l, int w, const char *what)
{
	if (w >= l->n) {
		diag_error(l->d, &l->at, "something is missing: %s", l->form);
		return false;
	}
	l->at.col = l->col[w];
	diag_error(l->d, &l->at, "\"%s\" is %s: %s", l->v[w], what, l->form);
	return false;
}

static bool
number(const char *s, unsigned long max, uint32_t *out)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 0);
	if (errno != 0 || end == s || *end != '\0' || *s == '-' || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

static struct host_if *
file_if(struct host *h, const char *name)
{
	uint32_t i;

	for (i = 0; i < h->nfile_ifs; i++)
		if (strcmp(h->file_ifs[i]->name, name) == 0)
			return h->file_ifs[i];
	return NULL;
}

static void
add_groups(struct host *h, struct host_if *i, char *list)
{
	char *g;

	while ((g = strsep(&list, ",")) != NULL)
		if (*g != '\0')
			host_group_add(h, i, g);
}

static bool
interface_word(struct line *l, struct host_if *i, int w)
{
	const char *word = l->v[w];

	if (strcmp(word, "mtu") != 0 && strcmp(word, "rdomain") != 0 &&
	    strcmp(word, "groups") != 0)
		return bad(l, w, "no word of this record");
	if (w + 1 == l->n)
		return bad(l, l->n, NULL);
	if (strcmp(word, "mtu") == 0 && !number(l->v[w + 1], UINT32_MAX,
	    &i->mtu))
		return bad(l, w + 1, "no number");
	if (strcmp(word, "rdomain") == 0 && !number(l->v[w + 1], 255,
	    &i->rdomain))
		return bad(l, w + 1, "no number up to 255");
	if (strcmp(word, "groups") == 0)
		add_groups(l->h, i, l->v[w + 1]);
	return true;
}

static bool
rec_interface(struct line *l)
{
	static const struct { const char *word; int flag; } flags[] = {
		{ "up", HOST_IF_UP }, { "loopback", HOST_IF_LOOPBACK },
		{ "broadcast", HOST_IF_BROADCAST },
		{ "pointopoint", HOST_IF_POINTOPOINT },
		{ "multicast", HOST_IF_MULTICAST },
	};
	struct host_if *i;
	size_t k;
	int w;

	if (l->n < 2)
		return bad(l, l->n, NULL);
	if (strlen(l->v[1]) > RULE_IFNAME_MAX)
		return bad(l, 1, "longer than a name of an interface");
	if (file_if(l->h, l->v[1]) != NULL)
		return bad(l, 1, "there already");
	i = host_if_add(l->h, &l->h->file_ifs, &l->h->nfile_ifs, l->v[1]);
	for (w = 2; w < l->n; w++) {
		for (k = 0; k < sizeof(flags) / sizeof(flags[0]); k++)
			if (strcmp(l->v[w], flags[k].word) == 0)
				break;
		if (k < sizeof(flags) / sizeof(flags[0]))
			i->flags |= flags[k].flag;
		else if (!interface_word(l, i, w++))
			return false;
	}
	return true;
}

static bool
rec_address(struct line *l)
{
	struct host_addr *a, v = { 0 };
	struct host_if *i;
	struct addr *to;
	uint8_t af;
	int w;

	if (l->n < 3)
		return bad(l, l->n, NULL);
	if ((i = file_if(l->h, l->v[1])) == NULL)
		return bad(l, 1, "no interface named before");
	if (!prefix_parse(l->v[2], &v.addr, &v.af, &v.plen))
		return bad(l, 2, "no address");
	for (w = 3; w < l->n; w += 2) {
		if (strcmp(l->v[w], "broadcast") == 0)
			v.has_broadcast = true;
		else if (strcmp(l->v[w], "peer") == 0)
			v.has_peer = true;
		else
			return bad(l, w, "no word of this record");
		to = *l->v[w] == 'b' ? &v.broadcast : &v.peer;
		if (w + 1 == l->n)
			return bad(l, l->n, NULL);
		if (!addr_parse(l->v[w + 1], to, &af) || af != v.af)
			return bad(l, w + 1, "no address of this family");
	}
	v.scoped = v.af == AF_INET6 && v.addr.b[0] == 0xfe &&
	    (v.addr.b[1] & 0xc0) == 0x80;
	a = host_addr_add(l->h, i);
	*a = v;
	return true;
}

/* Nothing of ruleset checks depends on a route: the record is only read. */
static bool
rec_route(struct line *l)
{
	struct addr net, via;
	uint8_t af, plen, via_af;
	bool dev = false;
	int w;

	if (l->n < 4)
		return bad(l, l->n, NULL);
	if (!prefix_parse(l->v[1], &net, &af, &plen))
		return bad(l, 1, "no network");
	for (w = 2; w + 1 < l->n; w += 2) {
		if (strcmp(l->v[w], "via") == 0) {
			if (!addr_parse(l->v[w + 1], &via, &via_af) ||
			    via_af != af)
				return bad(l, w + 1,
				    "no address of this family");
		} else if (strcmp(l->v[w], "dev") == 0) {
			dev = true;
		} else if (strcmp(l->v[w], "label") != 0) {
			return bad(l, w, "no word of this record");
		}
	}
	return w == l->n && dev ? true : bad(l, l->n, NULL);
}

static bool
rec_host(struct line *l)
{
	struct host *h = l->h;
	struct host_name *r;
	int w;

	if (l->n < 3)
		return bad(l, l->n, NULL);
	r = zone_alloc(h->zone, sizeof(*r));
	r->name = zone_strdup(h->zone, l->v[1]);
	r->v = zone_alloc(h->zone, (size_t)l->n * sizeof(*r->v));
	for (w = 2; w < l->n; w++, r->n++)
		if (!addr_parse(l->v[w], &r->v[r->n].addr, &r->v[r->n].af))
			return bad(l, w, "no address");
	r->next = h->names;
	h->names = r;
	h->file_names = true;
	return true;
}

static void
add_id(struct host *h, struct host_id **head, struct host_id **tail,
    const char *name, uint32_t id, uint8_t proto, bool alias)
{
	struct host_id *n = zone_alloc(h->zone, sizeof(*n));

	n->name = zone_strdup(h->zone, name);
	n->id = id;
	n->proto = proto;
	n->alias = alias;
	if (*tail != NULL)
		(*tail)->next = n;
	else
		*head = n;
	*tail = n;
}

static bool
id_record(struct line *l, uint32_t *id)
{
	if (l->n < 3)
		return bad(l, l->n, NULL);
	if (!number(l->v[2], UINT32_MAX - 1, id))
		return bad(l, 2, "no number");
	return l->n == 3 || bad(l, 3, "too much");
}

static bool
rec_user(struct line *l)
{
	uint32_t id;

	if (!id_record(l, &id))
		return false;
	add_id(l->h, &l->h->users, &l->h->users_tail, l->v[1], id, 0, false);
	return true;
}

static bool
rec_group(struct line *l)
{
	uint32_t id;

	if (!id_record(l, &id))
		return false;
	add_id(l->h, &l->h->groups, &l->h->groups_tail, l->v[1], id, 0,
	    false);
	return true;
}

static bool
rec_service(struct line *l)
{
	static const struct { const char *name; uint8_t proto; } protos[] = {
		{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
		{ "sctp", IPPROTO_SCTP },
	};
	uint32_t port;
	char *slash;
	size_t k;
	int w;

	if (l->n < 3)
		return bad(l, l->n, NULL);
	if ((slash = strchr(l->v[2], '/')) == NULL)
		return bad(l, 2, "no port and protocol");
	*slash++ = '\0';
	for (k = 0; k < 3; k++)
		if (strcmp(slash, protos[k].name) == 0)
			break;
	if (k == 3 || !number(l->v[2], 65535, &port)) {
		slash[-1] = '/';
		return bad(l, 2, "no port and protocol");
	}
	for (w = 1; w < l->n; w++)
		if (w != 2)
			add_id(l->h, &l->h->services, &l->h->services_tail,
			    l->v[w], port, protos[k].proto, w > 2);
	return true;
}

static bool
rec_protocol(struct line *l)
{
	uint32_t n;
	int w;

	if (l->n < 3)
		return bad(l, l->n, NULL);
	if (!number(l->v[2], 255, &n))
		return bad(l, 2, "no number up to 255");
	for (w = 1; w < l->n; w++)
		if (w != 2)
			add_id(l->h, &l->h->protos, &l->h->protos_tail,
			    l->v[w], n, 0, w > 2);
	return true;
}

static bool
rec_rtable(struct line *l)
{
	uint32_t n;

	if (l->n < 2)
		return bad(l, l->n, NULL);
	if (!number(l->v[1], 255, &n))
		return bad(l, 1, "no number up to 255");
	if (l->n > 2)
		return bad(l, 2, "too much");
	l->h->rtables[n / 8] |= (uint8_t)(1u << n % 8);
	l->h->file_rtables = true;
	return true;
}

static const struct record {
	const char *word;
	bool (*read)(struct line *);
	const char *form;
} records[] = {
	{ "interface", rec_interface, "interface NAME [up] [loopback] "
	  "[broadcast] [pointopoint] [multicast] [mtu N] [rdomain N] "
	  "[groups G,...]" },
	{ "address", rec_address,
	  "address NAME ADDR/BITS [broadcast ADDR] [peer ADDR]" },
	{ "route", rec_route, "route PREFIX [via ADDR] dev NAME [label L]" },
	{ "host", rec_host, "host NAME ADDR..." },
	{ "user", rec_user, "user NAME UID" },
	{ "group", rec_group, "group NAME GID" },
	{ "service", rec_service, "service NAME PORT/PROTO [ALIAS...]" },
	{ "protocol", rec_protocol, "protocol NAME NUMBER [ALIAS...]" },
	{ "rtable", rec_rtable, "rtable N" },
};

static void
record(struct line *l)
{
	size_t k;

	for (k = 0; k < sizeof(records) / sizeof(records[0]); k++)
		if (strcmp(records[k].word, l->v[0]) == 0) {
			l->form = records[k].form;
			(void)records[k].read(l);
			return;
		}
	diag_error(l->d, &l->at, "unknown record '%s'", l->v[0]);
}

/* The words of a line, with their columns. */
static void
split(struct line *l, char *text)
{
	char *p = text, *w;

	text[strcspn(text, "#\n")] = '\0';
	l->n = 0;
	while ((w = strsep(&p, " \t\r")) != NULL)
		if (*w != '\0' && l->n < NWORDS) {
			l->col[l->n] = (uint32_t)(w - text) + 1;
			l->v[l->n++] = w;
		}
}

int
host_read(struct host *h, const char *path, struct diag *d)
{
	unsigned errors = diag_errors(d);
	struct line l = { .h = h, .d = d };
	char *text = NULL;
	size_t cap = 0;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL) {
		int error = -errno;

		diag_error(d, NULL, "%s: %s", path, strerror(errno));
		return error;
	}
	l.at.file = diag_file(d, path, NULL, 0);
	while (getline(&text, &cap, f) != -1) {
		l.at.line++;
		l.at.col = 1;
		split(&l, text);
		if (l.n != 0)
			record(&l);
	}
	free(text);
	fclose(f);
	return diag_errors(d) == errors ? 0 : -EINVAL;
}
