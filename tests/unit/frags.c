/* SPDX-License-Identifier: ISC */
/*
 * Pieces of made-up datagrams.
 */
#include "tests/unit/frags.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/pdesc.h"
#include "tests/hexpkt.h"

struct reass *
frag_reass_new(uint32_t datagrams, uint32_t bytes, uint32_t per_source)
{
	struct reass_config cfg = { .datagrams = datagrams, .bytes = bytes,
		.per_source = per_source, .key = { 1, 2 } };
	void *mem = NULL;

	ck_assert_int_eq(posix_memalign(&mem, 64, reass_size(&cfg)), 0);
	memset(mem, 0xa5, reass_size(&cfg));
	return reass_init(mem, &cfg);
}

void
frag_reass_free(struct reass *r)
{
	reass_fini(r);
	free(r);
}

uint8_t
frag_byte(const struct frag *f, uint32_t i)
{
	return (uint8_t)((i * 31 + i / 256 + f->id * 7) ^ f->salt);
}

static uint32_t
put_frag(uint8_t *p, const struct frag *f)
{
	uint32_t head = f->af == AF_INET ? 20 : 48, i, sum;

	memset(p, 0, head);
	if (f->af == AF_INET) {
		p[0] = 0x45;
		p[1] = f->tos;
		p[2] = (uint8_t)((20 + f->len) >> 8);
		p[3] = (uint8_t)(20 + f->len);
		p[4] = (uint8_t)(f->id >> 8);
		p[5] = (uint8_t)f->id;
		p[6] = (uint8_t)(f->off / 8 >> 8 | (f->more ? 0x20 : 0) |
		    (f->df ? 0x40 : 0));
		p[7] = (uint8_t)(f->off / 8);
		p[8] = 64;
		p[9] = 17;
		p[12] = 10;
		p[13] = (uint8_t)(f->src >> 16);
		p[14] = (uint8_t)(f->src >> 8);
		p[15] = (uint8_t)f->src;
		p[16] = 192;
		p[18] = 2;
		sum = ~sum16(0, p, 20);
		p[10] = (uint8_t)(sum >> 8);
		p[11] = (uint8_t)sum;
	} else {
		p[0] = (uint8_t)(0x60 | f->tos >> 4);
		p[1] = (uint8_t)(f->tos << 4);
		p[4] = (uint8_t)((8 + f->len) >> 8);
		p[5] = (uint8_t)(8 + f->len);
		p[6] = 44;
		p[7] = 64;
		p[8] = p[24] = 0x20;
		p[20] = (uint8_t)(f->src >> 24);
		p[21] = (uint8_t)(f->src >> 16);
		p[22] = (uint8_t)(f->src >> 8);
		p[23] = (uint8_t)f->src;
		p[39] = 1;
		p[40] = 17;
		p[42] = (uint8_t)(f->off >> 8);
		p[43] = (uint8_t)(f->off | f->more);
		p[44] = (uint8_t)(f->id >> 24);
		p[45] = (uint8_t)(f->id >> 16);
		p[46] = (uint8_t)(f->id >> 8);
		p[47] = (uint8_t)f->id;
	}
	for (i = 0; i < f->len; i++)
		p[head + i] = frag_byte(f, f->off + i);
	return head + f->len;
}

struct got
frag_add(struct reass *r, const struct frag *f, uint64_t now, bool nodf,
    uint8_t *buf, uint32_t room)
{
	static __thread uint8_t wire[66000];
	struct got g = { .out.data = buf, .why = REASON_MATCH };
	struct packet pkt = { .data = wire, .ifidx = 3 };
	struct pdesc pd;

	pkt.len = put_frag(wire, f);
	g.why = pdesc_parse(&pd, &pkt);
	ck_assert_msg(g.why == 0, "the piece itself: %s", reason_name(g.why));
	g.fate = reass_add(r, &pd, now, FRAG_TTL, nodf, &g.out, room, &g.fi,
	    &g.why);
	return g;
}

void
frag_whole(const struct got *g, const struct frag *f, uint32_t total,
    const char *what)
{
	uint32_t head = f->af == AF_INET ? 20 : 40, i;
	struct packet pkt = g->out;
	struct pdesc pd;
	enum reason why;

	ck_assert_msg(pkt.len == head + total, "%s: %u bytes", what, pkt.len);
	for (i = 0; i < total; i++)
		if (pkt.data[head + i] != frag_byte(f, i))
			ck_abort_msg("%s: byte %u", what, i);
	why = pdesc_parse(&pd, &pkt);
	/* the data are no UDP header: nothing but that may be wrong */
	ck_assert_msg(why == 0 || why == REASON_SHORT, "%s: %s", what,
	    reason_name(why));
	ck_assert_uint_eq(pd.flags & PD_FRAGMENT, 0);
	ck_assert_uint_eq(pd.proto, 17);
	ck_assert_uint_eq(pd.fraghdr, 0);
	ck_assert_uint_eq(g->out.ifidx, 3);
}
