/* SPDX-License-Identifier: ISC */
/*
 * nf_tables by libmnl: linux/netfilter/nf_tables.h is the reference.
 *
 *	batch	BATCH_BEGIN | message ... | BATCH_END
 *	message	nlmsghdr, nfgenmsg (family), attributes (table, chain ...)
 *	rule	a message with NFTA_RULE_EXPRESSIONS: elements, each of which
 *		has an expression's name and its data, attributes again
 */
#include "engine/io/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_NFQUEUE.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LEN 16		/* IFNAMSIZ */
#define MESSAGE_ROOM 1024	/* more than any message here */
#define TARGET_REV 3		/* of xt_NFQUEUE: with flags */
#define SNDBUF (4 << 20)

static struct nlmsghdr *
message(struct nft_batch *b, uint16_t subsys, uint16_t type, uint16_t flags,
    uint8_t family, uint16_t res)
{
	struct nlmsghdr *h;
	struct nfgenmsg *nfg;
	uint8_t *bigger;

	if (b->room - b->len < MESSAGE_ROOM) {
		bigger = realloc(b->buf, b->room * 2 + MESSAGE_ROOM);
		if (bigger == NULL) {
			b->failed = true;
			b->len = 0; /* what is built now is thrown away */
		} else {
			b->buf = bigger;
			b->room = b->room * 2 + MESSAGE_ROOM;
		}
	}
	h = mnl_nlmsg_put_header(b->buf + b->len);
	h->nlmsg_type = (uint16_t)(subsys << 8 | type);
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = ++b->seq;
	nfg = mnl_nlmsg_put_extra_header(h, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res);
	return h;
}

static void
message_end(struct nft_batch *b, const struct nlmsghdr *h)
{
	b->len += MNL_ALIGN(h->nlmsg_len);
}

/* BATCH_BEGIN and BATCH_END: no subsystem, but its number inside. */
static void
batch_mark(struct nft_batch *b, uint16_t type)
{
	message_end(b, message(b, 0, type, 0, AF_UNSPEC,
	    NFNL_SUBSYS_NFTABLES));
}

int
nft_begin(struct nft_batch *b, const char *table)
{
	*b = (struct nft_batch){ .table = table, .room = 16 * MESSAGE_ROOM };
	if ((b->buf = malloc(b->room)) == NULL)
		return -ENOMEM;
	batch_mark(b, NFNL_MSG_BATCH_BEGIN);
	return 0;
}

/* The first error of some answers, or 0. */
static int
first_error(const char *buf, int left)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)buf;
	const struct nlmsgerr *e;

	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		e = mnl_nlmsg_get_payload(h);
		if (h->nlmsg_type == NLMSG_ERROR && e->error != 0)
			return e->error;
	}
	return 0;
}

/*
 * The first error among the answers, of which there may be none.  Each message
 * that the kernel refuses has one: there may be more than the socket holds,
 * which is said before the first ones are handed over.
 */
static int
answers(struct mnl_socket *s)
{
	char buf[8192];
	int error = 0, lost = 0;
	ssize_t n;

	while ((n = recv(mnl_socket_get_fd(s), buf, sizeof(buf),
	    MSG_DONTWAIT)) > 0 || (n < 0 && errno != EAGAIN)) {
		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			return -errno;
		if (n < 0)
			lost = errno == ENOBUFS ? -ENOBUFS : lost;
		else if (error == 0)
			error = first_error(buf, (int)n);
	}
	return error != 0 ? error : lost;
}

static int
transact(const struct nft_batch *b)
{
	int error = 0, size = SNDBUF;
	struct mnl_socket *s;

	if ((s = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC)) == NULL)
		return -errno;
	/* the kernel has answered everything when sendto(2) returns */
	(void)setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_SNDBUFFORCE,
	    &size, sizeof(size));
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(s, b->buf, b->len) < 0)
		error = -errno;
	else
		error = answers(s);
	mnl_socket_close(s);
	return error;
}

int
nft_commit(struct nft_batch *b)
{
	int error;

	batch_mark(b, NFNL_MSG_BATCH_END);
	error = b->failed ? -ENOMEM : transact(b);
	free(b->buf);
	b->buf = NULL;
	return error;
}

static void
table_message(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = message(b, NFNL_SUBSYS_NFTABLES, type, flags,
	    b->family, 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, b->table);
	message_end(b, h);
}

void
nft_table_add(struct nft_batch *b)
{
	table_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
}

void
nft_table_delete(struct nft_batch *b)
{
	table_message(b, NFT_MSG_DELTABLE, 0);
}

void
nft_table_flush(struct nft_batch *b)
{
	struct nlmsghdr *h = message(b, NFNL_SUBSYS_NFTABLES, NFT_MSG_DELRULE,
	    0, b->family, 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, b->table);
	message_end(b, h);
}

void
nft_chain(struct nft_batch *b, const char *name, const struct nft_hook *hook)
{
	struct nlmsghdr *h = message(b, NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWCHAIN,
	    NLM_F_CREATE, b->family, 0);
	struct nlattr *nest;

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, name);
	if (hook != NULL) {
		mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
		nest = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
		mnl_attr_put_u32(h, NFTA_HOOK_HOOKNUM, htonl(hook->num));
		mnl_attr_put_u32(h, NFTA_HOOK_PRIORITY,
		    htonl((uint32_t)hook->prio));
		mnl_attr_nest_end(h, nest);
		mnl_attr_put_u32(h, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
	}
	message_end(b, h);
}

void
nft_rule(struct nft_rule *r, struct nft_batch *b, const char *chain)
{
	r->b = b;
	r->h = message(b, NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWRULE,
	    NLM_F_CREATE | NLM_F_APPEND, b->family, 0);
	mnl_attr_put_strz(r->h, NFTA_RULE_TABLE, b->table);
	mnl_attr_put_strz(r->h, NFTA_RULE_CHAIN, chain);
	r->exprs = mnl_attr_nest_start(r->h, NFTA_RULE_EXPRESSIONS);
}

void
nft_rule_end(struct nft_rule *r)
{
	mnl_attr_nest_end(r->h, r->exprs);
	message_end(r->b, r->h);
}

static void
expr_begin(struct nft_rule *r, const char *name)
{
	r->elem = mnl_attr_nest_start(r->h, NFTA_LIST_ELEM);
	mnl_attr_put_strz(r->h, NFTA_EXPR_NAME, name);
	r->data = mnl_attr_nest_start(r->h, NFTA_EXPR_DATA);
}

static void
expr_end(struct nft_rule *r)
{
	mnl_attr_nest_end(r->h, r->data);
	mnl_attr_nest_end(r->h, r->elem);
}

/* A number, which nf_tables has in network order. */
static void
put_num(struct nft_rule *r, uint16_t attr, uint32_t num)
{
	mnl_attr_put_u32(r->h, attr, htonl(num));
}

static void
put_value(struct nft_rule *r, uint16_t attr, const void *value, size_t len)
{
	struct nlattr *nest = mnl_attr_nest_start(r->h, attr);

	mnl_attr_put(r->h, NFTA_DATA_VALUE, len, value);
	mnl_attr_nest_end(r->h, nest);
}

void
nft_meta(struct nft_rule *r, uint32_t key)
{
	expr_begin(r, "meta");
	put_num(r, NFTA_META_DREG, NFT_REG_1);
	put_num(r, NFTA_META_KEY, key);
	expr_end(r);
}

void
nft_cmp(struct nft_rule *r, const void *value, size_t len)
{
	expr_begin(r, "cmp");
	put_num(r, NFTA_CMP_SREG, NFT_REG_1);
	put_num(r, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(r, NFTA_CMP_DATA, value, len);
	expr_end(r);
}

void
nft_is(struct nft_rule *r, uint32_t key, const void *value, size_t len)
{
	nft_meta(r, key);
	nft_cmp(r, value, len);
}

void
nft_iface(struct nft_rule *r, uint32_t key, const char *name)
{
	char value[NAME_LEN] = "";

	strncpy(value, name, sizeof(value) - 1);
	nft_is(r, key, value, sizeof(value));
}

/* What was loaded, changed in place. */
static void
bitwise_begin(struct nft_rule *r)
{
	expr_begin(r, "bitwise");
	put_num(r, NFTA_BITWISE_SREG, NFT_REG_1);
	put_num(r, NFTA_BITWISE_DREG, NFT_REG_1);
	put_num(r, NFTA_BITWISE_LEN, sizeof(uint32_t));
}

void
nft_bits(struct nft_rule *r, uint32_t mask, uint32_t flip)
{
	bitwise_begin(r);
	put_value(r, NFTA_BITWISE_MASK, &mask, sizeof(mask));
	put_value(r, NFTA_BITWISE_XOR, &flip, sizeof(flip));
	expr_end(r);
}

void
nft_shift(struct nft_rule *r, uint32_t bits)
{
	if (bits == 0)
		return;
	bitwise_begin(r);
	put_num(r, NFTA_BITWISE_OP, NFT_BITWISE_RSHIFT);
	put_value(r, NFTA_BITWISE_DATA, &bits, sizeof(bits));
	expr_end(r);
}

void
nft_load(struct nft_rule *r, uint32_t reg, const void *value, size_t len)
{
	expr_begin(r, "immediate");
	put_num(r, NFTA_IMMEDIATE_DREG, reg);
	put_value(r, NFTA_IMMEDIATE_DATA, value, len);
	expr_end(r);
}

void
nft_meta_set(struct nft_rule *r, uint32_t key)
{
	expr_begin(r, "meta");
	put_num(r, NFTA_META_KEY, key);
	put_num(r, NFTA_META_SREG, NFT_REG_1);
	expr_end(r);
}

void
nft_meta_zero(struct nft_rule *r, uint32_t key)
{
	const uint32_t none = 0;

	nft_load(r, NFT_REG_1, &none, sizeof(none));
	nft_meta_set(r, key);
}

void
nft_payload_set(struct nft_rule *r, uint32_t base, uint32_t off, uint32_t len,
    uint32_t sum, uint32_t flags)
{
	expr_begin(r, "payload");
	put_num(r, NFTA_PAYLOAD_SREG, NFT_REG_1);
	put_num(r, NFTA_PAYLOAD_BASE, base);
	put_num(r, NFTA_PAYLOAD_OFFSET, off);
	put_num(r, NFTA_PAYLOAD_LEN, len);
	put_num(r, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
	put_num(r, NFTA_PAYLOAD_CSUM_OFFSET, sum);
	put_num(r, NFTA_PAYLOAD_CSUM_FLAGS, flags);
	expr_end(r);
}

void
nft_tproxy(struct nft_rule *r, uint32_t addr, uint32_t port)
{
	expr_begin(r, "tproxy");
	put_num(r, NFTA_TPROXY_FAMILY, r->b->family);
	if (addr != 0)
		put_num(r, NFTA_TPROXY_REG_ADDR, addr);
	put_num(r, NFTA_TPROXY_REG_PORT, port);
	expr_end(r);
}

void
nft_queue(struct nft_rule *r, uint16_t first, uint16_t n, bool bypass)
{
	uint16_t flags = bypass ? NFT_QUEUE_FLAG_BYPASS : 0;

	expr_begin(r, "queue");
	mnl_attr_put_u16(r->h, NFTA_QUEUE_NUM, htons(first));
	mnl_attr_put_u16(r->h, NFTA_QUEUE_TOTAL, htons(n));
	mnl_attr_put_u16(r->h, NFTA_QUEUE_FLAGS, htons(flags));
	expr_end(r);
}

void
nft_nfqueue(struct nft_rule *r, uint16_t first, uint16_t n, bool bypass)
{
	/* the kernel wants it as long as it aligns its own */
	union {
		struct xt_NFQ_info_v3 nfq;
		uint64_t align[1];
	} info = { .align = { 0 } };

	info.nfq.queuenum = first;
	info.nfq.queues_total = n;
	info.nfq.flags = bypass ? NFQ_FLAG_BYPASS : 0;
	expr_begin(r, "target");
	mnl_attr_put_strz(r->h, NFTA_TARGET_NAME, "NFQUEUE");
	put_num(r, NFTA_TARGET_REV, TARGET_REV);
	mnl_attr_put(r->h, NFTA_TARGET_INFO, sizeof(info), &info);
	expr_end(r);
}

void
nft_verdict(struct nft_rule *r, int code, const char *chain)
{
	struct nlattr *nest, *verdict;

	expr_begin(r, "immediate");
	put_num(r, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	nest = mnl_attr_nest_start(r->h, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(r->h, NFTA_DATA_VERDICT);
	put_num(r, NFTA_VERDICT_CODE, (uint32_t)code);
	if (chain != NULL)
		mnl_attr_put_strz(r->h, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(r->h, verdict);
	mnl_attr_nest_end(r->h, nest);
	expr_end(r);
}
