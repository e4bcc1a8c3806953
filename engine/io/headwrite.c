/* SPDX-License-Identifier: ISC */
/*
 * What has changed between two headers.
 */
#include "engine/io/headwrite.h"

#include <assert.h>
#include <string.h>

#include "engine/ifset.h"

#define IP_HLEN 20
#define IP_SUM 10	/* RFC 791 3.1 */
#define IP_SRC 12
#define TCP_SEQ 4	/* behind both ports, RFC 9293 3.1 */
#define TCP_SUM 16

static_assert(IFACE_MAX - 1 <= HEADWRITE_IFIDX, "no room for an interface");

uint32_t
headwrite_prio(uint16_t port, uint16_t what)
{
	const uint16_t half[2] = { port, what };
	uint32_t prio;

	memcpy(&prio, half, sizeof(prio));
	return prio;
}

void
headwrite_keep(struct headwrite *hw, const struct packet *p)
{
	uint32_t len = 0;

	hw->len = 0;
	/* a priority that there is would be lost */
	if (p->gso != GSO_TCP4 || p->dir != DIR_IN || p->prio != 0 ||
	    p->data[0] != 0x45)
		return;
	/* the plane has looked: a train's header is whole (l4.h) */
	len = IP_HLEN + (p->data[IP_HLEN + 12] >> 4) * 4u;
	memcpy(hw->head, p->data, len);
	hw->len = (uint8_t)len;
}

/* Are these bytes the same in both? */
static bool
same(const struct headwrite *hw, const struct packet *p, unsigned from,
    unsigned to)
{
	return memcmp(hw->head + from, p->data + from, to - from) == 0;
}

/* The same address and port, of the source (0) or the destination (1)? */
static bool
same_end(const struct headwrite *hw, const struct packet *p, unsigned end)
{
	unsigned addr = IP_SRC + end * 4, port = IP_HLEN + end * 2;

	return same(hw, p, addr, addr + 4) && same(hw, p, port, port + 2);
}

bool
headwrite_say(const struct headwrite *hw, const struct packet *p,
    uint32_t *mark, uint32_t *prio)
{
	unsigned end;
	uint16_t port;

	if (hw->len == 0 || !p->decided || p->set_prio != 0 ||
	    !same(hw, p, 0, IP_SUM) ||
	    !same(hw, p, IP_HLEN + TCP_SEQ, IP_HLEN + TCP_SUM) ||
	    !same(hw, p, IP_HLEN + TCP_SUM + 2, hw->len))
		return false;
	end = same_end(hw, p, 0);
	if (!same_end(hw, p, end ^ 1))
		return false;
	memcpy(mark, p->data + IP_SRC + end * 4, sizeof(*mark));
	memcpy(&port, p->data + IP_HLEN + end * 2, sizeof(port));
	*prio = headwrite_prio(port, (uint16_t)(HEADWRITE_KIND |
	    end * HEADWRITE_DST | p->out_if));
	return true;
}
