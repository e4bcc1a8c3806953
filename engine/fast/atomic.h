/* SPDX-License-Identifier: ISC */
/*
 * Atomics of the fast path, and its sequence words.
 *
 * Everything that two threads touch goes through these, so that one source
 * serves gcc, clang, the thread sanitizer and BPF.  A BPF program has neither
 * fences nor ordered loads: there a fence is an atomic instruction with a
 * result, which the kernel makes a full barrier of, or on x86 nothing at all.
 *
 * A sequence word is odd while a writer is in.  seq_enter() makes it odd,
 * seq_leave() even again and one generation older.  Readers of a group of
 * fields read the word before and after.
 */
#ifndef ENGINE_FAST_ATOMIC_H
#define ENGINE_FAST_ATOMIC_H

#include "engine/fast/layout.h"

/* Functions of more than five arguments: a BPF program cannot call them. */
#define FAST_INLINE static inline __attribute__((always_inline))

#ifdef __bpf__

#define load_relaxed(p) (*(const volatile __typeof__(*(p)) *)(p))
#define store_relaxed(p, v) \
	((void)(*(volatile __typeof__(*(p)) *)(p) = (v)))
#define cpu_pause() ((void)0)
#define prefetch_read(p) ((void)(p))
#define prefetch_write(p) ((void)(p))
#define SEQ_TRIES 4 /* then the packet goes to the engine */

static inline void
fence_full(void)
{
#if defined(__TARGET_ARCH_x86)
	__asm__ volatile("" ::: "memory");
#else
	uint32_t word = 0;

	__sync_fetch_and_add(&word, 1);
	__asm__ volatile("" : : "r"(&word) : "memory");
#endif
}

#define fence_acquire() fence_full()
#define fence_release() fence_full()

#define load_acquire(p)                                     \
	({                                                  \
		__typeof__(*(p)) got_ = load_relaxed(p);    \
		fence_full();                               \
		got_;                                       \
	})
#define store_release(p, v)         \
	do {                        \
		fence_full();       \
		store_relaxed(p, v); \
	} while (0)

/* cas32() - Set *@p to @to if it is @from; acquires.  Return: was it? */
static inline int
cas32(uint32_t *p, uint32_t from, uint32_t to)
{
	return __sync_val_compare_and_swap(p, from, to) == from;
}

#else /* not BPF */

#define load_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define store_relaxed(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define prefetch_read(p) __builtin_prefetch(p, 0)
#define prefetch_write(p) __builtin_prefetch(p, 1)
#define SEQ_TRIES (1 << 14) /* about a millisecond */

static inline void
cpu_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#endif
}

/*
 * The thread sanitizer does not know fences.  What they order here are
 * relaxed atomics, in which it finds no race with or without them.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FAST_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FAST_TSAN 1
#endif

#ifdef FAST_TSAN
#define fence_acquire() __asm__ volatile("" ::: "memory")
#define fence_release() __asm__ volatile("" ::: "memory")
#else
#define fence_acquire() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define fence_release() __atomic_thread_fence(__ATOMIC_RELEASE)
#endif

static inline int
cas32(uint32_t *p, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(p, &from, to, 0, __ATOMIC_ACQUIRE,
	    __ATOMIC_RELAXED);
}

#endif /* BPF */

/* Words of records read and written as wholes, whatever their members. */
typedef uint64_t __attribute__((may_alias)) word64;

/*
 * forget() - What the compiler knows of a pointer's members' addresses
 *
 * The address of an atomic is a value of its own to gcc, which would rather
 * keep seven of them, for a loop or for the stores that follow the loads, than
 * write them into the instructions.
 */
#define forget(p) __asm__ volatile("" : "+r"(p))

/*
 * seq_enter() - Become the writer behind a sequence word
 * Bounded: a holder that has lost its processor does not stop us for long.
 * Return: 1, or 0 when another writer stayed in.
 */
static inline int
seq_enter(uint32_t *seq)
{
	uint32_t s;
	int i;

	for (i = 0; i < SEQ_TRIES; i++) {
		s = load_relaxed(seq);
		if ((s & 1) == 0 && cas32(seq, s, s + 1)) {
			fence_release();
			return 1;
		}
		cpu_pause();
	}
	return 0;
}

static inline void
seq_leave(uint32_t *seq)
{
	store_release(seq, load_relaxed(seq) + 1);
}

/* seq_begin(), seq_same() - Bracket of a reader; an odd begin is never same. */
static inline uint32_t
seq_begin(const uint32_t *seq)
{
	return load_acquire(seq);
}

static inline int
seq_same(const uint32_t *seq, uint32_t begin)
{
	fence_acquire();
	return (begin & 1) == 0 && load_relaxed(seq) == begin;
}

#endif
