/* SPDX-License-Identifier: ISC */
/*
 * Traffic of states that still live, by rule: what the rules' own counters do
 * not have yet, because a state adds its totals when it ends.
 *
 * One pass over all records, kept for a second, so that the portions of one
 * answer agree.  Control's thread only.
 */
#ifndef ENGINE_NATD_LIVE_H
#define ENGINE_NATD_LIVE_H

#include <stdint.h>

struct live;
struct natd;
struct rule_counters;

struct live *live_new(void);
void live_free(struct live *);

/* live_refresh() - Count anew if what is there is older than a second. */
void live_refresh(struct live *, const struct natd *);

/* live_half_open() - TCP states that were not established then. */
uint64_t live_half_open(const struct live *);

/* live_add() - Add what lives under a registry row. */
void live_add(const struct live *, uint32_t row, struct rule_counters *);

#endif
