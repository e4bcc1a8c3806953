/* SPDX-License-Identifier: ISC */
/*
 * Translation of a first packet: which address and which port.
 *
 * A port is free if no state has the reply's key: so one port serves many
 * destinations (pf's policy).  Whether it is still free is decided by the
 * insertion of the state; a packet that loses there is walked again.
 */
#ifndef ENGINE_NAT_H
#define ENGINE_NAT_H

#include <stdint.h>

#include "engine/pdesc.h"
#include "engine/program.h"

/*
 * nat_translate() - Apply the translations of a rule to pd->cur
 * @arg: the worker; the form is that of prog_env.xlate
 *
 * rdr before nat, if the rule has both.
 *
 * Return: REASON_MATCH, or why the packet is dropped: REASON_TRANSLATE (no
 * address, no free port), REASON_FRAG (a fragment has no ports).
 */
enum reason nat_translate(void *arg, struct pdesc *, const struct program *,
    uint32_t rule);

#endif
