/* SPDX-License-Identifier: ISC */
/*
 * Table entries of the protocol: "10.0.0.0/8", "!10.1.0.0/16", with "weight
 * N" and "ttl N" behind, as in a table's list.
 */
#ifndef ENGINE_NATD_ENTRY_H
#define ENGINE_NATD_ENTRY_H

#include <jansson.h>

#include "engine/table.h"

/*
 * entry_read() - From a JSON string; host bits are cleared
 * Return: 0 or -EINVAL.
 */
int entry_read(const json_t *, struct table_ent *);

#endif
