/* SPDX-License-Identifier: ISC */
/*
 * Judging TCP segments: the four bounds and their edges, handshakes, ends of
 * connections, RFC 5961, pickup.
 *
 * A connection is made by a real handshake of the client (side 0) and the
 * server (side 1); numbers in rows are relative to what the sides said last.
 */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "engine/fast/tcp.h"

Suite *suite_tcp(void);

#define F TCPF_FIN
#define S TCPF_SYN
#define R TCPF_RST
#define A TCPF_ACK
#define NOSCALE 0xff
#define WIN 1000u

struct conn {
	struct tcp_side s[2];
};

static enum track
say(struct conn *c, unsigned side, uint8_t flags, uint32_t seq, uint32_t ack,
    uint32_t len, uint16_t win, uint8_t wscale)
{
	struct tcp_seg seg = { .seq = seq, .ack = ack, .len = len, .win = win,
		.flags = flags, .wscale = wscale };
	struct tcp_side own = c->s[side], peer = c->s[1 - side];
	enum track t;

	t = tcp_judge(&c->s[side], &c->s[1 - side], &seg);
	ck_assert(memcmp(&c->s[1 - side], &peer, sizeof(peer)) == 0);
	if (t > TRACK_MOVED)
		ck_assert(memcmp(&c->s[side], &own, sizeof(own)) == 0);
	return t;
}

static bool
passes(struct conn c, unsigned side, uint8_t flags, uint32_t seq, uint32_t ack,
    uint32_t len)
{
	return say(&c, side, flags, seq, ack, len, WIN, NOSCALE) <=
	    TRACK_MOVED;
}

static void
begin(struct conn *c, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len,
    uint8_t wscale)
{
	struct tcp_seg seg = { .seq = seq, .ack = ack, .len = len, .win = WIN,
		.flags = flags, .wscale = wscale };

	memset(c, 0, sizeof(*c));
	tcp_begin(&c->s[0], &c->s[1], &seg);
}

/* Handshake, and one acknowledgement of each side with its scaled window. */
static void
establish(struct conn *c, uint32_t cisn, uint32_t sisn, uint8_t cscale,
    uint8_t sscale)
{
	begin(c, S, cisn, 0, 0, cscale);
	ck_assert_int_eq(tcp_class_of(&c->s[0], &c->s[1]), TCPC_FIRST);
	ck_assert_int_eq(say(c, 1, S | A, sisn, cisn + 1, 0, WIN, sscale),
	    TRACK_MOVED);
	ck_assert_int_eq(tcp_class_of(&c->s[0], &c->s[1]), TCPC_OPENING);
	ck_assert_int_eq(say(c, 0, A, cisn + 1, sisn + 1, 0, WIN, NOSCALE),
	    TRACK_MOVED);
	ck_assert_int_eq(tcp_class_of(&c->s[0], &c->s[1]), TCPC_ESTABLISHED);
	ck_assert_int_eq(say(c, 1, A, sisn + 1, cisn + 1, 0, WIN, NOSCALE),
	    TRACK_MOVED);
	ck_assert_int_eq(say(c, 0, A, cisn + 1, sisn + 1, 0, WIN, NOSCALE),
	    TRACK_OK);
}

/* Where numbers begin, and the scales; with one side's option none counts. */
static const struct {
	const char *what;
	uint32_t cisn, sisn;
	uint8_t cscale, sscale;
	unsigned c, s; /* scales in effect */
} edges[] = {
	{ "no option", 1000, 77000, NOSCALE, NOSCALE, 0, 0 },
	{ "scale 0", 1000, 77000, 0, 0, 0, 0 },
	{ "scales 7 and 2", 1000, 77000, 7, 2, 7, 2 },
	{ "scales 14 and 14", 1000, 77000, 14, 14, 14, 14 },
	{ "scale above 14 is 14", 1000, 77000, 20, 15, 14, 14 },
	{ "client's option alone", 1000, 77000, 9, NOSCALE, 0, 0 },
	{ "server's option alone", 1000, 77000, NOSCALE, 9, 0, 0 },
	{ "wrap at 2^32", 0xfffffffe, 0xffffffff, NOSCALE, NOSCALE, 0, 0 },
	{ "wrap at 2^32, scale 14", 0xffffff00, 0xfffffe00, 14, 14, 14, 14 },
	{ "wrap at 2^31, scale 14", 0x7ffffff0, 0x80000000, 14, 14, 14, 14 },
	{ "wrap of the window only", 0xffffffff - WIN / 2, 5, 0, 0, 0, 0 },
};

START_TEST(test_edges)
{
	const char *what = edges[_i].what;
	uint32_t seq = edges[_i].cisn + 1, ack = edges[_i].sisn + 1;
	uint32_t swin = WIN << edges[_i].s, slack;
	struct conn c;

	establish(&c, edges[_i].cisn, edges[_i].sisn, edges[_i].cscale,
	    edges[_i].sscale);
	slack = (65535u + 1500u) << edges[_i].c;

	/* I: the end of the data and the peer's window */
	ck_assert_msg(passes(c, 0, A, seq + swin - 10, ack, 10), "%s", what);
	ck_assert_msg(!passes(c, 0, A, seq + swin - 10, ack, 11), "%s", what);
	ck_assert_msg(passes(c, 0, A | F, seq + swin - 10, ack, 10), "%s",
	    what);
	ck_assert_msg(passes(c, 0, A, seq + swin, ack, 0), "%s", what);
	ck_assert_msg(!passes(c, 0, A, seq + swin + 1, ack, 0), "%s", what);
	/* II: one window back */
	ck_assert_msg(passes(c, 0, A, seq - swin, ack, 10), "%s", what);
	ck_assert_msg(!passes(c, 0, A, seq - swin - 1, ack, 10), "%s", what);
	ck_assert_msg(!passes(c, 0, A, seq - swin - 1, ack, 0), "%s", what);
	/* III: nothing that was not sent */
	ck_assert_msg(passes(c, 0, A, seq, ack, 10), "%s", what);
	ck_assert_msg(!passes(c, 0, A, seq, ack + 1, 10), "%s", what);
	/* IV: not too far behind */
	ck_assert_msg(passes(c, 0, A, seq, ack - slack, 10), "%s", what);
	ck_assert_msg(!passes(c, 0, A, seq, ack - slack - 1, 10), "%s", what);
	/* the same connection seen from the server */
	ck_assert_msg(passes(c, 1, A, ack, seq, WIN << edges[_i].c), "%s",
	    what);
	ck_assert_msg(!passes(c, 1, A, ack, seq, (WIN << edges[_i].c) + 1),
	    "%s", what);
	ck_assert_msg(!passes(c, 1, A, ack, seq + 1, 1), "%s", what);
}
END_TEST

/* A train of segments is one segment: all its payload counts. */
START_TEST(test_super_packet)
{
	struct conn c;

	establish(&c, 100, 200, 7, 7);
	ck_assert(passes(c, 0, A, 101, 201, 64000));
	ck_assert_int_eq(say(&c, 0, A, 101, 201, 64000, WIN, NOSCALE),
	    TRACK_OK);
	ck_assert_uint_eq(c.s[0].end, 64101);
	ck_assert(passes(c, 1, A, 201, 64101, 0));
	ck_assert(!passes(c, 1, A, 201, 64102, 0));
}
END_TEST

/* A window closes, is probed by one byte, and opens. */
START_TEST(test_zero_window)
{
	struct conn c;

	establish(&c, 100, 200, NOSCALE, NOSCALE);
	ck_assert_int_eq(say(&c, 0, A, 101, 201, WIN, WIN, NOSCALE), 0);
	ck_assert_int_eq(say(&c, 1, A, 201, 101 + WIN, 0, 0, NOSCALE), 0);
	ck_assert(passes(c, 0, A, 101 + WIN, 201, 1));
	ck_assert(!passes(c, 0, A, 101 + WIN, 201, 2));
	ck_assert(passes(c, 0, A, 100 + WIN, 201, 1)); /* keep-alive */
	ck_assert_int_eq(say(&c, 1, A, 201, 101 + WIN, 0, 500, NOSCALE), 0);
	ck_assert(passes(c, 0, A, 101 + WIN, 201, 500));
	ck_assert(!passes(c, 0, A, 101 + WIN, 201, 501));
}
END_TEST

/* What was offered may be used, though a later window is smaller. */
START_TEST(test_edge_never_goes_back)
{
	struct conn c;

	establish(&c, 100, 200, NOSCALE, NOSCALE);
	ck_assert_int_eq(say(&c, 1, A, 201, 101, 0, 10, NOSCALE), 0);
	ck_assert(passes(c, 0, A, 101, 201, WIN));
	ck_assert(!passes(c, 0, A, 101, 201, WIN + 1));
	/* an acknowledgement that arrives late */
	ck_assert_int_eq(say(&c, 0, A, 101, 201, 600, WIN, NOSCALE), 0);
	ck_assert_int_eq(say(&c, 1, A, 201, 701, 0, WIN, NOSCALE), 0);
	ck_assert_int_eq(say(&c, 1, A, 201, 401, 0, WIN, NOSCALE), 0);
	ck_assert_uint_eq(c.s[1].ack, 701);
	ck_assert(passes(c, 0, A, 701, 201, WIN));
	ck_assert(!passes(c, 0, A, 701, 201, WIN + 1));
	/* and one with a larger window moves it on */
	ck_assert_int_eq(say(&c, 1, A, 201, 401, 0, 2000, NOSCALE), 0);
	ck_assert(passes(c, 0, A, 701, 201, 1700));
	ck_assert(!passes(c, 0, A, 701, 201, 1701));
}
END_TEST

/* The same with scales: the largest window and the edge are kept. */
START_TEST(test_scaled_windows_shrink)
{
	struct conn c;

	establish(&c, 1u << 24, 200, 7, 7);
	ck_assert_int_eq(say(&c, 1, A, 201, (1u << 24) + 1, 0, 10, NOSCALE),
	    0);
	ck_assert_int_eq(say(&c, 1, A, 201, (1u << 24) + 1, 0, 9, NOSCALE), 0);
	ck_assert_uint_eq(c.s[1].maxwin, WIN);
	ck_assert(passes(c, 0, A, (1u << 24) + 1, 201, WIN << 7));
	ck_assert(!passes(c, 0, A, (1u << 24) + 1, 201, (WIN << 7) + 1));
	ck_assert(passes(c, 0, A, (1u << 24) + 1 - (WIN << 7), 201, 1));
}
END_TEST

/* The window of a SYN becomes one in units of the scale: rounded up, no more. */
START_TEST(test_syn_window_rounds)
{
	struct conn c;

	begin(&c, S, 100, 0, 0, 10);
	c.s[0].maxwin = c.s[0].win = 2048;
	say(&c, 1, S | A, 200, 101, 0, WIN, 10);
	say(&c, 0, A, 101, 201, 0, 0, NOSCALE);
	ck_assert_uint_eq(c.s[0].maxwin, 2);
	/* the SYN-ACK's window is kept by a smaller one behind it */
	say(&c, 1, A, 201, 101, 0, 0, NOSCALE);
	ck_assert_uint_eq(c.s[1].win, 1);
	ck_assert(passes(c, 0, A, 101, 201, WIN));
}
END_TEST

/* The window of a SYN is never scaled. */
START_TEST(test_syn_window)
{
	struct conn c;

	begin(&c, S, 100, 0, 0, 10);
	ck_assert_int_eq(say(&c, 1, S | A, 200, 101, 0, WIN, 10), TRACK_MOVED);
	/* the server may send into the SYN's window at once */
	ck_assert(passes(c, 1, A, 201, 101, WIN));
	ck_assert(!passes(c, 1, A, 201, 101, WIN + 1));
	ck_assert_int_eq(say(&c, 0, A, 101, 201, 0, 2, NOSCALE), TRACK_MOVED);
	ck_assert_uint_eq(c.s[0].maxwin, 2); /* 2048 above 1000 */
	ck_assert_int_eq(say(&c, 0, A, 101, 201, WIN, 2, NOSCALE), TRACK_OK);
	/* the server's is still that of its SYN */
	ck_assert(passes(c, 0, A, 101, 201, WIN));
	ck_assert(!passes(c, 0, A, 101, 201, WIN + 1));
}
END_TEST

/* One segment after another on one connection. */
struct step {
	unsigned side;
	uint8_t flags;
	uint32_t seq, ack, len;
	enum track want;
	int class; /* afterwards; -1: not asked */
};

#define OK TRACK_OK
#define MOVED TRACK_MOVED
#define BAD TRACK_BAD
#define CHALLENGE TRACK_CHALLENGE
#define STALE TRACK_STALE
#define REUSE TRACK_REUSE
#define END { 9, 0, 0, 0, 0, OK, -1 }

/* Begun by the client's SYN 100; numbers are absolute, no scaling. */
static const struct {
	const char *what;
	struct step step[10];
} opens[] = {
	{ "SYN again", {
	    { 0, S, 100, 0, 0, OK, TCPC_FIRST },
	    { 1, S | A, 200, 101, 0, MOVED, TCPC_OPENING },
	    { 0, S, 100, 0, 0, OK, TCPC_OPENING }, END } },
	{ "another SYN while nobody has answered", {
	    { 0, S, 5000, 0, 0, MOVED, TCPC_FIRST },
	    { 1, S | A, 200, 101, 0, STALE, -1 },
	    { 1, S | A, 200, 5001, 0, MOVED, -1 }, END } },
	{ "another SYN after the answer", {
	    { 1, S | A, 200, 101, 0, MOVED, -1 },
	    { 0, S, 5000, 0, 0, CHALLENGE, -1 }, END } },
	{ "SYN-ACK again, before and after the last ACK", {
	    { 1, S | A, 200, 101, 0, MOVED, -1 },
	    { 1, S | A, 200, 101, 0, OK, -1 },
	    { 0, A, 101, 201, 0, MOVED, TCPC_ESTABLISHED },
	    { 1, S | A, 200, 101, 0, OK, TCPC_ESTABLISHED },
	    { 1, S | A, 201, 101, 0, CHALLENGE, -1 }, END } },
	{ "SYN-ACK again, with another acknowledgement", {
	    { 1, S | A, 200, 101, 0, MOVED, -1 },
	    { 1, S | A, 200, 100, 0, BAD, -1 },
	    { 1, S | A, 200, 102, 0, BAD, -1 }, END } },
	{ "SYN-ACK with data, again", {
	    { 1, S | A, 200, 101, 20, MOVED, -1 },
	    { 1, S | A, 200, 101, 20, OK, -1 },
	    { 1, S | A, 199, 101, 20, CHALLENGE, -1 },
	    { 0, A, 101, 221, 0, MOVED, TCPC_ESTABLISHED }, END } },
	{ "RST instead of the last ACK", {
	    { 1, S | A, 200, 101, 0, MOVED, -1 },
	    { 0, R, 102, 0, 0, CHALLENGE, -1 },
	    { 0, R, 101 + WIN, 0, 0, CHALLENGE, -1 },
	    { 0, R, 102 + WIN, 0, 0, BAD, -1 },
	    { 0, R, 101, 0, 0, MOVED, TCPC_CLOSED }, END } },
	{ "SYN-ACK of something else", {
	    { 1, S | A, 200, 102, 0, STALE, TCPC_FIRST },
	    { 1, S | A, 200, 100, 0, STALE, TCPC_FIRST }, END } },
	{ "the server still has an older connection", {
	    { 1, A, 77000, 4000000000, 0, STALE, TCPC_FIRST },
	    { 1, A | F, 77000, 100, 5, STALE, TCPC_FIRST },
	    { 1, R | A, 77000, 4000000000, 0, BAD, TCPC_FIRST },
	    { 0, S, 100, 0, 0, OK, TCPC_FIRST },
	    { 1, S | A, 200, 101, 0, MOVED, -1 },
	    { 1, A, 200, 4000000000, 0, BAD, -1 }, END } },
	{ "given up, and opened from the other side", {
	    { 0, R, 101, 0, 0, MOVED, TCPC_CLOSED },
	    { 1, S | A, 200, 101, 0, CHALLENGE, -1 },
	    { 1, S, 200, 0, 0, REUSE, -1 }, END } },
	{ "both sides open at once", {
	    { 1, S, 200, 0, 0, MOVED, TCPC_OPENING },
	    { 0, S | A, 100, 201, 0, MOVED, -1 },
	    { 1, S | A, 200, 101, 0, MOVED, TCPC_ESTABLISHED },
	    { 0, A, 101, 201, 0, MOVED, TCPC_ESTABLISHED }, END } },
	{ "data before the answer", {
	    { 0, A, 101, 0, 10, BAD, -1 }, END } },
	{ "the answer is no SYN", {
	    { 1, A, 200, 101, 0, BAD, TCPC_FIRST }, END } },
	{ "refused", {
	    { 1, R | A, 0, 100, 0, BAD, TCPC_FIRST },
	    { 1, R | A, 0, 102, 0, BAD, TCPC_FIRST },
	    { 1, R, 0, 101, 0, BAD, TCPC_FIRST },
	    { 1, R | A, 77, 101, 0, MOVED, TCPC_CLOSED },
	    { 1, R | A, 77, 101, 0, OK, TCPC_CLOSED },
	    { 1, R, 77, 0, 0, OK, TCPC_CLOSED },
	    { 1, R, 78, 0, 0, BAD, TCPC_CLOSED },
	    { 0, S, 300, 0, 0, REUSE, -1 }, END } },
	{ "given up", {
	    { 0, R, 100, 0, 0, BAD, -1 },
	    { 0, R, 101, 0, 0, MOVED, TCPC_CLOSED },
	    { 0, S, 300, 0, 0, REUSE, -1 }, END } },
	{ "SYN with FIN, SYN with RST, nothing at all", {
	    { 0, S | F, 100, 0, 0, BAD, -1 },
	    { 0, S | R, 100, 0, 0, BAD, -1 },
	    { 0, 0, 101, 0, 0, BAD, -1 },
	    { 0, F, 101, 0, 0, BAD, -1 }, END } },
	{ "the server is first to send", {
	    { 1, S | A, 200, 101, 0, MOVED, -1 },
	    { 1, A, 201, 101, 10, MOVED, -1 },
	    { 1, S | A, 200, 101, 0, OK, -1 },
	    { 0, A, 101, 211, 0, MOVED, TCPC_ESTABLISHED },
	    { 1, S | A, 200, 101, 0, CHALLENGE, -1 }, END } },
};

START_TEST(test_open)
{
	const struct step *s;
	struct conn c;

	begin(&c, S, 100, 0, 0, NOSCALE);
	for (s = opens[_i].step; s->side < 2; s++) {
		ck_assert_msg(say(&c, s->side, s->flags, s->seq, s->ack,
		    s->len, WIN, NOSCALE) == s->want, "%s: step %d",
		    opens[_i].what, (int)(s - opens[_i].step));
		ck_assert_msg(s->class < 0 ||
		    (int)tcp_class_of(&c.s[0], &c.s[1]) == s->class,
		    "%s: class at step %d", opens[_i].what,
		    (int)(s - opens[_i].step));
	}
}
END_TEST

/* Data in the SYN (RFC 7413), acknowledged or not. */
START_TEST(test_fast_open)
{
	struct conn c;

	begin(&c, S, 100, 0, 50, NOSCALE);
	ck_assert_uint_eq(c.s[0].end, 151);
	ck_assert_int_eq(say(&c, 0, S, 100, 0, 50, WIN, NOSCALE), OK);
	ck_assert_int_eq(say(&c, 0, S, 100, 0, 0, WIN, NOSCALE), OK);
	ck_assert(passes(c, 1, S | A, 200, 151, 0));
	ck_assert(passes(c, 1, S | A, 200, 101, 0));
	ck_assert(!passes(c, 1, S | A, 200, 152, 0));
	ck_assert(!passes(c, 1, S | A, 200, 102, 0));
	ck_assert_int_eq(say(&c, 1, S | A, 200, 102, 0, WIN, NOSCALE), BAD);
	ck_assert_int_eq(say(&c, 1, S | A, 200, 100, 0, WIN, NOSCALE), STALE);
	ck_assert_int_eq(say(&c, 1, S | A, 200, 152, 0, WIN, NOSCALE), STALE);
	/* refused, with or without the data */
	ck_assert(passes(c, 1, R | A, 0, 151, 0));
	ck_assert(passes(c, 1, R | A, 0, 101, 0));
	ck_assert(!passes(c, 1, R | A, 0, 120, 0));
	ck_assert_int_eq(say(&c, 1, S | A, 200, 101, 0, WIN, NOSCALE), MOVED);
	ck_assert_int_eq(say(&c, 0, S, 100, 0, 0, WIN, NOSCALE), OK);
	ck_assert_int_eq(say(&c, 0, S, 151, 0, 0, WIN, NOSCALE), CHALLENGE);
	/* the receiver expects 101, though 150 was sent */
	ck_assert(passes(c, 0, R, 101, 0, 0));
	ck_assert(passes(c, 0, R, 151, 0, 0));
	ck_assert(!passes(c, 0, R, 120, 0, 0));
	ck_assert_int_eq(say(&c, 0, A, 101, 201, 50, WIN, NOSCALE), MOVED);
}
END_TEST

/* An established connection: client at 101, server at 201, windows 1000. */
static const struct {
	const char *what;
	struct step step[10];
} lives[] = {
	{ "closed by the client", {
	    { 0, F | A, 101, 201, 0, MOVED, TCPC_CLOSING },
	    { 1, A, 201, 102, 0, MOVED, TCPC_CLOSING },
	    { 1, F | A, 201, 102, 0, MOVED, TCPC_FINWAIT },
	    { 0, S, 9000, 0, 0, CHALLENGE, -1 },
	    { 0, A, 102, 202, 0, MOVED, TCPC_CLOSED },
	    { 1, F | A, 201, 102, 0, OK, TCPC_CLOSED },
	    { 1, S | A, 9000, 0, 0, CHALLENGE, -1 },
	    { 0, S, 9000, 0, 0, REUSE, -1 },
	    { 1, S, 9000, 0, 0, REUSE, -1 }, END } },
	{ "closed by both at once", {
	    { 0, F | A, 101, 201, 0, MOVED, TCPC_CLOSING },
	    { 1, F | A, 201, 101, 0, MOVED, TCPC_FINWAIT },
	    { 0, A, 102, 202, 0, MOVED, TCPC_FINWAIT },
	    { 1, A, 202, 102, 0, MOVED, TCPC_CLOSED }, END } },
	{ "half closed, data go on the other way", {
	    { 0, F | A, 101, 201, 0, MOVED, TCPC_CLOSING },
	    { 1, A, 201, 102, 900, MOVED, TCPC_CLOSING },
	    { 0, A, 102, 1101, 0, OK, TCPC_CLOSING }, END } },
	{ "RST must be exact: sent, or acknowledged", {
	    { 0, A, 101, 201, 500, OK, -1 },
	    { 0, R, 600, 0, 0, CHALLENGE, -1 },
	    { 0, R, 602, 0, 0, CHALLENGE, -1 },
	    { 0, R, 102, 0, 0, CHALLENGE, -1 },
	    { 0, R, 100, 0, 0, BAD, -1 },
	    { 0, R, 101 + WIN, 0, 0, CHALLENGE, -1 },
	    { 0, R, 102 + WIN, 0, 0, BAD, TCPC_ESTABLISHED },
	    { 0, R, 601, 0, 0, MOVED, TCPC_CLOSED },
	    { 0, S, 7000, 0, 0, REUSE, -1 }, END } },
	{ "RST at what the receiver acknowledged last", {
	    { 0, A, 101, 201, 500, OK, -1 },
	    { 0, R | A, 101, 999, 0, MOVED, TCPC_CLOSED }, END } },
	{ "a challenge is answered after the RST", {
	    { 0, R, 101, 0, 0, MOVED, TCPC_CLOSED },
	    { 1, A, 201, 101, 0, OK, TCPC_CLOSED },
	    { 0, R, 101, 0, 0, OK, TCPC_CLOSED }, END } },
	{ "SYN on a live connection", {
	    { 0, S, 100, 0, 0, CHALLENGE, -1 },
	    { 0, S, 101, 0, 0, CHALLENGE, -1 },
	    { 0, S | A, 101, 201, 0, CHALLENGE, -1 },
	    { 1, S, 201, 0, 0, CHALLENGE, TCPC_ESTABLISHED }, END } },
	{ "no ACK, no pass", {
	    { 0, 0, 101, 0, 10, BAD, -1 },
	    { 0, F, 101, 0, 0, BAD, -1 },
	    { 0, TCPF_PSH, 101, 0, 10, BAD, TCPC_ESTABLISHED }, END } },
	{ "holes are filled", {
	    { 0, A, 301, 201, 100, OK, -1 },
	    { 0, A, 101, 201, 100, OK, -1 },
	    { 0, A, 201, 201, 100, OK, -1 },
	    { 1, A, 201, 401, 0, OK, -1 },
	    { 1, A, 201, 402, 0, BAD, -1 }, END } },
};

START_TEST(test_live)
{
	const struct step *s;
	struct conn c;

	establish(&c, 100, 200, NOSCALE, NOSCALE);
	for (s = lives[_i].step; s->side < 2; s++) {
		ck_assert_msg(say(&c, s->side, s->flags, s->seq, s->ack,
		    s->len, WIN, NOSCALE) == s->want, "%s: step %d",
		    lives[_i].what, (int)(s - lives[_i].step));
		ck_assert_msg(s->class < 0 ||
		    (int)tcp_class_of(&c.s[0], &c.s[1]) == s->class,
		    "%s: class at step %d", lives[_i].what,
		    (int)(s - lives[_i].step));
	}
}
END_TEST

/* Of all numbers a RST may carry in the window, two pass (RFC 5961). */
START_TEST(test_rst_sweep)
{
	unsigned off, passed = 0;
	struct conn c;

	establish(&c, 100, 200, 7, 7);
	say(&c, 0, A, 101, 201, 500, WIN, NOSCALE);
	for (off = 0; off < WIN << 7; off++)
		passed += passes(c, 0, R, 101 + off, 0, 0);
	ck_assert_uint_eq(passed, 2);
}
END_TEST

/* Picked up in the middle: whatever the scales are, it goes on. */
START_TEST(test_pickup)
{
	struct conn c;
	uint32_t slack = (65535u + 1500u) << 14;

	begin(&c, A, 1000000, 2000000, 1448, NOSCALE);
	ck_assert_int_eq(tcp_state_of(&c.s[0], &c.s[1]), TCPS_SYN_SENT);
	ck_assert(passes(c, 0, A, 1000000 + (1 << 20), 2000000, 1448));
	ck_assert(passes(c, 0, A, 1001448 + slack - 1, 2000000, 1));
	ck_assert(!passes(c, 0, A, 1001448 + slack, 2000000, 1));
	ck_assert(passes(c, 0, A, 1001448 - slack, 2000000, 0));
	ck_assert(!passes(c, 0, A, 1001448 - slack - 1, 2000000, 0));
	/* the server has acknowledged more than was seen of the client */
	ck_assert_int_eq(say(&c, 1, A, 2000000, 1500000, 0, WIN, NOSCALE),
	    MOVED);
	ck_assert_int_eq(tcp_class_of(&c.s[0], &c.s[1]), TCPC_ESTABLISHED);
	ck_assert_uint_ne(c.s[1].state & SAID_LOOSE, 0);
	ck_assert(!passes(c, 1, A, 2000000, 1001448 + slack + 1, 0));
	/* the client comes to where it was: all bounds hold from then on */
	ck_assert_int_eq(say(&c, 0, A, 1500000, 2000000, 1448, WIN, NOSCALE),
	    OK);
	ck_assert_uint_eq(c.s[0].state & SAID_LOOSE, 0);
	ck_assert_int_eq(say(&c, 1, A, 2000000, 1501448, 0, WIN, NOSCALE), OK);
	ck_assert_uint_eq(c.s[1].state & SAID_LOOSE, 0);
	ck_assert(!passes(c, 1, A, 2000000, 1501449, 0));
	ck_assert(!passes(c, 0, A, 1501448, 2000001, 1));
	ck_assert(passes(c, 0, A, 1501448, 2000000, WIN << 14));
	ck_assert(!passes(c, 0, A, 1501448, 2000000, (WIN << 14) + 1));
	ck_assert(passes(c, 0, R, 1501448, 0, 0));
	ck_assert(!passes(c, 0, R, 1501449, 0, 0));
}
END_TEST

/* Loose acknowledgements have edges too. */
START_TEST(test_pickup_acks)
{
	uint32_t slack = (65535u + 1500u) << 14;
	struct conn c;

	begin(&c, A, 1000000, 2000000, 0, NOSCALE);
	ck_assert(passes(c, 1, A, 7, 1000000 + slack, 0));
	ck_assert(!passes(c, 1, A, 7, 1000001 + slack, 0));
	ck_assert(passes(c, 1, A, 7, 1000000 - slack, 0));
	ck_assert(!passes(c, 1, A, 7, 999999 - slack, 0));
}
END_TEST

/* Picked up at the answer to a SYN, which comes twice; then the SYN again. */
START_TEST(test_pickup_synack)
{
	struct conn c;

	begin(&c, S | A, 200, 101, 0, 7);
	ck_assert_int_eq(say(&c, 0, S | A, 200, 101, 0, WIN, 7), OK);
	ck_assert(passes(c, 1, S, 100, 0, 0));
	ck_assert_int_eq(say(&c, 1, A, 101, 201, 0, WIN, NOSCALE), MOVED);
	ck_assert_int_eq(tcp_class_of(&c.s[0], &c.s[1]), TCPC_ESTABLISHED);
	/* the first segment fits whatever it is; the second one shows more */
	ck_assert_uint_ne(c.s[1].state & SAID_LOOSE, 0);
	ck_assert_int_eq(say(&c, 1, A, 101, 201, 10, WIN, NOSCALE), OK);
	ck_assert_uint_eq(c.s[1].state & SAID_LOOSE, 0);
}
END_TEST

/* The answer to a SYN, sent again, may acknowledge a FIN. */
START_TEST(test_synack_of_fin)
{
	struct conn c;

	begin(&c, S, 100, 0, 0, NOSCALE);
	ck_assert_int_eq(say(&c, 1, S | A, 200, 101, 0, WIN, NOSCALE), MOVED);
	ck_assert_int_eq(say(&c, 0, F | A, 101, 201, 0, WIN, NOSCALE), MOVED);
	ck_assert_int_eq(tcp_state_of(&c.s[0], &c.s[1]), TCPS_CLOSING);
	ck_assert_int_eq(say(&c, 1, S | A, 200, 102, 0, WIN, NOSCALE), MOVED);
	ck_assert_int_eq(tcp_state_of(&c.s[0], &c.s[1]), TCPS_FIN_WAIT_2);
}
END_TEST

/* A RST ends what was picked up too, and a SYN begins it anew. */
START_TEST(test_pickup_ends)
{
	struct conn c;

	begin(&c, A, 1000, 2000, 0, NOSCALE);
	ck_assert_int_eq(say(&c, 0, S, 7000, 0, 0, WIN, NOSCALE), REUSE);
	ck_assert(!passes(c, 1, R, 1999, 0, 0));
	ck_assert(!passes(c, 1, R | A, 1, 999, 0));
	ck_assert_int_eq(say(&c, 1, R | A, 1, 1000, 0, WIN, NOSCALE), MOVED);
	ck_assert_int_eq(tcp_class_of(&c.s[0], &c.s[1]), TCPC_CLOSED);
}
END_TEST

/* Sloppy: nothing is checked, but ends are seen. */
START_TEST(test_sloppy)
{
	struct tcp_seg syn = { .seq = 100, .win = WIN, .flags = S,
		.wscale = NOSCALE };
	struct conn c;

	memset(&c, 0, sizeof(c));
	c.s[0].flags = c.s[1].flags = LINE_SLOPPY | LINE_IFBOUND;
	tcp_begin(&c.s[0], &c.s[1], &syn);
	ck_assert_uint_eq(c.s[0].flags, LINE_SLOPPY | LINE_IFBOUND);
	ck_assert_int_eq(tcp_class_of(&c.s[0], &c.s[1]), TCPC_FIRST);
	ck_assert_int_eq(tcp_state_of(&c.s[0], &c.s[1]), TCPS_SYN_SENT);
	ck_assert_int_eq(tcp_state_of(&c.s[1], &c.s[0]), TCPS_CLOSED);
	ck_assert_int_eq(say(&c, 0, S, 100, 0, 0, WIN, NOSCALE), OK);
	/* the other side is never seen */
	ck_assert_int_eq(say(&c, 0, A, 101, 55, 0, WIN, NOSCALE), MOVED);
	ck_assert_int_eq(tcp_class_of(&c.s[0], &c.s[1]), TCPC_ESTABLISHED);
	ck_assert_int_eq(say(&c, 0, A, 900000000, 7, 10, WIN, NOSCALE), OK);
	ck_assert_int_eq(say(&c, 0, F | A, 900000010, 7, 0, WIN, NOSCALE),
	    MOVED);
	ck_assert_int_eq(tcp_class_of(&c.s[0], &c.s[1]), TCPC_FINWAIT);
	ck_assert_int_eq(say(&c, 0, R, 3, 0, 0, WIN, NOSCALE), MOVED);
	ck_assert_int_eq(tcp_class_of(&c.s[0], &c.s[1]), TCPC_CLOSED);
	ck_assert_int_eq(say(&c, 0, S, 3, 0, 0, WIN, NOSCALE), REUSE);
}
END_TEST

/* A record is dead as soon as one of its lines is. */
START_TEST(test_dead)
{
	struct conn c;

	establish(&c, 100, 200, NOSCALE, NOSCALE);
	if (_i & 1)
		c.s[0].state = LINE_DEAD;
	if (_i & 2)
		c.s[1].state = LINE_DEAD;
	ck_assert_int_eq(say(&c, 0, A, 101, 201, 0, WIN, NOSCALE), TRACK_DEAD);
	ck_assert_int_eq(say(&c, 1, R, 201, 101, 0, WIN, NOSCALE), TRACK_DEAD);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof((t)[0]))

Suite *
suite_tcp(void)
{
	Suite *s = suite_create("tcp");
	TCase *tc = tcase_create("tcp");

	tcase_add_loop_test(tc, test_edges, 0, ROWS(edges));
	tcase_add_test(tc, test_super_packet);
	tcase_add_test(tc, test_zero_window);
	tcase_add_test(tc, test_edge_never_goes_back);
	tcase_add_test(tc, test_scaled_windows_shrink);
	tcase_add_test(tc, test_syn_window_rounds);
	tcase_add_test(tc, test_syn_window);
	tcase_add_loop_test(tc, test_open, 0, ROWS(opens));
	tcase_add_test(tc, test_fast_open);
	tcase_add_loop_test(tc, test_live, 0, ROWS(lives));
	tcase_add_test(tc, test_rst_sweep);
	tcase_add_test(tc, test_pickup);
	tcase_add_test(tc, test_pickup_acks);
	tcase_add_test(tc, test_pickup_synack);
	tcase_add_test(tc, test_pickup_ends);
	tcase_add_test(tc, test_synack_of_fin);
	tcase_add_test(tc, test_sloppy);
	tcase_add_loop_test(tc, test_dead, 1, 4);
	suite_add_tcase(s, tc);
	return s;
}
