/* SPDX-License-Identifier: ISC */
#include "engine/natd/load_check.h"

#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/proto.h"
#include "engine/arena.h"
#include "engine/natd/daemon.h"
#include "engine/natd/load_work.h"
#include "engine/natd/loader.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/planes_impl.h"
#include "engine/natd/revision.h"
#include "engine/natd/tables.h"
#include "rules/diag.h"
#include "rules/names.h"
#include "rules/rule.h"
#include "rules/ruleset.h"
#include "rules/zone.h"

/* Where `set limit' stands, or what a reader may know the place by. */
static void
about_limit(struct load *l, const struct ruleset *rs, unsigned limit)
{
	diag_about(l->diag, zone_printf(rs->zone, "limit %s",
	    limit_name(limit)));
}

static void
limit_span(struct load *l, const struct ruleset *rs, unsigned limit,
    struct span *sp)
{
	rule_origin_span(l->diag, &rs->set_at.limit[limit], sp);
}

/* Is a line one of a text's? */
static bool
has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text != '\0')
		if (strncmp(text, line, n) == 0 &&
		    (text[n] == '\n' || text[n] == '\0'))
			return true;
	return false;
}

/* The first statement that is not in force, NULL: something lacks. */
static const struct iface_stmt *
first_other(const struct ruleset *rs, const char *have)
{
	const struct iface_stmt *st;
	bool same = true;
	char *text;

	for (st = rs->ifaces; st != NULL; st = st->next) {
		text = planes_stmt(st);
		same = text == NULL || has_line(have, text);
		free(text);
		if (!same)
			break;
	}
	return st;
}

/* The first line in which two texts of statements differ. */
static void
first_difference(const char *have, const char *want, char *out, size_t size)
{
	size_t n, m;

	for (;; have += n + 1, want += n + 1) {
		n = strcspn(have, "\n");
		m = strcspn(want, "\n");
		if (n == 0 || n != m || memcmp(have, want, n) != 0)
			break;
	}
	snprintf(out, size, "\"%.*s\" here, \"%.*s\" in force",
	    m > 0 ? (int)m : 7, m > 0 ? want : "nothing",
	    n > 0 ? (int)n : 7, n > 0 ? have : "nothing");
}

int
load_check_ifaces(const struct natd *natd, struct load *l,
    struct revision *rev)
{
	const char *have = natd->rev != NULL ? natd->rev->ifaces : "";
	const struct iface_stmt *st;
	char what[180];

	if ((rev->ifaces = planes_text(rev->rs)) == NULL)
		return -ENOMEM;
	if (l->path != NULL)
		return planes_check(rev->rs, l->diag);
	if (have == NULL || rev->ifaces[0] == '\0' ||
	    strcmp(have, rev->ifaces) == 0)
		return 0;
	first_difference(have, rev->ifaces, what, sizeof(what));
	diag_error(l->diag, NULL, "interface statements differ from those in "
	    "force, and change by SIGHUP in natd's own file only: %s", what);
	if ((st = first_other(rev->rs, have)) != NULL)
		diag_about(l->diag, zone_printf(rev->rs->zone, "interface %s",
		    st->name));
	return -EINVAL;
}

int
load_check_states(const struct natd *natd, struct load *l,
    const struct ruleset *rs)
{
	uint32_t max = memory_limit_max(natd->memory);
	uint32_t want = rs->options.limit[LIMIT_STATES];
	struct span sp;

	/* more than any natd takes: compile_check_options() */
	if (want > ARENA_RECORDS_MAX)
		return 0;
	/* what was granted stays granted, whatever others have taken since */
	if (want <= max && (want <= arena_limit(memory_arena(natd->memory)) ||
	    memory_room(natd->memory, want)))
		return 0;
	limit_span(l, rs, LIMIT_STATES, &sp);
	if (want > max)
		diag_error(l->diag, &sp, "limit states %u: this natd reserved "
		    "memory for %u; a restart with the new limit takes more",
		    want, max);
	else
		diag_error(l->diag, &sp, "limit states %u: there is no room "
		    "for so many where the file of the states is (natd(8), "
		    "RESTART)", want);
	about_limit(l, rs, LIMIT_STATES);
	return -EINVAL;
}

int
load_check_tables(const struct natd *natd, struct load *l,
    const struct ruleset *rs)
{
	const uint32_t *limit = rs->options.limit;
	uint64_t n, entries;
	struct span sp;

	n = tables_planned(natd->tables, l->work->plan, &entries);
	if (n > limit[LIMIT_TABLES]) {
		limit_span(l, rs, LIMIT_TABLES, &sp);
		diag_error(l->diag, &sp, "%llu table%s, and limit tables is "
		    "%u", (unsigned long long)n, n == 1 ? "" : "s",
		    limit[LIMIT_TABLES]);
		about_limit(l, rs, LIMIT_TABLES);
	} else if (entries > limit[LIMIT_TABLE_ENTRIES]) {
		limit_span(l, rs, LIMIT_TABLE_ENTRIES, &sp);
		diag_error(l->diag, &sp, "%llu entr%s in tables, and limit "
		    "table-entries is %u", (unsigned long long)entries,
		    entries == 1 ? "y" : "ies", limit[LIMIT_TABLE_ENTRIES]);
		about_limit(l, rs, LIMIT_TABLE_ENTRIES);
	} else {
		return 0;
	}
	l->code = PROTO_ERROR_LIMIT;
	return -ENOSPC;
}

struct hop_check {
	struct load *load;
	const struct ifset *ifs;
};

/* An address that is ours, and whose. */
struct own {
	uint8_t af;
	const struct addr *addr;
	uint16_t ifidx;
};

static bool
is_own(const struct ifset *ifs, uint8_t af, uint8_t plen,
    const struct addr *a, uint16_t on, struct own *own)
{
	own->af = af;
	own->addr = a;
	return af != 0 && plen >= addr_bits(af) &&
	    ifset_own_hop(ifs, af, a, on, &own->ifidx);
}

/* A list of addresses is a table that the text has no name for. */
static bool
own_in_list(const struct ifset *ifs, const struct table *t, struct own *own)
{
	const struct table_entry *e;
	uint32_t i, j;

	for (i = 0; t->automatic && i < t->nparts; i++)
		for (j = 0; j < t->parts[i].n; j++) {
			e = &t->parts[i].v[j];
			if (!e->neg && is_own(ifs, e->af, e->plen, &e->addr,
			    0, own))
				return true;
		}
	return false;
}

static bool
own_hop(const struct ifset *ifs, const struct rule *r, struct own *own)
{
	const struct iface *ifp;
	const struct rule_addr *a;
	const char *name;
	uint32_t i;

	for (i = 0; r->route != NULL && i < r->route->n; i++) {
		a = &r->route->v[i].addr;
		name = r->route->v[i].ifname;
		ifp = name != NULL ? ifset_find(ifs, name) : NULL;
		if (a->type == RULE_ADDR_TABLE ?
		    own_in_list(ifs, a->table, own) :
		    a->type == RULE_ADDR_PREFIX &&
		    is_own(ifs, a->af, a->plen, &a->addr,
		    ifp != NULL ? ifp->index : 0, own))
			return true;
	}
	return false;
}

static int
check_hop(const struct rule *r, const struct anchor *in, void *arg)
{
	const struct hop_check *hc = arg;
	struct diag *d = hc->load->diag;
	char text[INET6_ADDRSTRLEN];
	struct span sp;
	struct own own;

	(void)in;
	if (!own_hop(hc->ifs, r, &own))
		return 0;
	rule_origin_span(d, &r->origin, &sp);
	diag_warn_named(d, "own-hop", &sp, "next hop %s is an address of this "
	    "host, on %s: no packet is sent there",
	    inet_ntop(own.af, own.addr, text, sizeof(text)),
	    hc->ifs->ifaces[own.ifidx].name);
	return 0;
}

void
load_check_hops(const struct natd *natd, struct load *l,
    const struct ruleset *rs)
{
	struct hop_check hc = { l, natd->ifs };

	if (natd->ifs != NULL && !natd->ifs->router)
		ruleset_walk(rs, check_hop, &hc);
}
