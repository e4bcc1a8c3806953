/* SPDX-License-Identifier: ISC */
/*
 * Short visits of this thread to another network namespace.
 */
#ifndef ENGINE_IO_NETNS_H
#define ENGINE_IO_NETNS_H

/*
 * netns_enter() - Put this thread into the namespace at @path
 * @back: gets what netns_leave() needs
 *
 * Return: 0 or negative errno, and then the thread is where it was.
 */
int netns_enter(const char *path, int *back);

/*
 * netns_leave() - Put it back where it was
 * Return: 0 or negative errno; the thread is in the wrong place then.
 */
int netns_leave(int back);

#endif
