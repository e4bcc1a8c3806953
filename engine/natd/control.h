/* SPDX-License-Identifier: ISC */
/*
 * The control sockets: who may connect, and as what.
 *
 * Without -p and $NATD_SOCKET there are two: natd.sock, 0660 root:natd, and
 * natd.ro, 0660 root:natd-ro, in RUNSTATEDIR/natd; else the one of that path,
 * like the first.  A group that does not exist leaves its socket to root, and
 * the log says so.  SO_PEERCRED is checked besides.  Of several daemons that
want one path at the same moment one gets it.
 */
#ifndef ENGINE_NATD_CONTROL_H
#define ENGINE_NATD_CONTROL_H

#include <stddef.h>

struct control;
struct natd;

/* control_new() - Make the sockets.  Return: 0 or negative errno, logged. */
int control_new(struct natd *, struct control **);

/*
 * control_beside() - A file beside the socket, of its name and a suffix
 * Makes the directory of the usual socket.
 */
void control_beside(const struct natd *, const char *suffix, char *path,
    size_t len);

/* control_free() - Hang up on everybody and remove the sockets. */
void control_free(struct control *);

#endif
