/* SPDX-License-Identifier: ISC */
/*
 * The names of the reasons.
 */
#include "engine/reason.h"

#include <assert.h>
#include <stddef.h>

static const char *const reason_names[] = {
#define X(id, name) [REASON_##id] = name,
	REASONS(X)
#undef X
};
static_assert(sizeof(reason_names) / sizeof(reason_names[0]) == REASON_MAX,
    "a reason lacks its name");

const char *
reason_name(enum reason reason)
{
	return (unsigned)reason < REASON_MAX ? reason_names[reason] : "unknown";
}
