/* SPDX-License-Identifier: ISC */
/*
 * What a netlink socket that was told to listen has heard.
 */
#ifndef ENGINE_IO_NETNEWS_H
#define ENGINE_IO_NETNEWS_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * netnews_open() - A socket that listens to rtnetlink, and does not block
 * @groups: RTMGRP_...
 *
 * Return: descriptor or negative errno.
 */
int netnews_open(uint32_t groups);

/*
 * netnews_any() - Read all that waits on a socket that does not block
 * @matters: sets the bool behind its argument if a message does
 *
 * Return: does any?  What was lost or cannot be read does: the caller looks
 * at everything then.
 */
bool netnews_any(int fd, mnl_cb_t matters);

#endif
