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
#include "rules/print.h"

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
planes_check(const struct ruleset *rs, char *why, size_t len)
{
	const struct iface_stmt *st;

	for (st = rs->ifaces; st != NULL; st = st->next) {
		if (kinds[st->plane].ops == NULL) {
			snprintf(why, len, "no data plane: interface %s: %s "
			    "is not in this natd", st->name,
			    kinds[st->plane].name);
			return -EINVAL;
		}
		if (strlen(st->name) >= IFACE_NAMELEN) {
			snprintf(why, len, "interface name %s is too long",
			    st->name);
			return -EINVAL;
		}
	}
	if (planes_count(rs, PLANE_PCAP) > 0 && (hostif_wanted(rs) ||
	    planes_count(rs, PLANE_TUN) > 0)) {
		snprintf(why, len, "pcap and %s interfaces in one file",
		    hostif_wanted(rs) ? "divert" : "tun");
		return -EINVAL;
	}
	return 0;
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
