/* SPDX-License-Identifier: ISC */
/*
 * Numbers of the sockets that divert-to names: one keeps its number as long as
 * natd runs, because states carry the number.  Any thread.
 */
#ifndef ENGINE_NATD_TARGETS_H
#define ENGINE_NATD_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/io/hooks.h"

struct targets;

struct targets *targets_new(void);
void targets_free(struct targets *);

/*
 * targets_number() - As struct steer has it (engine/packet.h)
 * @af: 0: STEER_REPLY, whichever socket there is
 * Return: 0: there are too many, or no memory.
 */
uint16_t targets_number(struct targets *, uint8_t af, const struct addr *,
    uint16_t port);

/*
 * targets_list() - All of them, for the hooks
 * @n: gets their number
 * Return: malloc(3)ed; NULL: no memory.
 */
struct hooks_socket *targets_list(struct targets *, unsigned *n);

/* targets_used() - Was any number asked for? */
bool targets_used(struct targets *);

#endif
