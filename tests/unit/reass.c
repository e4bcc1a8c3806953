/* SPDX-License-Identifier: ISC */
/*
 * Reassembly: rows of pieces, and random pieces against an oracle
 * that keeps a list of them and a byte array.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/emit.h"
#include "engine/pdesc.h"
#include "tests/hexpkt.h"
#include "tests/rnd.h"
#include "tests/unit/frags.h"

static uint64_t seed, rng;

static uint32_t
rnd(void)
{
	return (uint32_t)(test_random(&rng) >> 32);
}

/*
 * Rows: pieces as "off-end", "m" behind a piece that is not the last, "!"
 * for other bytes; then the fate of each: h(eld), d(one), x (dropped).
 */
static const struct {
	const char *what, *pieces, *fates;
} rows[] = {
	{ "in order", "0-16m 16-32m 32-40", "hhd" },
	{ "backwards", "32-40 16-32m 0-16m", "hhd" },
	{ "odd length", "0-16m 16-29", "hd" },
	{ "duplicate first", "0-16m 0-16m 16-24", "hhd" },
	{ "duplicate last", "16-24 16-24 0-16m", "hhd" },
	{ "duplicate over chunks", "1000-3000m 1000-3000m 0-1000m 3000-3001",
	    "hhhd" },
	{ "chunk borders", "1024-2048m 0-1024m 2048-2056", "hhd" },
	{ "overlap: inside", "8-32m 16-24m", "hx" },
	{ "overlap: at the left edge", "8-32m 8-16m", "hx" },
	{ "overlap: at the right edge", "8-32m 24-32m", "hx" },
	{ "overlap: over the left edge", "16-32m 8-24m", "hx" },
	{ "overlap: over the right edge", "8-24m 16-32m", "hx" },
	{ "overlap: around", "16-24m 8-32m", "hx" },
	{ "overlap: two pieces as one", "8-16m 16-24m 8-24m", "hhx" },
	{ "overlap: same place, other bytes", "8-24m 8-24m!", "hx" },
	{ "overlap: same begin, longer", "8-24m 8-32m", "hx" },
	{ "overlap: over chunks", "1000-3000m 2048-2056m", "hx" },
	{ "later pieces of a spoilt one", "8-24m 16-32m 0-8m 32-40 8-24m",
	    "hxxxx" },
	{ "two ends", "16-24 24-32", "hx" },
	{ "two ends, the nearer later", "24-32 8-16", "hx" },
	{ "more behind the end", "16-24 24-32m", "hx" },
	{ "more up to the end", "16-24 8-24m", "hx" },
	{ "last becomes one with more", "16-24 16-24m", "hx" },
	{ "one with more becomes the last", "0-8m 8-16m 8-16", "hhx" },
	{ "the end before what is there", "32-40m 16-24", "hx" },
	{ "last before first of one unit", "8-9 0-8m", "hd" },
};

static void
row_frags(uint8_t af, int row, uint32_t id)
{
	static uint8_t buf[REASS_DATAGRAM_MAX];
	struct reass *r = frag_reass_new(16, 65536 * 2, 16);
	const char *s = rows[row].pieces, *want = rows[row].fates;
	char *end;
	struct frag f = { .af = af, .src = 1, .id = id };
	uint32_t total = 0;
	struct got g;

	for (; *want != '\0'; want++) {
		f.off = (uint32_t)strtoul(s, &end, 10);
		f.len = (uint32_t)strtoul(end + 1, &end, 10) - f.off;
		f.more = *end == 'm';
		end += f.more;
		f.salt = *end == '!' ? 0x55 : 0;
		end += *end == '!';
		s = end;
		if (!f.more)
			total = f.off + f.len;
		g = frag_add(r, &f, 1000, false, buf, sizeof(buf));
		ck_assert_msg("hdx"[g.fate] == *want, "%s: piece %d is %c",
		    rows[row].what, (int)(want - rows[row].fates),
		    "hdx"[g.fate]);
		if (g.fate == REASS_DROP)
			ck_assert_msg(g.why == REASON_FRAG, "%s: %s",
			    rows[row].what, reason_name(g.why));
		if (g.fate == REASS_DONE)
			frag_whole(&g, &f, total, rows[row].what);
	}
	frag_reass_free(r);
}

START_TEST(test_row4)
{
	row_frags(AF_INET, _i, 77);
}
END_TEST

START_TEST(test_row6)
{
	row_frags(AF_INET6, _i, 0x12345678);
}
END_TEST

/* The oracle: a datagram as a list of pieces. */
struct oracle {
	struct frag piece[64];
	unsigned n;
	bool dead;
	uint32_t total;
};

static enum reass_fate
oracle_add(struct oracle *o, const struct frag *f, uint32_t *total)
{
	uint32_t have = 0, end = f->off + f->len;
	unsigned i;

	if (o->dead)
		return REASS_DROP;
	if (f->more ? o->total != 0 && end >= o->total
		    : o->total != 0 && end != o->total)
		goto dead;
	for (i = 0; i < o->n && !f->more; i++)
		if (o->piece[i].off + o->piece[i].len > end ||
		    (o->piece[i].more && o->piece[i].off + o->piece[i].len ==
		    end))
			goto dead;
	if (!f->more)
		o->total = end;
	for (i = 0; i < o->n; i++) {
		const struct frag *p = &o->piece[i];

		if (p->off == f->off && p->len == f->len && p->salt == f->salt)
			return REASS_HELD;
		if (f->off < p->off + p->len && p->off < end)
			goto dead;
	}
	o->piece[o->n++] = *f;
	for (i = 0; i < o->n; i++)
		have += o->piece[i].len;
	if (o->total != 0 && have == o->total) {
		*total = have;
		return REASS_DONE;
	}
	return REASS_HELD;
dead:
	o->dead = true;
	return REASS_DROP;
}

/* oracle_whole() - Are these the bytes of its pieces? */
static void
oracle_whole(const struct oracle *o, const struct got *g, uint32_t total)
{
	uint32_t head = o->piece[0].af == AF_INET ? 20 : 40, at;
	unsigned i;

	ck_assert_uint_eq(g->out.len, head + total);
	for (i = 0; i < o->n; i++)
		for (at = 0; at < o->piece[i].len; at++)
			if (g->out.data[head + o->piece[i].off + at] !=
			    frag_byte(&o->piece[i], o->piece[i].off + at))
				ck_abort_msg("seed %#llx: byte %u of piece %u",
				    (unsigned long long)seed, at, i);
}

#define FLOWS 8
#define PIECES 40

/* One datagram's pieces: a right cut, then mischief, then shuffled. */
static unsigned
random_pieces(struct frag *v, uint8_t af, uint32_t src, uint32_t id)
{
	uint32_t units = 2 + rnd() % (rnd() % 4 ? 12 : 900), at = 0, len;
	unsigned n = 0, i, j, mischief;

	while (at < units && n < PIECES / 2) {
		len = 1 + rnd() % (units / 6 + 1);
		if (len > units - at || n == PIECES / 2 - 1)
			len = units - at;
		v[n] = (struct frag) { .af = af, .src = src, .id = id,
			.off = at * 8, .len = len * 8,
			.more = at + len < units };
		at += len;
		n++;
	}
	v[n - 1].len -= rnd() % 8;
	mischief = rnd() % 3 == 0 ? 1 + rnd() % 3 : 0;
	for (i = 0; i < 4 && rnd() % 2; i++, n++) /* duplicates */
		v[n] = v[rnd() % n];
	for (i = 0; i < mischief; i++) {
		v[n] = v[rnd() % n];
		switch (rnd() % 4) {
		case 0:
			v[n].salt = 0x20;
			break;
		case 1:
			v[n].more = !v[n].more;
			break;
		case 2:
			v[n].off = rnd() % units * 8;
			break;
		case 3:
			v[n].len = 8 + rnd() % units * 8;
			break;
		}
		if (v[n].off == 0)
			v[n].more = true; /* or it were no fragment */
		if (v[n].more)
			v[n].len = (v[n].len + 7) & ~7u;
		n++;
	}
	for (i = n; i-- > 1;) {
		struct frag t = v[i];

		j = rnd() % (i + 1);
		v[i] = v[j];
		v[j] = t;
	}
	return n;
}

START_TEST(test_oracle)
{
	static uint8_t buf[REASS_DATAGRAM_MAX];
	static struct frag v[FLOWS][PIECES];
	struct oracle o[FLOWS];
	unsigned n[FLOWS], next[FLOWS], round, left, i;
	struct reass *r = frag_reass_new(64, 1 << 20, 64);
	uint32_t total = 0, used, done = 0;
	enum reass_fate want;
	uint64_t bytes;
	struct got g;

	seed = test_begin(&rng);
	for (round = 0; round < 1500; round++) {
		for (i = 0, left = 0; i < FLOWS; i++) {
			memset(&o[i], 0, sizeof(o[i]));
			n[i] = random_pieces(v[i], i % 2 ? AF_INET6 : AF_INET,
			    i / 4, 100 + i);
			next[i] = 0;
			left += n[i];
		}
		for (; left > 0; left--) {
			do
				i = rnd() % FLOWS;
			while (next[i] == n[i]);
			want = oracle_add(&o[i], &v[i][next[i]], &total);
			g = frag_add(r, &v[i][next[i]], round * 100000u, false,
			    buf, sizeof(buf));
			ck_assert_msg(g.fate == want, "seed %#llx round %u "
			    "flow %u piece %u: %c, not %c",
			    (unsigned long long)seed, round, i, next[i],
			    "hdx"[g.fate], "hdx"[want]);
			if (want == REASS_DONE) {
				oracle_whole(&o[i], &g, total);
				/* what comes now is a new datagram's */
				memset(&o[i], 0, sizeof(o[i]));
				done++;
			}
			next[i]++;
		}
		reass_expire(r, round * 100000u + FRAG_TTL, FRAG_TTL, FLOWS);
		reass_used(r, &used, &bytes);
		ck_assert_msg(used == 0 && bytes == 0, "seed %#llx: left over",
		    (unsigned long long)seed);
	}
	ck_assert_uint_gt(done, 5000);
	frag_reass_free(r);
}
END_TEST

static const struct {
	const char *what;
	uint8_t af;
	uint32_t total, step;
	bool done;
} longest[] = {
	{ "IPv4, 65535 bytes", AF_INET, 65515, 1480, true },
	{ "IPv4 over 576-byte links", AF_INET, 65515, 552, true },
	{ "IPv6, 65535 bytes of data", AF_INET6, 65535, 1448, true },
	{ "IPv6, two halves", AF_INET6, 65535, 32768, true },
};

START_TEST(test_longest)
{
	static uint8_t buf[REASS_DATAGRAM_MAX];
	struct reass *r = frag_reass_new(4, 65536 * 2, 4);
	struct frag a = { .af = longest[_i].af, .src = 1, .id = 1 };
	struct got g = { 0 };

	for (a.off = 0; a.off < longest[_i].total; a.off += a.len) {
		a.len = longest[_i].step;
		a.more = a.off + a.len < longest[_i].total;
		if (!a.more)
			a.len = longest[_i].total - a.off;
		g = frag_add(r, &a, 0, false, buf, sizeof(buf));
		ck_assert_msg(g.fate == (a.more ? REASS_HELD : REASS_DONE),
		    "%s at %u", longest[_i].what, a.off);
	}
	frag_whole(&g, &a, longest[_i].total, longest[_i].what);
	ck_assert_uint_eq(g.fi.maxfrag, longest[_i].step +
	    (a.af == AF_INET ? 20 : 48));
	frag_reass_free(r);
}
END_TEST

START_TEST(test_df)
{
	uint8_t buf[256];
	struct reass *r = frag_reass_new(4, 65536, 4);
	struct frag a = { .af = AF_INET, .src = 1, .id = 1, .len = 16,
		.more = true, .df = 1 };
	struct got g;

	g = frag_add(r, &a, 0, false, buf, sizeof(buf));
	ck_assert_int_eq(g.fate, REASS_DROP);
	ck_assert_int_eq(g.why, REASON_FRAG);
	ck_assert_int_eq(frag_add(r, &a, 0, true, buf, 256).fate, REASS_HELD);
	a.off = 16;
	a.more = false;
	g = frag_add(r, &a, 0, true, buf, sizeof(buf));
	ck_assert_int_eq(g.fate, REASS_DONE);
	ck_assert_uint_eq(buf[6] | buf[7], 0);
	frag_reass_free(r);
}
END_TEST

/* What else tells datagrams apart: protocol (IPv4), source, id, direction. */
START_TEST(test_keys)
{
	static const struct {
		const char *first, *second;
		enum reass_fate want;
	} pairs[] = {
		{ "4500 L 0001 2000 40 11 S 0a000001 0a000002 Z10",
		    "4500 L 0001 0002 40 11 S 0a000001 0a000002 Z08",
		    REASS_DONE },
		{ "4500 L 0001 2000 40 11 S 0a000001 0a000002 Z10",
		    "4500 L 0001 0002 40 2f S 0a000001 0a000002 Z08",
		    REASS_HELD },
		{ "4500 L 0001 2000 40 11 S 0a000001 0a000002 Z10",
		    "4500 L 0002 0002 40 11 S 0a000001 0a000002 Z08",
		    REASS_HELD },
		{ "4500 L 0001 2000 40 11 S 0a000001 0a000002 Z10",
		    "4500 L 0001 0002 40 11 S 0a000003 0a000002 Z08",
		    REASS_HELD },
		{ "4500 L 0001 2000 40 11 S 0a000001 0a000002 Z10",
		    "4500 L 0001 0002 40 11 S 0a000001 0a000003 Z08",
		    REASS_HELD },
		/* IPv6: another next header in the second is of no account */
		{ "60000000 M 2c 40 20 Z0e 01 20 Z0e 02 11 00 0001 00000009 "
		    "0001000200100000 Z08", "60000000 M 2c 40 20 Z0e 01 20 "
		    "Z0e 02 2f 00 0010 00000009 Z08", REASS_DONE },
	};
	uint8_t wire[256], buf[256];
	unsigned i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct reass *r = frag_reass_new(4, 65536, 4);
		struct packet pkt = { .data = wire }, out = { .data = buf };
		struct fraginfo fi;
		struct pdesc pd;
		enum reason why;

		pkt.len = (uint32_t)hexpkt(wire, 256, pairs[i].first);
		pdesc_parse(&pd, &pkt);
		ck_assert_int_eq(reass_add(r, &pd, 0, FRAG_TTL, false, &out,
		    256, &fi, &why), REASS_HELD);
		pkt.len = (uint32_t)hexpkt(wire, 256, pairs[i].second);
		ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
		ck_assert_msg(reass_add(r, &pd, 0, FRAG_TTL, false, &out, 256,
		    &fi, &why) == pairs[i].want, "pair %u", i);
		frag_reass_free(r);
	}
}
END_TEST

/* The chain before the fragment header stays, and is mended. */
START_TEST(test_chain6)
{
	static const char *first = "60000000 M 00 40 20 Z0e 01 20 Z0e 02 "
	    "2c00 010400000000 1100 0001 00000009 04d2 0035 0018 0000 Z08";
	static const char *last = "60000000 M 00 40 20 Z0e 01 20 Z0e 02 "
	    "2c00 010400000000 1100 0010 00000009 Z08";
	uint8_t wire[256], buf[256];
	struct reass *r = frag_reass_new(4, 65536, 4);
	struct packet pkt = { .data = wire }, out = { .data = buf };
	struct fraginfo fi;
	struct pdesc pd;
	enum reason why;

	pkt.len = (uint32_t)hexpkt(wire, 256, last);
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_int_eq(reass_add(r, &pd, 0, FRAG_TTL, false, &out, 256, &fi,
	    &why), REASS_HELD);
	pkt.len = (uint32_t)hexpkt(wire, 256, first);
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_int_eq(reass_add(r, &pd, 0, FRAG_TTL, false, &out, 256, &fi,
	    &why), REASS_DONE);
	ck_assert_uint_eq(fi.unfrag, 48);
	ck_assert_uint_eq(fi.nxtoff, 40);
	ck_assert_uint_eq(fi.id, 9);
	ck_assert_uint_eq(fi.maxfrag, 72);
	ck_assert_int_eq(pdesc_parse(&pd, &out), 0);
	ck_assert_uint_eq(pd.proto, 17);
	ck_assert_uint_eq(pd.l3len, 48);
	ck_assert_uint_eq(pd.l4len, 24);
	ck_assert_uint_eq(ntohs(pd.key.dport), 53);
	frag_reass_free(r);
}
END_TEST

/* A duplicate of the very last piece; a header too long to be kept. */
START_TEST(test_edges)
{
	static uint8_t buf[REASS_DATAGRAM_MAX], wire[4096];
	struct reass *r = frag_reass_new(4, 65536 * 2, 4);
	struct frag a = { .af = AF_INET6, .src = 1, .id = 1, .off = 65528,
		.len = 7 };
	struct packet pkt = { .data = wire }, out = { .data = buf };
	struct fraginfo fi;
	struct pdesc pd;
	enum reason why;

	ck_assert_int_eq(frag_add(r, &a, 0, false, buf, 256).fate, REASS_HELD);
	ck_assert_int_eq(frag_add(r, &a, 0, false, buf, 256).fate, REASS_HELD);
	a.salt = 1;
	ck_assert_int_eq(frag_add(r, &a, 0, false, buf, 256).fate, REASS_DROP);
	pkt.len = (uint32_t)hexpkt(wire, sizeof(wire), "60000000 M 3c 40 20 "
	    "Z0e 01 20 Z0e 02 2c7c Zff Zff Zff Ze9 1100 0001 00000009 Z08");
	wire[4] = (uint8_t)((pkt.len - 40) >> 8);
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), REASON_SHORT);
	wire[pkt.len - 8 + 3] = 53;
	wire[pkt.len - 8 + 5] = 99;
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_uint_eq(pd.fraghdr, 40 + 1000);
	ck_assert_int_eq(reass_add(r, &pd, 0, FRAG_TTL, false, &out,
	    sizeof(buf), &fi, &why), REASS_DROP);
	frag_reass_free(r);
}
END_TEST

/* A second fragment header behind the first shows when all is whole: F5. */
START_TEST(test_hidden_fragment)
{
	uint8_t wire[256], buf[256];
	struct reass *r = frag_reass_new(4, 65536, 4);
	struct packet pkt = { .data = wire }, out = { .data = buf };
	struct fraginfo fi;
	struct pdesc pd;
	enum reason why;

	pkt.len = (uint32_t)hexpkt(wire, 256, "60000000 M 2c 40 20 Z0e 01 20 "
	    "Z0e 02 2c00 0001 00000009 1100 0000 0000000a");
	/* already refused as it comes */
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), REASON_FRAG);
	/* in IPv4 the whole may still be short of a header */
	pkt.len = (uint32_t)hexpkt(wire, 256,
	    "4500 L 0001 2000 40 06 S 0a000001 0a000002 04d2005000000001");
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_int_eq(reass_add(r, &pd, 0, FRAG_TTL, false, &out, 256, &fi,
	    &why), REASS_HELD);
	pkt.len = (uint32_t)hexpkt(wire, 256,
	    "4500 L 0001 0001 40 06 S 0a000001 0a000002 0000000250");
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_int_eq(reass_add(r, &pd, 0, FRAG_TTL, false, &out, 256, &fi,
	    &why), REASS_DONE);
	ck_assert_int_eq(pdesc_parse(&pd, &out), REASON_SHORT);
	frag_reass_free(r);
}
END_TEST

static const struct {
	const char *what;
	uint8_t first, second;
	int want;	/* tos of the whole, -1: dropped */
} ecns[] = {
	{ "not capable", 0, 0, 0 },
	{ "capable", 2, 2, 2 },
	{ "marked in the second", 2, 3, 3 },
	{ "marked in the first", 3, 1, 3 },
	{ "all marked", 3, 3, 3 },
	{ "marked beside not capable", 0, 3, -1 },
	{ "not capable beside marked", 3, 0, -1 },
	{ "other bits are the first's", 0xb8, 0x20, 0xb8 },
};

START_TEST(test_ecn)
{
	uint8_t afs[] = { AF_INET, AF_INET6 }, buf[256], tos;
	unsigned i;

	for (i = 0; i < 2; i++) {
		struct reass *r = frag_reass_new(4, 65536, 4);
		struct frag a = { .af = afs[i], .src = 1, .id = 1, .len = 16,
			.more = true, .tos = ecns[_i].first };
		struct got g;

		frag_add(r, &a, 0, false, buf, sizeof(buf));
		a.off = 16;
		a.more = false;
		a.tos = ecns[_i].second;
		g = frag_add(r, &a, 0, false, buf, sizeof(buf));
		ck_assert_msg((g.fate == REASS_DROP) == (ecns[_i].want < 0),
		    "%s", ecns[_i].what);
		if (g.fate == REASS_DONE) {
			tos = afs[i] == AF_INET ? buf[1] :
			    (uint8_t)(buf[0] << 4 | buf[1] >> 4);
			ck_assert_msg(tos == ecns[_i].want, "%s: %#x",
			    ecns[_i].what, tos);
		}
		frag_reass_free(r);
	}
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof((t)[0]))

Suite *suite_reass(void);

Suite *
suite_reass(void)
{
	Suite *s = suite_create("reass");
	TCase *tc = tcase_create("pieces");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_row4, 0, ROWS(rows));
	tcase_add_loop_test(tc, test_row6, 0, ROWS(rows));
	tcase_add_test(tc, test_oracle);
	tcase_add_test(tc, test_keys);
	tcase_add_test(tc, test_chain6);
	tcase_add_test(tc, test_edges);
	tcase_add_test(tc, test_hidden_fragment);
	tcase_add_loop_test(tc, test_ecn, 0, ROWS(ecns));
	tcase_add_test(tc, test_df);
	tcase_add_loop_test(tc, test_longest, 0, ROWS(longest));
	suite_add_tcase(s, tc);
	return s;
}
