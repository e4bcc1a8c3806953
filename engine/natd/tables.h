/* SPDX-License-Identifier: ISC */
/*
 * Tables as control sees them: the engine's set, and what pf tells of a table
 * beyond its contents.
 *
 * The set has one writer at a time: control, and a load's own thread, which
 * fills new tables; both hold the lock while they edit.  Workers read without
 * it (engine/table.h).
 */
#ifndef ENGINE_NATD_TABLES_H
#define ENGINE_NATD_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/table.h"

struct ruleset;
struct show_table;
struct table;
struct tables;
struct tables_plan;
struct workers;

/* Contents of a table's files, sent beside a text. */
struct table_feed {
	char *anchor, *name;
	struct table_ent *v;
	uint32_t n;
	struct table_feed *next;
};

struct tables *tables_new(unsigned nworkers);
void tables_free(struct tables *);

/* tables_set() - For the engine, and for reading in control's thread. */
struct table_set *tables_set(const struct tables *);
void tables_lock(struct tables *);
void tables_unlock(struct tables *);

/*
 * tables_plan() - Numbers for all tables of a ruleset, new ones filled
 * @feed: contents of files
 * @lacks: a table whose file's contents are not there, on -ENOENT
 *
 * Any thread.  Nothing that is in force changes: what is new has no name yet.
 * Return: 0, -ENOENT, -ENOMEM.
 */
int tables_plan(struct tables *, const struct ruleset *,
    const struct table_feed *feed, struct tables_plan **,
    const struct table **lacks);

/* tables_number() - For compile_env.table; TABLE_NONE if it is not in it. */
uint32_t tables_number(const struct tables_plan *, const struct table *);

/* tables_counted() - Will this number count its entries, with the plan? */
bool tables_counted(const struct tables *, const struct tables_plan *,
    uint32_t nr);

/* tables_abandon() - The load failed: forget what was new. */
void tables_abandon(struct tables *, struct tables_plan *);

/*
 * tables_commit() - The program is in force: names move to the new tables
 *
 * What nobody defines, refers to or persists any more goes.  The plan is
 * consumed.
 */
void tables_commit(struct tables *, struct tables_plan *, struct workers *);

/*
 * tables_stale() - Has one of the plan's tables come, gone or been filled by
 * somebody else since it was made?
 */
bool tables_stale(const struct tables *, const struct tables_plan *);

/* tables_planned() - How many a plan has, without those made of lists. */
uint64_t tables_planned(const struct tables *, const struct tables_plan *,
    uint64_t *entries);
/* tables_used() - The same of those in force. */
uint64_t tables_used(const struct tables *, uint64_t *entries);

/* tables_settle() - Publish a table's edits and give back what they replaced. */
void tables_settle(struct tables *, uint32_t nr, struct workers *);

/*
 * tables_create() - An empty table, as -T add makes one, not active yet
 * Return: 0, -ENAMETOOLONG, -ENOMEM.
 */
int tables_create(struct tables *, const char *anchor, const char *name,
    uint32_t *nr);

/*
 * tables_active() - It is more than a name in a rule: a statement or a command
 * made it
 */
bool tables_active(const struct tables *, uint32_t nr);

/* tables_activate() - A command made it: it persists. */
void tables_activate(struct tables *, uint32_t nr);

/* tables_discard() - A command wanted to make it, and did not. */
void tables_discard(struct tables *, uint32_t nr, struct workers *);

/* tables_delete() - -T kill, -F Tables.  False: rules refer to it. */
bool tables_delete(struct tables *, uint32_t nr, struct workers *);

/* tables_show() - All but the counters of packets, which nothing keeps. */
void tables_show(const struct tables *, uint32_t nr, struct show_table *);
bool tables_constant(const struct tables *, uint32_t nr);
void tables_zero(struct tables *, uint32_t nr);

/* tables_expire() - Take out entries whose time has come.  Return: how many. */
uint32_t tables_expire(struct tables *, struct workers *, uint32_t wall);

/* tables_timed() - This table has entries that expire. */
void tables_timed(struct tables *, uint32_t nr);

#endif
