/* SPDX-License-Identifier: ISC */
/*
 * The messages of NFQUEUE, as the kernel's header describes them: what is
 * read from a packet's, and what a verdict says.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/io/mark.h"
#include "engine/io/nfqueue.h"

static _Alignas(8) uint8_t message[NFQ_MESSAGE_MAX + 512];

/* A TCP segment of @len bytes without a right sum; data counts up. */
static void
segment(uint8_t *b, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		b[i] = (uint8_t)i;
	memset(b, 0, 40);
	b[0] = 0x45;
	b[2] = (uint8_t)(len >> 8);
	b[3] = (uint8_t)len;
	b[9] = IPPROTO_TCP;
	b[12] = b[16] = 10;
	b[15] = 1;
	b[19] = 2;
	b[20 + 12] = 0x50;
}

static uint32_t marked; /* the next message's packet */

/* A message as the kernel makes it; its length. */
static size_t
from_kernel(uint8_t hook, uint32_t info, const uint8_t *pkt, uint32_t len,
    uint32_t whole)
{
	struct nfqnl_msg_packet_hdr ph = { .packet_id = htonl(77),
		.hook = hook };
	struct nlmsghdr *h = mnl_nlmsg_put_header(message);
	struct nfgenmsg *nfg;
	struct nlattr *a;

	h->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET;
	nfg = mnl_nlmsg_put_extra_header(h, sizeof(*nfg));
	nfg->nfgen_family = AF_INET;
	mnl_attr_put(h, NFQA_PACKET_HDR, sizeof(ph), &ph);
	if (marked != 0)
		mnl_attr_put_u32(h, NFQA_MARK, htonl(marked));
	if (hook == NF_INET_LOCAL_OUT) {
		mnl_attr_put_u32(h, NFQA_UID, htonl(1000));
		mnl_attr_put_u32(h, NFQA_GID, htonl(100));
		mnl_attr_put_u32(h, NFQA_PRIORITY, htonl(6));
	}
	mnl_attr_put_u32(h, NFQA_IFINDEX_INDEV, htonl(3));
	mnl_attr_put_u32(h, NFQA_IFINDEX_OUTDEV, htonl(4));
	if (info != 0)
		mnl_attr_put_u32(h, NFQA_SKB_INFO, htonl(info));
	if (whole != 0)
		mnl_attr_put_u32(h, NFQA_CAP_LEN, htonl(whole));
	a = mnl_nlmsg_get_payload_tail(h);
	a->nla_type = NFQA_PAYLOAD;
	a->nla_len = (uint16_t)(MNL_ATTR_HDRLEN + len);
	memcpy(mnl_attr_get_payload(a), pkt, len);
	h->nlmsg_len += MNL_ALIGN(MNL_ATTR_HDRLEN + len);
	return h->nlmsg_len;
}

static const struct {
	const char *what;
	uint8_t hook;
	uint32_t info, len, whole;
	int want;
	uint8_t dir, csum, gso;
	uint32_t ifindex;
} decodes[] = {
	{ "whole sum, in", NF_INET_PRE_ROUTING, 0, 60, 0, 0, DIR_IN, CSUM_FULL,
	    GSO_NONE, 3 },
	{ "sum not ready, from this host", NF_INET_LOCAL_OUT,
	    NFQA_SKB_CSUMNOTREADY, 60, 0, 0, DIR_OUT, CSUM_PARTIAL, GSO_NONE,
	    4 },
	{ "a train", NF_INET_POST_ROUTING,
	    NFQA_SKB_CSUMNOTREADY | NFQA_SKB_GSO, 9000, 0, 0, DIR_OUT,
	    CSUM_PARTIAL, GSO_TCP4, 4 },
	{ "a train that was changed before", NF_INET_POST_ROUTING,
	    NFQA_SKB_GSO, 9000, 0, 0, DIR_OUT, CSUM_PARTIAL, GSO_TCP4, 4 },
	{ "the longest, its tail missing", NF_INET_PRE_ROUTING,
	    NFQA_SKB_CSUMNOTREADY, NFQ_PACKET_MAX, 65535, 1, DIR_IN,
	    CSUM_PARTIAL, GSO_NONE, 3 },
	{ "longer than any datagram", NF_INET_PRE_ROUTING, 0, NFQ_PACKET_MAX,
	    65536, -EMSGSIZE, DIR_IN, 0, 0, 3 },
};

START_TEST(test_decode)
{
	static uint8_t pkt[65536];
	struct nfq_packet q;
	struct packet p;
	size_t n;
	int got;

	segment(pkt, decodes[_i].len);
	n = from_kernel(decodes[_i].hook, decodes[_i].info, pkt,
	    decodes[_i].len, decodes[_i].whole);
	got = nfq_decode(message, n, &p, &q);
	ck_assert_msg(got == decodes[_i].want, "%s: %d", decodes[_i].what, got);
	ck_assert_uint_eq(q.id, 77);
	if (got < 0)
		return;
	ck_assert_msg(p.dir == decodes[_i].dir && p.csum == decodes[_i].csum &&
	    p.gso == decodes[_i].gso && p.cookie == 77 &&
	    q.ifindex == decodes[_i].ifindex, "%s", decodes[_i].what);
	if (decodes[_i].hook == NF_INET_LOCAL_OUT)
		ck_assert(p.owned && p.uid == 1000 && p.gid == 100 &&
		    p.prio == 6);
	else
		ck_assert(!p.owned && p.prio == 0);
	ck_assert_uint_eq(p.len, decodes[_i].whole != 0 ? decodes[_i].whole :
	    decodes[_i].len);
	ck_assert_mem_eq(p.data, pkt, decodes[_i].len);
}
END_TEST

START_TEST(test_no_packet)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(message);
	struct nfq_packet q;
	struct packet p;

	h->nlmsg_type = NLMSG_ERROR;
	ck_assert_int_eq(nfq_decode(message, h->nlmsg_len, &p, &q), -ENOMSG);
	h->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET;
	mnl_nlmsg_put_extra_header(h, sizeof(struct nfgenmsg));
	ck_assert_int_eq(nfq_decode(message, h->nlmsg_len, &p, &q), -EINVAL);
	ck_assert_int_eq(nfq_decode(message, 3, &p, &q), -ENOMSG);
}
END_TEST

static int
collect(const struct nlattr *a, void *arg)
{
	const struct nlattr **v = arg;

	v[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

START_TEST(test_verdict)
{
	const struct nlattr *a[NFQA_MAX + 1] = { NULL };
	const struct nfqnl_msg_verdict_hdr *vh;
	const struct nfgenmsg *nfg;
	struct nfq_verdict v;
	size_t n;

	n = nfq_verdict(&v, 9, 77, &(struct nfq_say){ .accept = true,
	    .set_mark = true, .mark = 0x42, .set_prio = true, .payload = 61 });
	memcpy(message, v.bytes, n);
	memset(message + n, 0xaa, 64);
	ck_assert_uint_eq(v.hdr.nlmsg_len, n + 64); /* 61, padded */
	ck_assert_int_eq(v.hdr.nlmsg_type,
	    NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT);
	nfg = mnl_nlmsg_get_payload(&v.hdr);
	ck_assert_uint_eq(ntohs(nfg->res_id), 9);
	ck_assert_int_ge(mnl_attr_parse((struct nlmsghdr *)message,
	    sizeof(*nfg), collect, a), 0);
	vh = mnl_attr_get_payload(a[NFQA_VERDICT_HDR]);
	ck_assert_uint_eq(ntohl(vh->verdict), NF_ACCEPT);
	ck_assert_uint_eq(ntohl(vh->id), 77);
	ck_assert_uint_eq(ntohl(mnl_attr_get_u32(a[NFQA_MARK])), 0x42);
	ck_assert_uint_eq(mnl_attr_get_payload_len(a[NFQA_PAYLOAD]), 61);

	n = nfq_verdict(&v, 9, 78, &(struct nfq_say){ .all = true });
	ck_assert_uint_eq(v.hdr.nlmsg_len, n);
	ck_assert_int_eq(v.hdr.nlmsg_type,
	    NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT_BATCH);

	n = nfq_verdict(&v, 9, 79, &(struct nfq_say){ .accept = true,
	    .to = 1000 });
	memcpy(message, v.bytes, n);
	ck_assert_int_ge(mnl_attr_parse((struct nlmsghdr *)message,
	    sizeof(*nfg), collect, a), 0);
	vh = mnl_attr_get_payload(a[NFQA_VERDICT_HDR]);
	ck_assert_uint_eq(ntohl(vh->verdict), NF_QUEUE_NR(1000));
}
END_TEST

static const struct {
	uint32_t mark;
	enum mark_kind kind;
	int is;
	uint32_t arg;
} marks[] = {
	{ 0x6e600000, MARK_MADE, 1, 0 },
	{ 0x6e601fff, MARK_DECIDED, 1, 4095 },
	{ 0x6e602003, MARK_WAY, 1, 3 },
	{ 0x6e603fff, MARK_TAG, 1, 4095 },
	{ 0x6e602003, MARK_DECIDED, 0, 3 },
	{ 0x6e604001, MARK_SOCKET, 1, 1 },
	{ 0x6e6050ff, MARK_TABLE, 1, 255 },
	{ 0x6e610000, MARK_MADE, 0, 0 },
	{ 0, MARK_MADE, 0, 0 },
};

START_TEST(test_mark)
{
	uint32_t m = marks[_i].mark;

	ck_assert_int_eq(mark_is(m, marks[_i].kind), marks[_i].is);
	ck_assert_uint_eq(mark_arg(m), marks[_i].arg);
	if (marks[_i].is)
		ck_assert_uint_eq(mark_make(marks[_i].kind, marks[_i].arg), m);
}
END_TEST

/* What a packet that leaves brings from where it came in. */
static const struct {
	uint8_t hook;
	uint32_t mark, in_ifindex;
	uint16_t tag;
	bool again;
} forwarded[] = {
	{ NF_INET_POST_ROUTING, 0x6e603005, 3, 5, false },
	{ NF_INET_POST_ROUTING, 0x6e601005, 3, 0, true },
	{ NF_INET_POST_ROUTING, 0x6e613005, 3, 0, false },
	{ NF_INET_LOCAL_OUT, 0x6e603005, 0, 0, false }, /* a socket's */
	{ NF_INET_PRE_ROUTING, 0x6e603005, 0, 0, false },
};

START_TEST(test_forwarded)
{
	uint8_t pkt[60];
	struct nfq_packet q;
	struct packet p;
	size_t n;

	segment(pkt, sizeof(pkt));
	marked = forwarded[_i].mark;
	n = from_kernel(forwarded[_i].hook, 0, pkt, sizeof(pkt), 0);
	marked = 0;
	ck_assert_int_eq(nfq_decode(message, n, &p, &q), 0);
	ck_assert_uint_eq(q.in_ifindex, forwarded[_i].in_ifindex);
	ck_assert_uint_eq(p.tag, forwarded[_i].tag);
	ck_assert_int_eq(p.again, forwarded[_i].again);
}
END_TEST

/* RFC 1071 over pseudo-header and segment, byte by byte; 0: it is right. */
static uint16_t
tcp_sum(const uint8_t *b, uint32_t len)
{
	uint32_t sum = IPPROTO_TCP + len - 20, i;

	for (i = 12; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)b[i] << 8 : b[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static const struct {
	const char *what;
	uint8_t dir, csum, gso;
	bool sum;		/* becomes a whole one */
} finishes[] = {
	{ "one packet, not ready", DIR_OUT, CSUM_PARTIAL, GSO_NONE, true },
	{ "one packet, ready", DIR_OUT, CSUM_FULL, GSO_NONE, false },
	{ "a train that leaves", DIR_OUT, CSUM_PARTIAL, GSO_TCP4, false },
	{ "a train that may be for us", DIR_IN, CSUM_PARTIAL, GSO_TCP4, true },
};

START_TEST(test_finish)
{
	static const uint32_t lens[] = { 40, 41, 42, 43, 999, 1500, 60001 };
	static uint8_t b[65536];
	struct packet p = { .data = b, .dir = finishes[_i].dir,
		.csum = finishes[_i].csum, .gso = finishes[_i].gso };
	uint32_t pseudo;
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		p.len = lens[i];
		segment(b, p.len);
		pseudo = 0x0a00 + 1 + 0x0a00 + 2 + IPPROTO_TCP + p.len - 20;
		pseudo = (pseudo & 0xffff) + (pseudo >> 16);
		b[36] = (uint8_t)(pseudo >> 8);
		b[37] = (uint8_t)pseudo;
		nfq_finish(&p);
		if (finishes[_i].sum)
			ck_assert_msg(tcp_sum(b, p.len) == 0, "%s, %u bytes",
			    finishes[_i].what, p.len);
		else
			ck_assert_msg((b[36] << 8 | b[37]) == (int)pseudo,
			    "%s, %u bytes", finishes[_i].what, p.len);
	}
}
END_TEST

static const struct {
	const char *what;
	uint8_t opt[8];		/* of a header of 28 bytes */
	uint8_t flags;
	bool want;
	int at;			/* of the MSS in the options */
} clamps[] = {
	{ "loopback's", { 2, 4, 0xff, 0xd7, 1, 1, 1, 0 }, 0x02, true, 2 },
	{ "behind a NOP", { 1, 2, 4, 0xff, 0xd7, 1, 1, 0 }, 0x12, true, 3 },
	{ "a cable's", { 2, 4, 0x05, 0xb4, 1, 1, 1, 0 }, 0x02, false, 0 },
	{ "no SYN", { 2, 4, 0xff, 0xd7, 1, 1, 1, 0 }, 0x10, false, 0 },
	{ "an option of no length", { 8, 0, 2, 4, 0xff, 0xd7 }, 0x02, false, 0 },
	{ "cut off", { 1, 1, 1, 1, 1, 1, 2, 4 }, 0x02, false, 0 },
	{ "behind the end", { 0, 0, 2, 4, 0xff, 0xd7 }, 0x02, false, 0 },
};

START_TEST(test_clamp)
{
	uint8_t b[48];
	struct packet p = { .data = b, .len = sizeof(b), .csum = CSUM_FULL };
	uint16_t sum;

	segment(b, sizeof(b));
	b[20 + 12] = 0x70;
	b[20 + 13] = clamps[_i].flags;
	memcpy(b + 40, clamps[_i].opt, sizeof(clamps[_i].opt));
	sum = tcp_sum(b, sizeof(b));
	b[36] = (uint8_t)(sum >> 8);
	b[37] = (uint8_t)sum;
	ck_assert_uint_eq(tcp_sum(b, sizeof(b)), 0);
	ck_assert_msg(nfq_clamp(&p) == clamps[_i].want, "%s", clamps[_i].what);
	ck_assert_msg(tcp_sum(b, sizeof(b)) == 0, "%s: sum", clamps[_i].what);
	if (clamps[_i].want)
		ck_assert_int_eq(b[40 + clamps[_i].at] << 8 |
		    b[41 + clamps[_i].at], 65400);
	else
		ck_assert_mem_eq(b + 40, clamps[_i].opt, 8);
}
END_TEST

#define ROWS(a) (int)(sizeof(a) / sizeof((a)[0]))

Suite *suite_nfqueue(void);

Suite *
suite_nfqueue(void)
{
	Suite *s = suite_create("nfqueue");
	TCase *tc = tcase_create("nfqueue");

	tcase_add_loop_test(tc, test_decode, 0, ROWS(decodes));
	tcase_add_test(tc, test_no_packet);
	tcase_add_test(tc, test_verdict);
	tcase_add_loop_test(tc, test_forwarded, 0,
	    sizeof(forwarded) / sizeof(forwarded[0]));
	tcase_add_loop_test(tc, test_mark, 0, ROWS(marks));
	tcase_add_loop_test(tc, test_finish, 0, ROWS(finishes));
	tcase_add_loop_test(tc, test_clamp, 0, ROWS(clamps));
	suite_add_tcase(s, tc);
	return s;
}
