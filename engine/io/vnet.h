/* SPDX-License-Identifier: ISC */
/*
 * The virtio-net header that stands in front of a packet on a TUN device:
 * partial checksums and super-packets.
 *
 * Virtual I/O Device (VIRTIO) 1.2, section 5.1.6; the legacy form of ten
 * bytes in the byte order of the host, as TUN has it by default.
 */
#ifndef ENGINE_IO_VNET_H
#define ENGINE_IO_VNET_H

#include <linux/virtio_net.h>

#include "engine/packet.h"

#define VNET_LEN sizeof(struct virtio_net_hdr)

/*
 * vnet_decode() - Take over what the header says into packet->csum, gso
 *
 * A partial checksum that is not the packet's own layer 4 checksum (of a
 * tunnel's inside) is completed here, so that the engine never meets one.
 *
 * Return: 0, or -EINVAL: a header that does not fit the packet, or a kind of
 * super-packet that was never asked for.
 */
int vnet_decode(const struct virtio_net_hdr *, struct packet *);

/*
 * vnet_encode() - The header with which a packet goes to the device
 *
 * Return: 0, or -EINVAL: a super-packet without partial checksum, or without
 * a whole TCP or UDP header.
 */
int vnet_encode(struct virtio_net_hdr *, const struct packet *);

#endif
