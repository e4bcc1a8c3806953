/* SPDX-License-Identifier: ISC */
/*
 * Fuzzer stage: the parts of the packet path, one by one.
 */
#include <errno.h>
#include <string.h>

#include "engine/emit.h"
#include "engine/pdesc.h"
#include "engine/reass.h"
#include "tests/fuzz/packet.h"
#include "tests/hexpkt.h"

#define TIMEOUT 60000u

static struct reass *reass;
static uint64_t now;

/* exact() - A copy in a block of its own: reads behind it are seen. */
static uint8_t *
exact(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len != 0 ? len : 1);

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, p, len);
	return copy;
}

/* check_pdesc() - What the parser promises. */
static void
check_pdesc(const struct pdesc *pd, size_t given)
{
	const struct pdquote *q = &pd->quote;

	FUZZ_CHECK(pd->len <= given && pd->len == pd->pkt->len);
	FUZZ_CHECK((uint32_t)pd->l3len + pd->l4len == pd->len);
	FUZZ_CHECK(pd->hdrlen <= pd->l4len);
	FUZZ_CHECK(pd->datalen == (uint32_t)pd->l4len - pd->hdrlen);
	FUZZ_CHECK(memcmp(&pd->key, &pd->cur, sizeof(pd->key)) == 0);
	FUZZ_CHECK((pd->flags & PD_L4) == 0 || pd->hdrlen >= 8);
	FUZZ_CHECK((pd->flags & PD_FIRSTFRAG) == 0 ||
	    (pd->flags & PD_FRAGMENT) != 0);
	FUZZ_CHECK((pd->flags & PD_FRAGMENT) == 0 ||
	    ((pd->flags & PD_FIRSTFRAG) != 0) == (pd->fragoff == 0));
	if (pd->fraghdr != 0)
		FUZZ_CHECK(pd->fraghdr + 8u <= pd->len &&
		    pd->fragnxt < pd->fraghdr);
	if (pd->flags & PD_ICMPERR) {
		FUZZ_CHECK(q->off == pd->l3len + 8u && q->l4off > q->off);
		FUZZ_CHECK((uint32_t)q->l4off + q->l4len <= pd->len);
		FUZZ_CHECK(addr_equal(&q->t.src, &pd->key.dst));
	}
}

/* l4_mod() - Sum of layer 4 with its pseudo-header; 0 and 0xffff are one. */
static uint32_t
l4_mod(const struct pdesc *pd)
{
	const uint8_t *p = pd->pkt->data;

	if (pd->af == AF_INET && pd->proto == 1)
		return sum16(0, p + pd->l3len, pd->l4len) % 0xffff;
	return l4_sum(p, pd->len, pd->l3len, pd->proto) % 0xffff;
}

static bool
has_sum(const struct pdesc *pd)
{
	const uint8_t *l4 = pd->pkt->data + pd->l3len;

	if ((pd->flags & PD_L4) == 0)
		return false;
	return pd->proto != 17 || (l4[6] | l4[7]) != 0;
}

static void
random_tuple(struct tuple *t, uint8_t af, uint32_t rnd)
{
	unsigned i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < (af == AF_INET ? 1u : 4u); i++) {
		t->src.w[i] = rnd * 2654435761u + i;
		t->dst.w[i] = ~t->src.w[i] * 40503u;
	}
	t->sport = (uint16_t)(rnd >> 3);
	t->dport = (uint16_t)(rnd >> 16);
}

/* rewrite() - A sum is right afterwards exactly if it was before. */
static void
rewrite(struct pdesc pd, struct packet pkt, const struct fuzz_how *how)
{
	uint8_t *copy = exact(pkt.data, pkt.len);
	bool summed = false;
	struct tuple inner;
	uint32_t before = 0;

	pkt.data = copy;
	pd.pkt = &pkt;
	random_tuple(&pd.cur, pd.af, how->rnd);
	random_tuple(&inner, pd.af, how->rnd * 31);
	if (pkt.csum == CSUM_FULL && has_sum(&pd)) {
		summed = true;
		before = l4_mod(&pd);
	}
	if (pd.flags & PD_ICMPERR)
		pdesc_rewrite_quote(&pd, &inner);
	else
		pdesc_rewrite(&pd);
	if (summed)
		FUZZ_CHECK(l4_mod(&pd) == before);
	if (pd.af == AF_INET)
		FUZZ_CHECK(sum16(0, copy, (copy[0] & 15) * 4u) == 0xffff);
	free(copy);
}

/* made() - A packet of ours is one that we would take ourselves. */
static void
made(const struct packet *out, size_t room)
{
	struct packet pkt = *out;
	struct pdesc pd;
	uint8_t *copy;

	FUZZ_CHECK(out->len <= room);
	copy = exact(out->data, out->len);
	pkt.data = copy;
	FUZZ_CHECK(pdesc_parse(&pd, &pkt) == REASON_MATCH);
	FUZZ_CHECK(pkt.len == out->len);
	FUZZ_CHECK((pd.flags & (PD_FRAGMENT | PD_OPTIONS)) == 0);
	FUZZ_CHECK(l4_mod(&pd) == 0);
	free(copy);
}

static void
answers(const struct pdesc *pd, const struct fuzz_how *how)
{
	static const uint8_t types[2][4] = { { 3, 11, 12, 3 }, { 1, 2, 3, 4 } };
	uint32_t room = pd->len > EMIT_ANSWER_ROOM ? pd->len : EMIT_ANSWER_ROOM;
	struct packet out = { .data = malloc(room) };
	struct emit_icmp e = { .code = (uint8_t)(how->rnd % 5),
		.arg = how->mtu };

	FUZZ_CHECK(out.data != NULL);
	e.type = types[pd->af != AF_INET][how->rnd / 5 % 4];
	e.src.b[0] = 0x20;
	if (emit_rst(&out, room, pd, 0) == 0)
		made(&out, 60);
	if (emit_challenge(&out, room, pd, how->rnd, 1, 2) == 0)
		made(&out, 60);
	/* a chain that is too long to be quoted cannot be found again */
	if (emit_icmp(&out, EMIT_ANSWER_ROOM, pd, &e) == 0 &&
	    (pd->af == AF_INET || pd->l3len + 8 <= EMIT_ICMP6_MAX - 48))
		made(&out, pd->af == AF_INET ? EMIT_ICMP4_MAX
					     : EMIT_ICMP6_MAX);
	if (emit_echo_reply(&out, room, pd) == 0)
		made(&out, pd->len);
	free(out.data);
}

/* cut() - Pieces cover the datagram, and each is one that parses. */
static void
cut(struct pdesc pd, struct packet pkt, const struct fuzz_how *how,
    const struct fraginfo *fi)
{
	uint8_t *copy = exact(pkt.data, pkt.len);
	uint32_t covered = 0, mtu = how->mtu;
	struct packet out = { .data = malloc(mtu != 0 ? mtu : 1) };
	struct emit_frags f;
	struct pdesc piece;
	int n = 0;

	FUZZ_CHECK(out.data != NULL);
	pkt.data = copy;
	pd.pkt = &pkt;
	if (emit_frags_init(&f, &pd, mtu, fi) == 0) {
		while (emit_frags_next(&f, &out, mtu) == 1) {
			FUZZ_CHECK(out.len <= mtu && ++n <= 8192);
			covered += out.len - f.head -
			    (pd.af == AF_INET ? 0 : 8);
			/* IPv6: the first piece may lack headers; a sum
			 * called partial was none */
			if (n == 1 && pd.af == AF_INET &&
			    how->csum == CSUM_FULL)
				FUZZ_CHECK(pdesc_parse(&piece, &out) ==
				    REASON_MATCH);
		}
		FUZZ_CHECK(covered == pd.len - f.head);
	}
	free(copy);
	free(out.data);
}

static void
reassemble(const struct pdesc *pd, const struct fuzz_how *how)
{
	struct reass_config cfg = { .datagrams = 16, .bytes = 8 * 1024,
		.per_source = 14, .key = { 5, 6 } };
	static uint8_t *buf;
	struct packet out;
	enum reason why = REASON_MATCH;
	struct fraginfo fi;
	struct pdesc whole;
	uint32_t len;

	if (reass == NULL) {
		void *mem = aligned_alloc(64, (reass_size(&cfg) + 63) & ~63ul);

		FUZZ_CHECK(mem != NULL);
		reass = reass_init(mem, &cfg);
		FUZZ_CHECK((buf = malloc(REASS_DATAGRAM_MAX)) != NULL);
	}
	out.data = buf;
	now += how->rnd % 128 == 0 ? TIMEOUT / 2 : how->rnd % 16;
	switch (reass_add(reass, pd, now, TIMEOUT, how->rnd & 1, &out,
	    REASS_DATAGRAM_MAX, &fi, &why)) {
	case REASS_DROP:
		FUZZ_CHECK(why != REASON_MATCH);
		break;
	case REASS_DONE:
		len = out.len;
		if (pdesc_parse(&whole, &out) == REASON_MATCH) {
			FUZZ_CHECK((whole.flags & PD_FRAGMENT) == 0);
			FUZZ_CHECK(out.len == len);
			check_pdesc(&whole, len);
			cut(whole, out, how, &fi);
		}
		break;
	case REASS_HELD:
		break;
	}
	reass_expire(reass, now, TIMEOUT, 4);
}

void
fuzz_parts(const struct fuzz_how *how, const uint8_t *p, size_t len)
{
	struct packet pkt = { .data = exact(p, len), .len = (uint32_t)len,
		.ifidx = 1, .dir = how->dir, .csum = how->csum,
		.gso = how->gso, .gso_size = how->gso_size };
	struct pdesc pd;
	enum reason why;

	memset(&pd, 0xa5, sizeof(pd));
	why = pdesc_parse(&pd, &pkt);
	FUZZ_CHECK(why < REASON_MAX);
	FUZZ_CHECK(memcmp(pkt.data, p, len) == 0);
	if (why == REASON_MATCH) {
		check_pdesc(&pd, len);
		pdesc_fragcheck(&pd);
		rewrite(pd, pkt, how);
		answers(&pd, how);
		if (pd.flags & PD_FRAGMENT)
			reassemble(&pd, how);
		if (pd.af == AF_INET)
			cut(pd, pkt, how, NULL);
	}
	free(pkt.data);
}
