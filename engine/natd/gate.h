/* SPDX-License-Identifier: ISC */
/*
 * What stands in for natd on a host that it guards: its hooks without a
 * reader, so that `set on-exit' decides; and the word to the service manager
 * that natd itself is there.
 */
#ifndef ENGINE_NATD_GATE_H
#define ENGINE_NATD_GATE_H

#include <stddef.h>

struct ruleset;

/*
 * gate_shut() - Set the hooks that natd would set, and leave it at that
 * @gro: the file of udpgro.h
 * @rs: what natd would start with; NULL: it cannot be read, so everything but
 *	loopback is meant
 *
 * If the ruleset diverts nothing, what is left of an earlier one goes.
 * Nothing happens if a natd runs in this network namespace.  Return: 0 or
 * negative errno, with a text in @why, which may have one on success as well.
 */
int gate_shut(const struct ruleset *rs, const char *gro, char *why,
    size_t len);

/*
 * gate_open() - Remove the hooks, whoever has set them, and unless a natd runs
 * the routes of next hops as well, and what is in the file of udpgro.h
 * Return: 0, negative errno.
 */
int gate_open(const char *gro);

/*
 * gate_notify() - Tell the service manager, if there is one that asks
 * @what: "READY=1", "STOPPING=1": sd_notify(3)
 */
void gate_notify(const char *what);

#endif
