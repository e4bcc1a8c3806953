/* SPDX-License-Identifier: ISC */
/*
 * What the commands of natctl -T do to the entries of a table.
 *
 * The caller holds the lock of the tables, and publishes afterwards.
 */
#ifndef ENGINE_NATD_TABLE_JOB_H
#define ENGINE_NATD_TABLE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/table.h"

struct jsonbuf;
struct tables;

struct table_job {
	struct tables *tables;
	struct jsonbuf *out;	/* gets a record for each entry, if verbose */
	uint32_t nr;
	bool dry;
	uint64_t verbose;	/* 1: those that changed, 2: all */
	uint32_t seconds;	/* of expire */
	uint32_t now;		/* unix time */
	const struct table_ent *v;	/* asked for */
	size_t n;
	/* what came of it */
	uint64_t asked, tables_done, added, deleted, changed, matched,
	    cleared, expired;
};

/*
 * Each returns 0, -ENOMEM (what was done until then stays), or -EINVAL:
 * an entry that the command does not take.
 */
typedef int table_job_fn(struct table_job *);
table_job_fn table_job_add, table_job_delete, table_job_replace,
    table_job_test, table_job_flush, table_job_zero, table_job_expire;

#endif
