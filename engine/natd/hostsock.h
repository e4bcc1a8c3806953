/* SPDX-License-Identifier: ISC */
/*
 * What the engine asks of the host (engine/host.h): local sockets.
 *
 * Control makes it and tells it the kernel's numbers of interfaces; workers
 * ask, each by a netlink socket of its own.
 */
#ifndef ENGINE_NATD_HOSTSOCK_H
#define ENGINE_NATD_HOSTSOCK_H

#include <stdint.h>

struct engine_host;
struct hostsock;

/*
 * hostsock_new() - For so many workers, in this network namespace
 * Return: NULL: no memory, or no sock_diag in this kernel (errno).
 */
struct hostsock *hostsock_new(unsigned nworkers);
void hostsock_free(struct hostsock *);

const struct engine_host *hostsock_engine(const struct hostsock *);

/*
 * hostsock_number() - Interface numbers of the kernel, by the engine's
 * Any time; a worker sees each number before or after.
 */
void hostsock_number(struct hostsock *, const uint32_t *ifindex, unsigned n);

#endif
