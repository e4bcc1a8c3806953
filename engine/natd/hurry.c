/* SPDX-License-Identifier: ISC */
/*
 * How a packet thread ranks among others.
 *
 *	                       is busy throughout
 *	as started -> nice -10 -------------------> realtime
 *	                       <-------------------
 *	                       hogs, or needs less
 *
 * With other programs on its processor, and the kernel's part of the work on
 * another one, a saturated queue passed 59-79 thousand packets a second at
 * nice 0, and 154-160, 158-164 and 144-166 at -10, -15 and -20.  So -10 is
 * enough, and more takes from natd's other threads: with eight programs in its
 * session 19-23, 11-15 and 4-13 thousand passed.
 *
 * A realtime priority is for the kernel that receives on the same processor in
 * a thread (threaded NAPI).  Beside nice -10 that has half of the time, as
 * sessions and control groups are weighed first, and fills a queue that is
 * full.  Else natd answers what there is, sleeps, and the kernel fetches the
 * next packets; what is too much stays in the card's ring, which refuses it for
 * nothing.  Of a flood without limit in 1,024 flows 148-216 thousand packets a
 * second passed instead of 99-155, of 16 flows before GRO 110-149 for 29-87.
 *
 * There natd sleeps often.  Where it never does it gains nothing: the kernel
 * receives on another processor, or by soft interrupts, which do not wait for
 * any thread.  It would only keep all others off its processor, but for the
 * 5 % that the kernel sets aside for them in one piece a second: natctl(8)
 * waited for up to a second.  So then it goes back, and tries again later.
 *
 * Without such need the level would be one too many: it takes the processor
 * from the very program that sends, for each packet.  With both ends of 1,000
 * connections on natd's processor there were 0.82 of those at nice -10.
 */
#include "engine/natd/hurry.h"

#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#define REALTIME 1		/* priority: the lowest */
#define USUAL_NS 80000000u	/* a window; ticks are up to 100 ms apart */
#define REALTIME_NS 180000000u	/* ... enough to empty a full queue */
#define REST_NS 1000000000u	/* until it is tried again */
#define IDLE_NS 1000000000u	/* without need until it is given back */
#define BUSY 90			/* percent of a window: it needs more */
#define NEED 30			/* ... it may need what it has */
#define HOG 95			/* ... others get nothing */
#define YIELD_NS 500000
#define LEVEL_NICE 20		/* in a level: its nice is not negative */

/* On Linux a thread has its own policy and nice, inherited from its maker. */
static int
policy_now(int *priority)
{
	struct sched_param sp = { 0 };
	int policy = sched_getscheduler(0);

	*priority = sched_getparam(0, &sp) == 0 ? sp.sched_priority : 0;
	return policy == -1 ? SCHED_OTHER : policy & ~SCHED_RESET_ON_FORK;
}

static void
show(struct hurry *h)
{
	int priority, nice = getpriority(PRIO_PROCESS, 0);

	(void)policy_now(&priority);
	__atomic_store_n(&h->level, (uint32_t)priority << 16 |
	    (uint32_t)(nice + LEVEL_NICE) << 8 | (h->allowed ? 1 : 0),
	    __ATOMIC_RELAXED);
}

void
hurry_init(struct hurry *h)
{
	int priority;

	/* the rest is 0; others may read it already */
	h->base = getpriority(PRIO_PROCESS, 0);
	h->policy = policy_now(&priority);
	show(h);
}

/* Whom a thread makes it gives nothing of it. */
static void
set_realtime(struct hurry *h, bool on)
{
	const struct sched_param sp = { .sched_priority = on ? REALTIME : 0 };

	if (sched_setscheduler(0, (on ? SCHED_RR : SCHED_OTHER) |
	    SCHED_RESET_ON_FORK, &sp) == 0)
		h->realtime = on;
	else
		__atomic_store_n(&h->refused, errno, __ATOMIC_RELAXED);
}

static void
judge_from(struct hurry *h, uint64_t now)
{
	h->since = now;
	h->asleep = 0;
}

void
hurry_want(struct hurry *h, bool wanted)
{
	if (wanted == h->wanted)
		return;
	h->wanted = wanted;
	if (h->base > HURRY_NICE && setpriority(PRIO_PROCESS, 0,
	    wanted ? HURRY_NICE : h->base) == -1)
		__atomic_store_n(&h->refused, errno, __ATOMIC_RELAXED);
	/* whether it may is known at once, not when it needs it */
	if (h->policy == SCHED_OTHER && (wanted || h->realtime))
		set_realtime(h, wanted);
	h->allowed = wanted && h->realtime;
	h->since = 0;
	show(h);
}

void
hurry_sleeps(struct hurry *h, uint64_t now)
{
	h->from = now;
}

void
hurry_wakes(struct hurry *h, uint64_t now)
{
	h->asleep += now - h->from;
}

static void
judge_usual(struct hurry *h, uint64_t now, uint64_t awake)
{
	if (awake > BUSY && now >= h->rest)
		set_realtime(h, true);
	h->needed = now;
}

static void
judge_realtime(struct hurry *h, uint64_t now, uint64_t awake)
{
	if (awake >= NEED)
		h->needed = now;
	if (awake > HOG)
		h->rest = now + REST_NS;
	if (awake > HOG || now - h->needed >= IDLE_NS)
		set_realtime(h, false);
}

void
hurry_judge(struct hurry *h, uint64_t now)
{
	uint64_t awake, window;

	if (h->since == 0)
		judge_from(h, now);
	window = now - h->since;
	if (!h->allowed || window < (h->realtime ? REALTIME_NS : USUAL_NS))
		return;
	awake = (window - h->asleep) * 100 / window;
	(h->realtime ? judge_realtime : judge_usual)(h, now, awake);
	judge_from(h, now);
	show(h);
}

/* sched_yield(2) would only be for others of the same priority. */
void
hurry_yield(void)
{
	const struct timespec ts = { .tv_nsec = YIELD_NS };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

struct hurry_level
hurry_level(const struct hurry *h)
{
	uint32_t level = __atomic_load_n(&h->level, __ATOMIC_RELAXED);

	return (struct hurry_level){ .realtime = (int)(level >> 16),
		.nice = (int)(level >> 8 & 0xff) - LEVEL_NICE,
		.allowed = level & 1 };
}

bool
hurry_worse(const struct hurry_level *a, const struct hurry_level *b)
{
	return a->realtime != b->realtime ? a->realtime < b->realtime :
	    a->nice > b->nice;
}

int
hurry_refused(const struct hurry *h)
{
	return __atomic_load_n(&h->refused, __ATOMIC_RELAXED);
}
