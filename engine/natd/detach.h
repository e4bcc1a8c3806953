/* SPDX-License-Identifier: ISC */
/*
 * A daemon's start: whoever has called natd gets its prompt back when natd
 * runs, or an exit status that says that it does not.
 *
 * The process that becomes the daemon is made at once, so that threads, hooks
 * and sockets are its own from the beginning.  It says what goes wrong on the
 * caller's terminal, which it leaves only when it is ready.
 */
#ifndef NATD_DETACH_H
#define NATD_DETACH_H

/*
 * detach_begin() - Go on as a child of the process that was called
 *
 * The parent does not return: it exits with 0 when the child is ready, and
 * else with what became of it.  It comes before any thread.
 *
 * Return: 0 in the child, or negative errno.
 */
int detach_begin(void);

/*
 * detach_ready() - Leave the terminal, and let the parent go
 * Return: 0 or negative errno; nobody waits twice.
 */
int detach_ready(void);

#endif
