/* SPDX-License-Identifier: ISC */
/*
 * What changes on this host under divert's feet: interfaces, addresses,
 * routes, neighbours, and other tables of the kernel's packet filter.  The control thread's
 * loop hears of it, and has the loader read them anew a moment later, since
 * one change often brings others.
 */
#ifndef NATD_NETWATCH_H
#define NATD_NETWATCH_H

struct natd;

/* netwatch_start() - What cannot be watched at the start ends natd. */
void netwatch_start(struct natd *);
void netwatch_stop(struct natd *);

#endif
