/* SPDX-License-Identifier: ISC */
/*
 * Traffic of rules counted for the addresses of their tables.
 *
 * Only for tables with counters, in from or to without `!': a program of which
 * no rule names one has none of this.  As a rule's own counters, a table's get
 * a state's packets when the state ends; whoever shows them adds those of live
 * states.  A packet without a state counts at once.
 *
 * What rules a row of the registry stands for is known for those of the
 * program in force: states of rules that are gone count no more.
 */
#ifndef ENGINE_TABHITS_H
#define ENGINE_TABHITS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/cells.h"

struct engine;
struct pdesc;
struct program;
struct verdict;
struct worker;

/* What a row's rule counts; TABLE_NONE: nothing on that side. */
struct tabhit {
	uint32_t table[2];	/* from, to */
	uint8_t op;		/* enum cell_op */
};

struct tabhits;

/*
 * tabhits_bind() - By row, once the rules of a program have rows
 * Return: 0 or -ENOMEM.
 */
int tabhits_bind(struct program *);
void tabhits_free(struct tabhits *);

/* tabhits_row() - Return: whether a row of the program in force counts. */
bool tabhits_row(const struct engine *, uint32_t row, struct tabhit *);

/* tabhits_packet() - A packet without a state: its rules' tables. */
void tabhits_packet(struct worker *, const struct pdesc *,
    const struct verdict *, unsigned dir, uint32_t len);

/*
 * tabhits_record() - A record that ends, one half of it
 * @packets, @bytes: by direction, as the half's rules see them
 */
void tabhits_record(struct worker *, uint32_t index, uint32_t row,
    const uint64_t packets[2], const uint64_t bytes[2]);

#endif
