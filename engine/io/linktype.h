/* SPDX-License-Identifier: ISC */
/*
 * Where the IP header lies in a captured frame.
 */
#ifndef ENGINE_IO_LINKTYPE_H
#define ENGINE_IO_LINKTYPE_H

#include <stddef.h>
#include <stdint.h>

/*
 * linktype_offset() - Bytes of link header in front of IPv4 or IPv6
 * @dlt: DLT_... of pcap(3)
 *
 * Return: the offset, at most @len; -EPROTONOSUPPORT for a link type that is
 * not known here; -ENOMSG for a frame that holds no IP.
 */
int linktype_offset(int dlt, const uint8_t *, size_t len);

#endif
