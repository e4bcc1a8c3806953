/* SPDX-License-Identifier: ISC */
/*
 * Names and numbers of interfaces.
 */
#include "engine/natd/ifnames.h"

#include <string.h>

#include "engine/arena.h"

_Static_assert(IFACE_MAX == ARENA_IFACES && IFACE_NAMELEN == ARENA_NAMELEN,
    "the arena keeps the names");

void
ifnames_init(struct ifnames *t, char (*name)[IFACE_NAMELEN])
{
	uint16_t i;

	memset(t, 0, sizeof(*t));
	t->name = name;
	t->turn = 1; /* none of them was seen yet */
	for (i = 1; i < IFACE_MAX; i++) {
		name[i][IFACE_NAMELEN - 1] = '\0';
		if (name[i][0] != '\0')
			t->n = i;
	}
}

void
ifnames_turn(struct ifnames *t)
{
	t->turn++;
}

/* The number to take from a name that was not seen this turn. */
static uint16_t
oldest(const struct ifnames *t)
{
	uint16_t i, best = 0;

	for (i = 1; i <= t->n; i++)
		if (t->seen[i] != t->turn &&
		    (best == 0 || t->seen[i] < t->seen[best]))
			best = i;
	return best;
}

uint16_t
ifnames_get(struct ifnames *t, const char *name)
{
	uint16_t i;

	for (i = 1; i <= t->n; i++)
		if (strcmp(t->name[i], name) == 0)
			break;
	if (i > t->n) {
		if (t->n + 1 < IFACE_MAX)
			i = ++t->n;
		else if ((i = oldest(t)) == 0)
			return 0;
		strlcpy(t->name[i], name, IFACE_NAMELEN);
	}
	t->seen[i] = t->turn;
	return i;
}
