/* SPDX-License-Identifier: ISC */
/*
 * How a packet thread ranks among all that want its processor.
 *
 * What waits in the kernel for an answer is thrown away when there is too much
 * of it, at nearly the price of an answer.  So a thread that gives answers
 * comes before others: by nice(1), and by the lowest realtime priority while
 * it needs more and leaves a part to them.  What the kernel denies it goes
 * without; a policy that it was started with (chrt(1)) it keeps.
 *
 * A router's planes have nothing that waits behind them: a full device refuses
 * what its sender brings.
 *
 * A struct hurry belongs to its thread; others may ask hurry_level() and
 * hurry_refused().  Times are nanoseconds of a clock that never goes back.
 */
#ifndef ENGINE_NATD_HURRY_H
#define ENGINE_NATD_HURRY_H

#include <stdbool.h>
#include <stdint.h>

#define HURRY_NICE (-10)

struct hurry {
	int policy, base;	/* at its start: sched(7); nice */
	bool wanted;		/* its answers are waited for */
	bool allowed;		/* a realtime priority, in need */
	bool realtime;		/* it has it now */
	uint64_t needed, rest;	/* when it last was; not again before */
	uint64_t since;		/* when what is judged next began; 0: now */
	uint64_t asleep;	/* time slept since */
	uint64_t from;		/* when it fell asleep */
	uint32_t level;		/* atomic */
	int refused;		/* errno, atomic */
};

struct hurry_level {
	int realtime;		/* priority; 0: none */
	int nice;
	bool allowed;		/* the former, in need */
};

/* hurry_init() - By the thread itself, at its start; of one that is all 0 */
void hurry_init(struct hurry *);

/* hurry_want() - From now on answers of this thread are waited for, or not */
void hurry_want(struct hurry *, bool wanted);

/* hurry_sleeps(), hurry_wakes() - Around each wait of the thread */
void hurry_sleeps(struct hurry *, uint64_t now);
void hurry_wakes(struct hurry *, uint64_t now);

/* hurry_judge() - Some times a second: is it as it should be? */
void hurry_judge(struct hurry *, uint64_t now);

/* hurry_yield() - Let whoever wants the processor have it: arena_set_wait() */
void hurry_yield(void);

/* hurry_level() - What holds */
struct hurry_level hurry_level(const struct hurry *);

/* hurry_worse() - Does @a come behind @b? */
bool hurry_worse(const struct hurry_level *a, const struct hurry_level *b);

/* hurry_refused() - errno of the last that the kernel denied, or 0 */
int hurry_refused(const struct hurry *);

#endif
