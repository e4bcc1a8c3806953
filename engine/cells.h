/* SPDX-License-Identifier: ISC */
/*
 * What went to and from each address of a table: `table <t> counters'.
 *
 * A table with counters has a set of cells; each entry has the number of one.
 * Workers add without a lock, when a state ends and when a packet that has
 * none was decided on.  One writer (control) hands cells out and takes them
 * back; one that it took back rests until no worker can have its number any
 * more, so that nobody's traffic is counted for another address.
 *
 * A cell takes 104 bytes.  Cells never move; chunks of them double in size.
 */
#ifndef ENGINE_CELLS_H
#define ENGINE_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CELL_NONE 0xffffffffu

/* What became of a packet; XPASS: of a state whose address is gone. */
enum cell_op { CELL_BLOCK, CELL_MATCH, CELL_PASS, CELL_XPASS, CELL_OPS };

/* [dir][op]; a cell of its own has no XPASS */
struct cell_counts {
	uint64_t packets[2][CELL_OPS], bytes[2][CELL_OPS];
};

struct cells;

struct cells *cells_new(void);
void cells_free(struct cells *);

size_t cells_bytes(const struct cells *);

/*
 * cells_take() - A cell with nothing in it
 * @freed: garbage up to this generation has been freed
 *
 * Return: its number, or CELL_NONE: no memory.
 */
uint32_t cells_take(struct cells *, uint64_t freed);

/* cells_rest() - Give one back that readers of @gen may still know. */
void cells_rest(struct cells *, uint32_t nr, uint64_t gen);

/* When the entry expires, or since when it is there: the writer's. */
uint32_t cells_when(const struct cells *, uint32_t nr);
void cells_set_when(struct cells *, uint32_t nr, uint32_t when);

/* Was more taken off than was there, for states that live?  The writer's. */
bool cells_owe(const struct cells *);
void cells_set_owe(struct cells *, bool owe);

/*
 * cells_add() - Count, for a cell and the table as a whole
 * @nr: CELL_NONE: for the table only
 *
 * Any worker.
 */
void cells_add(struct cells *, uint32_t nr, unsigned dir, enum cell_op,
    uint64_t packets, uint64_t bytes);

/* cells_get() - What a cell has; CELL_NONE: the table as a whole. */
void cells_get(const struct cells *, uint32_t nr, struct cell_counts *);

/*
 * cells_adjust() - Add (@sign 1) or take off (-1) at once, beside workers
 *
 * More than is there may be taken off: what live states will bring at their
 * end has then been seen already.
 */
void cells_adjust(struct cells *, uint32_t nr, const struct cell_counts *,
    int sign);

#endif
