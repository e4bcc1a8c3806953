/* SPDX-License-Identifier: ISC */
/*
 * The file that the states lie in, so that they outlive the process.
 *
 * It stands beside the control socket and bears its name, on a file system in
 * memory: a disk would be written to all the time, for nothing, as states do
 * not outlive the boot.  Nobody but its owner may open it, and one natd at a
 * time holds its lock.
 */
#ifndef ENGINE_NATD_STATEFILE_H
#define ENGINE_NATD_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATEFILE_SUFFIX ".states"
#define STATEFILE_ASIDE ".old"

/*
 * statefile_open() - Open it, or make an empty one, and lock it
 * @why: says what is wrong with it
 *
 * One that a killed process still holds is waited for, some seconds.
 * Return: a descriptor; -EBUSY: another process holds it; -EINVAL: it is not
 * ours, or not in memory; another negative errno.
 */
int statefile_open(const char *path, char *why, size_t len);

/*
 * statefile_new() - An empty one beside it, locked, that nobody knows of yet
 * statefile_rename() - It takes the other's place
 * statefile_forget() - It is not wanted
 */
int statefile_new(const char *path);
int statefile_rename(const char *path);
void statefile_forget(const char *path);

/* statefile_aside() - Rename it, so that another one can be made. */
int statefile_aside(const char *path);

/* statefile_room() - Bytes that can still be taken on its file system. */
uint64_t statefile_room(int fd);

#endif
