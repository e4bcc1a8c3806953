/* SPDX-License-Identifier: ISC */
/*
 * Where the IP header lies in a captured frame (tcpdump.org/linktypes.html).
 */
#include "engine/io/linktype.h"

#include <errno.h>
#include <pcap/pcap.h>

#define VLANS_MAX 2	/* IEEE 802.1ad */

static const struct {
	int dlt;
	uint8_t len;	/* bytes of the header */
	uint8_t type;	/* where the EtherType lies; 0: there is none */
} links[] = {
	{ DLT_RAW, 0, 0 },
	{ DLT_IPV4, 0, 0 },
	{ DLT_IPV6, 0, 0 },
	{ DLT_NULL, 4, 0 },
	{ DLT_LOOP, 4, 0 },
	{ DLT_EN10MB, 14, 12 },
	{ DLT_LINUX_SLL, 16, 14 },
	{ DLT_LINUX_SLL2, 20, 0 },
};

static unsigned
type_at(const uint8_t *p, size_t off)
{
	return (unsigned)p[off] << 8 | p[off + 1];
}

int
linktype_offset(int dlt, const uint8_t *p, size_t len)
{
	size_t i, off, vlans;
	unsigned type;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].dlt == dlt)
			break;
	if (i == sizeof(links) / sizeof(links[0]))
		return -EPROTONOSUPPORT;
	off = links[i].len;
	if (len <= off)
		return -ENOMSG;
	if (links[i].type != 0) {
		type = type_at(p, links[i].type);
		for (vlans = 0; vlans < VLANS_MAX && len > off + 4 &&
		    (type == 0x8100 || type == 0x88a8); vlans++) {
			type = type_at(p, off + 2);
			off += 4;
		}
		if (type != 0x0800 && type != 0x86dd)
			return -ENOMSG;
	}
	return p[off] >> 4 == 4 || p[off] >> 4 == 6 ? (int)off : -ENOMSG;
}
