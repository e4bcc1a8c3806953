/* SPDX-License-Identifier: ISC */
/*
 * What interface and route statements say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/natd/hostif.h"
#include "engine/natd/planes_impl.h"
#include "rules/diag.h"
#include "rules/print.h"
#include "rules/ruleset.h"

static const struct plane_kind {
	const char *name;
	const struct io_ops *ops;	/* NULL: this natd has none */
} kinds[] = {
	[PLANE_TUN] = { "tun", &io_tun },
	[PLANE_DIVERT] = { "divert", &io_divert },
	[PLANE_XDP] = { "xdp", NULL },
	[PLANE_PCAP] = { "pcap", &io_pcap },
};

const struct io_ops *
planes_kind(uint8_t kind)
{
	return kinds[kind].ops;
}

unsigned
planes_count(const struct ruleset *rs, uint8_t kind)
{
	const struct iface_stmt *st;
	unsigned n = 0;

	for (st = rs->ifaces; st != NULL; st = st->next)
		n += st->plane == kind;
	return n;
}

int
planes_check(const struct ruleset *rs, struct diag *d)
{
	const struct iface_stmt *st, *capture = NULL, *other = NULL;
	unsigned before = diag_errors(d);
	struct span sp;

	for (st = rs->ifaces; st != NULL; st = st->next) {
		rule_origin_span(d, &st->origin, &sp);
		if (kinds[st->plane].ops == NULL)
			diag_error(d, &sp, "no data plane: %s is not in this "
			    "natd", kinds[st->plane].name);
		if (st->plane == PLANE_PCAP)
			capture = st;
		else
			other = st;
	}
	if (capture != NULL && other != NULL) {
		rule_origin_span(d, &other->origin, &sp);
		diag_error(d, &sp, "pcap and %s interfaces in one file",
		    kinds[other->plane].name);
		rule_origin_span(d, &capture->origin, &sp);
		diag_note(d, &sp, "this one is of pcap");
	}
	return diag_errors(d) > before ? -EINVAL : 0;
}

unsigned
planes_wanted(const struct ruleset *rs)
{
	const struct iface_stmt *st;
	unsigned n = hostif_wanted(rs);

	for (st = rs->ifaces; st != NULL; st = st->next)
		n += st->plane != PLANE_DIVERT;
	return n;
}

unsigned
planes_workers(const struct ruleset *rs)
{
	return planes_count(rs, PLANE_PCAP) > 0 ? 1 : rs->options.workers;
}

char *
planes_stmt(const struct iface_stmt *st)
{
	char *text = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		return NULL;
	print_iface(f, st);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

char *
planes_text(const struct ruleset *rs)
{
	const struct iface_stmt *st;
	const struct route_stmt *rt;
	char *text = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		return NULL;
	for (st = rs->ifaces; st != NULL; st = st->next) {
		print_iface(f, st);
		putc('\n', f);
	}
	for (rt = rs->routes; rt != NULL; rt = rt->next) {
		print_route(f, rt);
		putc('\n', f);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
