/* SPDX-License-Identifier: ISC */
/*
 * Making a TUN device: descriptors of its queues, offloads, and the kernel's
 * end with its addresses and routes.
 */
#ifndef ENGINE_IO_TUN_DEV_H
#define ENGINE_IO_TUN_DEV_H

#include <stddef.h>

#include "engine/io/io.h"

/*
 * tun_dev_open() - Open all queues of the device that the statement asks for
 * @fds: [cfg->queues], filled on success; non-blocking
 * @why: text for people: why it failed, or what is missing; else ""
 *
 * With cfg->netns the device is made in that namespace, and this thread is
 * there for a moment.  Return: 0 or negative errno, nothing is left then.
 */
int tun_dev_open(const struct io_config *cfg, int *fds, char *why,
    size_t whylen);

#endif
