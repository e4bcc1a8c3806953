/* SPDX-License-Identifier: ISC */
/*
 * What every measurement needs: a clock, numbers that look random, memory
 * that the kernel backs with huge pages where it can, and one way of printing.
 *
 * A measurement runs its cases in turn over several rounds, so that a noisy
 * machine disturbs all of them alike, and quotes medians and the ratio of
 * cases in the same round.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_ROUNDS 5

/* bench_ns() - Monotonic clock, nanoseconds. */
uint64_t bench_ns(void);

/* bench_cpu_ns() - Processor time of this thread: what others take from the
 * machine does not count.  A system call: not around short things. */
uint64_t bench_cpu_ns(void);

/* bench_rand() - xorshift64*; @s is any number but 0. */
static inline uint64_t
bench_rand(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(2685821657736338717);
}

/*
 * bench_mem() - Zeroed memory with huge pages asked for
 *
 * Exits with a message when there is none: a measurement without memory is
 * none.  bench_mem_free() gives it back.
 */
void *bench_mem(size_t bytes);
void bench_mem_free(void *, size_t bytes);

/* bench_median() - Sorts @v and returns its middle value. */
double bench_median(double *v, size_t n);

/* bench_machine() - One line: processor, cores, kernel, huge pages. */
void bench_machine(void);

/*
 * bench_row() - One figure: "what  value unit  note"
 * bench_aim() - The same with the aim beside it, and whether it is met
 * (@value at most @aim; at least, when @aim is negative: -@aim).
 */
void bench_row(const char *what, double value, const char *unit,
    const char *note);
void bench_aim(const char *what, double value, const char *unit, double aim);

#endif
