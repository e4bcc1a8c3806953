/* SPDX-License-Identifier: ISC */
/*
 * Mutexes that packet threads share with others.
 *
 * A packet thread may have a realtime priority (engine/natd/hurry.h).  Whoever
 * has such a mutex but lost the processor gets it as soon as that one would,
 * and is not kept waiting by what comes in between.
 */
#ifndef ENGINE_LOCK_H
#define ENGINE_LOCK_H

#include <pthread.h>

static inline void
lock_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	/* a kernel may lack it */
	if (pthread_mutex_init(lock, &attr) != 0)
		pthread_mutex_init(lock, NULL);
	pthread_mutexattr_destroy(&attr);
}

#endif
