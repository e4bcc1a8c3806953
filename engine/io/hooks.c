/* SPDX-License-Identifier: ISC */
/*
 * nf_tables by libmnl: linux/netfilter/nf_tables.h is the reference.
 *
 * The tables are made if they are not there, deleted and made again, so that
 * one transaction replaces whatever a natd before us has left.
 *
 * Of several queues the kernel takes one by a hash of both addresses, the
 * same for both directions.  By processor instead (fanout) would spread a
 * single flow, but whenever a process or a worker moves to another processor
 * the packets of a flow overtake each other.
 */
#include "engine/io/hooks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_NFQUEUE.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/headwrite.h"
#include "engine/io/mark.h"
#include "engine/io/port.h"
#include "engine/packet.h"

#define NAME_LEN 16		/* IFNAMSIZ */
#define MESSAGE_ROOM 1024	/* more than any message here */
#define TARGET_REV 3		/* of xt_NFQUEUE: with flags */
/* Out comes behind what other tables do: 100 is source translation. */
#define PRIO_OUT 150
#define WRITE "write"
#define PRIO_IN6 (NF_IP6_PRI_CONNTRACK_DEFRAG + 10)
#define SNDBUF (4 << 20)
#define DECIDED "decided"	/* a chain to jump to */

struct batch {
	uint8_t *buf;
	size_t len, room;
	uint32_t seq;
	enum hooks_kind kind;
	bool tproxy;		/* this kernel has it: see rule_defrag() */
	bool failed;		/* no memory */
};

/* Where packets are met. */
static const struct point {
	const char *chain;
	uint32_t hook;
	int32_t prio4, prio6;
	bool out;
	bool forwarded;		/* only what came in by an interface */
} points[] = {
	{ "in", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW_BEFORE_DEFRAG,
	    PRIO_IN6, false, false },
	{ "out", NF_INET_LOCAL_OUT, PRIO_OUT, PRIO_OUT, true, false },
	{ "forwarded", NF_INET_POST_ROUTING, PRIO_OUT, PRIO_OUT, true, true },
};

/* Where headers are written: next behind the queue. */
static const struct point writer = {
	WRITE, NF_INET_PRE_ROUTING, NF_IP_PRI_RAW_BEFORE_DEFRAG + 1, 0, false,
	    false
};

/* Behind "in", whatever the family. */
static const struct point sockets = {
	"sockets", NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE, NF_IP6_PRI_MANGLE,
	false, false,
};

static struct nlmsghdr *
message(struct batch *b, uint16_t subsys, uint16_t type, uint16_t flags,
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
message_end(struct batch *b, const struct nlmsghdr *h)
{
	b->len += MNL_ALIGN(h->nlmsg_len);
}

/* BATCH_BEGIN and BATCH_END: no subsystem, but its number inside. */
static void
batch_mark(struct batch *b, uint16_t type)
{
	message_end(b, message(b, 0, type, 0, AF_UNSPEC,
	    NFNL_SUBSYS_NFTABLES));
}

static void
table_message(struct batch *b, uint16_t type, uint8_t family)
{
	struct nlmsghdr *h = message(b, NFNL_SUBSYS_NFTABLES, type,
	    type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0, family, 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, HOOKS_TABLE);
	message_end(b, h);
}

/* A chain at a hook, or one to jump to. */
static void
chain_message(struct batch *b, uint8_t family, const char *name,
    const struct point *pt)
{
	struct nlmsghdr *h = message(b, NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWCHAIN,
	    NLM_F_CREATE, family, 0);
	struct nlattr *nest;
	int32_t prio;

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, HOOKS_TABLE);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, name);
	if (pt != NULL) {
		prio = family == NFPROTO_IPV4 ? pt->prio4 : pt->prio6;
		mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
		nest = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
		mnl_attr_put_u32(h, NFTA_HOOK_HOOKNUM, htonl(pt->hook));
		mnl_attr_put_u32(h, NFTA_HOOK_PRIORITY, htonl((uint32_t)prio));
		mnl_attr_nest_end(h, nest);
		mnl_attr_put_u32(h, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
	}
	message_end(b, h);
}

struct rule {
	struct nlmsghdr *h;
	struct nlattr *exprs, *elem, *data;
};

static void
rule_begin(struct batch *b, struct rule *r, uint8_t family, const char *chain)
{
	r->h = message(b, NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWRULE,
	    NLM_F_CREATE | NLM_F_APPEND, family, 0);
	mnl_attr_put_strz(r->h, NFTA_RULE_TABLE, HOOKS_TABLE);
	mnl_attr_put_strz(r->h, NFTA_RULE_CHAIN, chain);
	r->exprs = mnl_attr_nest_start(r->h, NFTA_RULE_EXPRESSIONS);
}

static void
rule_end(struct batch *b, struct rule *r)
{
	mnl_attr_nest_end(r->h, r->exprs);
	message_end(b, r->h);
}

static void
expr_begin(struct rule *r, const char *name)
{
	r->elem = mnl_attr_nest_start(r->h, NFTA_LIST_ELEM);
	mnl_attr_put_strz(r->h, NFTA_EXPR_NAME, name);
	r->data = mnl_attr_nest_start(r->h, NFTA_EXPR_DATA);
}

static void
expr_end(struct rule *r)
{
	mnl_attr_nest_end(r->h, r->data);
	mnl_attr_nest_end(r->h, r->elem);
}

/* Load a fact about the packet. */
static void
expr_meta(struct rule *r, uint32_t key)
{
	expr_begin(r, "meta");
	mnl_attr_put_u32(r->h, NFTA_META_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(r->h, NFTA_META_KEY, htonl(key));
	expr_end(r);
}

static void
put_value(struct rule *r, uint16_t attr, const void *value, size_t len)
{
	struct nlattr *nest = mnl_attr_nest_start(r->h, attr);

	mnl_attr_put(r->h, NFTA_DATA_VALUE, len, value);
	mnl_attr_nest_end(r->h, nest);
}

/* What was loaded is this value. */
static void
expr_cmp(struct rule *r, const void *value, size_t len)
{
	expr_begin(r, "cmp");
	mnl_attr_put_u32(r->h, NFTA_CMP_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(r->h, NFTA_CMP_OP, htonl(NFT_CMP_EQ));
	put_value(r, NFTA_CMP_DATA, value, len);
	expr_end(r);
}

static void
expr_is(struct rule *r, uint32_t key, const void *value, size_t len)
{
	expr_meta(r, key);
	expr_cmp(r, value, len);
}

/* What was loaded keeps the bits of @mask, and @flip turns some over. */
static void
expr_bits(struct rule *r, uint32_t mask, uint32_t flip)
{
	expr_begin(r, "bitwise");
	mnl_attr_put_u32(r->h, NFTA_BITWISE_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(r->h, NFTA_BITWISE_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(r->h, NFTA_BITWISE_LEN, htonl(sizeof(mask)));
	put_value(r, NFTA_BITWISE_MASK, &mask, sizeof(mask));
	put_value(r, NFTA_BITWISE_XOR, &flip, sizeof(flip));
	expr_end(r);
}

/* What was loaded moves towards the lowest bit. */
static void
expr_shift(struct rule *r, uint32_t bits)
{
	if (bits == 0)
		return;
	expr_begin(r, "bitwise");
	mnl_attr_put_u32(r->h, NFTA_BITWISE_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(r->h, NFTA_BITWISE_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(r->h, NFTA_BITWISE_LEN, htonl(sizeof(bits)));
	mnl_attr_put_u32(r->h, NFTA_BITWISE_OP, htonl(NFT_BITWISE_RSHIFT));
	put_value(r, NFTA_BITWISE_DATA, &bits, sizeof(bits));
	expr_end(r);
}

/* A mark of natd's, of this kind. */
static void
expr_mark_kind(struct rule *r, enum mark_kind kind)
{
	const uint32_t mark = mark_make(kind, 0);

	expr_meta(r, NFT_META_MARK);
	expr_bits(r, MARK_KIND_MASK, 0);
	expr_cmp(r, &mark, sizeof(mark));
}

/* A value into a register. */
static void
expr_load(struct rule *r, uint32_t reg, const void *value, size_t len)
{
	expr_begin(r, "immediate");
	mnl_attr_put_u32(r->h, NFTA_IMMEDIATE_DREG, htonl(reg));
	put_value(r, NFTA_IMMEDIATE_DATA, value, len);
	expr_end(r);
}

/* What was loaded becomes a fact about the packet. */
static void
expr_meta_set(struct rule *r, uint32_t key)
{
	expr_begin(r, "meta");
	mnl_attr_put_u32(r->h, NFTA_META_KEY, htonl(key));
	mnl_attr_put_u32(r->h, NFTA_META_SREG, htonl(NFT_REG_1));
	expr_end(r);
}

/* The packet's mark, or priority, becomes zero. */
static void
expr_zero(struct rule *r, uint32_t key)
{
	const uint32_t none = 0;

	expr_load(r, NFT_REG_1, &none, sizeof(none));
	expr_meta_set(r, key);
}

static void
expr_iface(struct rule *r, const struct point *pt, const char *name)
{
	char value[NAME_LEN] = "";

	strncpy(value, name, sizeof(value) - 1);
	expr_is(r, pt->out ? NFT_META_OIFNAME : NFT_META_IIFNAME, value,
	    sizeof(value));
}

/* @chain: to jump to, or NULL. */
static void
expr_verdict(struct rule *r, int code, const char *chain)
{
	struct nlattr *nest, *verdict;

	expr_begin(r, "immediate");
	mnl_attr_put_u32(r->h, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	nest = mnl_attr_nest_start(r->h, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(r->h, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(r->h, NFTA_VERDICT_CODE, htonl((uint32_t)code));
	if (chain != NULL)
		mnl_attr_put_strz(r->h, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(r->h, verdict);
	mnl_attr_nest_end(r->h, nest);
	expr_end(r);
}

static void
expr_queue(struct rule *r, const struct hooks *hk)
{
	uint16_t flags = hk->pass ? NFT_QUEUE_FLAG_BYPASS : 0;

	expr_begin(r, "queue");
	mnl_attr_put_u16(r->h, NFTA_QUEUE_NUM, htons(hk->queue));
	mnl_attr_put_u16(r->h, NFTA_QUEUE_TOTAL, htons(hk->nqueues));
	mnl_attr_put_u16(r->h, NFTA_QUEUE_FLAGS, htons(flags));
	expr_end(r);
}

static void
expr_target(struct rule *r, const struct hooks *hk)
{
	/* the kernel wants it as long as it aligns its own */
	union {
		struct xt_NFQ_info_v3 nfq;
		uint64_t align[1];
	} info = { .align = { 0 } };

	info.nfq.queuenum = hk->queue;
	info.nfq.queues_total = hk->nqueues;
	info.nfq.flags = hk->pass ? NFQ_FLAG_BYPASS : 0;
	expr_begin(r, "target");
	mnl_attr_put_strz(r->h, NFTA_TARGET_NAME, "NFQUEUE");
	mnl_attr_put_u32(r->h, NFTA_TARGET_REV, htonl(TARGET_REV));
	mnl_attr_put(r->h, NFTA_TARGET_INFO, sizeof(info), &info);
	expr_end(r);
}

static void
rule_queue(struct batch *b, uint8_t family, const struct point *pt,
    const struct hooks *hk, const char *name)
{
	struct rule r;

	rule_begin(b, &r, family, pt->chain);
	if (name != NULL)
		expr_iface(&r, pt, name);
	if (b->kind == HOOKS_QUEUE)
		expr_queue(&r, hk);
	else
		expr_target(&r, hk);
	rule_end(b, &r);
}

static void
rule_return(struct batch *b, uint8_t family, const struct point *pt,
    const char *name)
{
	struct rule r;

	rule_begin(b, &r, family, pt->chain);
	expr_iface(&r, pt, name);
	expr_verdict(&r, NFT_RETURN, NULL);
	rule_end(b, &r);
}

/* A tag has come as far as it goes; @name: an interface, NULL: any. */
static void
rule_untag(struct batch *b, uint8_t family, const struct point *pt,
    const char *name)
{
	struct rule r;

	rule_begin(b, &r, family, pt->chain);
	if (name != NULL)
		expr_iface(&r, pt, name);
	expr_mark_kind(&r, MARK_TAG);
	expr_zero(&r, NFT_META_MARK);
	rule_end(b, &r);
}

/* What passes by before interfaces are looked at. */
static void
rules_first(struct batch *b, uint8_t family, const struct point *pt)
{
	const uint32_t mark = mark_make(MARK_MADE, 0), none = 0;
	struct rule r;

	rule_begin(b, &r, family, pt->chain);
	expr_is(&r, NFT_META_MARK, &mark, sizeof(mark));
	expr_verdict(&r, NFT_RETURN, NULL);
	rule_end(b, &r);
	/* sent anew by another way, raw.c */
	if (pt->hook == NF_INET_LOCAL_OUT) {
		rule_begin(b, &r, family, pt->chain);
		expr_mark_kind(&r, MARK_WAY);
		expr_verdict(&r, NFT_RETURN, NULL);
		rule_end(b, &r);
	}
	if (!pt->forwarded)
		return;
	rule_begin(b, &r, family, pt->chain);
	expr_is(&r, NFT_META_IIF, &none, sizeof(none));
	expr_verdict(&r, NFT_RETURN, NULL);
	rule_end(b, &r);
}

/*
 * The presence of a tproxy expression has the kernel put IPv6 fragments
 * together before the hooks of this chain, without connection tracking, and
 * cut the datagram again where it leaves.  natd could do the former, but a
 * router must not cut IPv6, so the kernel would refuse the datagram (RFC 8200
 * 4.5) unless it knows of the pieces itself.  The rule matches nothing: what
 * comes in has come by an interface.
 */
static void
rule_defrag(struct batch *b, const char *chain)
{
	const uint32_t none = 0;
	const uint16_t port = htons(1);
	struct rule r;

	rule_begin(b, &r, NFPROTO_IPV6, chain);
	expr_is(&r, NFT_META_IIF, &none, sizeof(none));
	expr_load(&r, NFT_REG_1, &port, sizeof(port));
	expr_begin(&r, "tproxy");
	mnl_attr_put_u32(r.h, NFTA_TPROXY_FAMILY, htonl(NFPROTO_IPV6));
	mnl_attr_put_u32(r.h, NFTA_TPROXY_REG_PORT, htonl(NFT_REG_1));
	expr_end(&r);
	rule_end(b, &r);
}

/*
 * rules_decided() - A chain for packets that are decided, and the way there
 *
 * One that leaves where its mark says loses the mark, and has passed; what
 * comes back from the chain is queued like any other.
 */
static void
rules_decided(struct batch *b, uint8_t family, const struct point *pt,
    const struct hooks *hk)
{
	struct rule r;
	unsigned i;

	for (i = 0; i < hk->nways; i++) {
		uint32_t mark = mark_make(MARK_DECIDED, hk->ways[i].ifidx);

		rule_begin(b, &r, family, DECIDED);
		expr_is(&r, NFT_META_MARK, &mark, sizeof(mark));
		expr_iface(&r, pt, hk->ways[i].name);
		expr_zero(&r, NFT_META_MARK);
		expr_verdict(&r, NF_ACCEPT, NULL);
		rule_end(b, &r);
	}
	rule_begin(b, &r, family, pt->chain);
	expr_mark_kind(&r, MARK_DECIDED);
	expr_verdict(&r, NFT_JUMP, DECIDED);
	rule_end(b, &r);
}

/* Bytes of a header become those that were loaded, and its sum follows. */
static void
expr_write(struct rule *r, uint32_t base, uint32_t off, uint32_t len,
    uint32_t sum, uint32_t flags)
{
	expr_begin(r, "payload");
	mnl_attr_put_u32(r->h, NFTA_PAYLOAD_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(r->h, NFTA_PAYLOAD_BASE, htonl(base));
	mnl_attr_put_u32(r->h, NFTA_PAYLOAD_OFFSET, htonl(off));
	mnl_attr_put_u32(r->h, NFTA_PAYLOAD_LEN, htonl(len));
	mnl_attr_put_u32(r->h, NFTA_PAYLOAD_CSUM_TYPE,
	    htonl(NFT_PAYLOAD_CSUM_INET));
	mnl_attr_put_u32(r->h, NFTA_PAYLOAD_CSUM_OFFSET, htonl(sum));
	mnl_attr_put_u32(r->h, NFTA_PAYLOAD_CSUM_FLAGS, htonl(flags));
	expr_end(r);
}

/* The priority is a word of headwrite.h, all but these bits of which are
 * @what. */
static void
expr_headwrite(struct rule *r, uint16_t but, uint16_t what)
{
	const uint32_t prio = headwrite_prio(0, what);

	expr_meta(r, NFT_META_PRIORITY);
	expr_bits(r, headwrite_prio(0, (uint16_t)~but), 0);
	expr_cmp(r, &prio, sizeof(prio));
}

/* What comes in with such a word has it from somebody else. */
static void
rule_no_word(struct batch *b, const char *chain)
{
	struct rule r;

	rule_begin(b, &r, NFPROTO_IPV4, chain);
	expr_headwrite(&r, HEADWRITE_DST | HEADWRITE_IFIDX, HEADWRITE_KIND);
	expr_zero(&r, NFT_META_PRIORITY);
	rule_end(b, &r);
}

/* Write one end of a TCP packet's header as headwrite.h says. */
static void
rule_write(struct batch *b, uint16_t side)
{
	const uint32_t end = side == HEADWRITE_DST;
	struct rule r;

	rule_begin(b, &r, NFPROTO_IPV4, WRITE);
	expr_headwrite(&r, HEADWRITE_IFIDX, HEADWRITE_KIND | side);
	expr_meta(&r, NFT_META_MARK);
	expr_write(&r, NFT_PAYLOAD_NETWORK_HEADER, 12 + end * 4, 4, 10,
	    NFT_PAYLOAD_L4CSUM_PSEUDOHDR);
	expr_meta(&r, NFT_META_PRIORITY);
	expr_write(&r, NFT_PAYLOAD_TRANSPORT_HEADER, end * 2, 2, 16, 0);
	expr_meta(&r, NFT_META_PRIORITY);
	expr_shift(&r, (uint32_t)__builtin_ctz(headwrite_prio(0, 1)));
	expr_bits(&r, HEADWRITE_IFIDX, mark_make(MARK_DECIDED, 0));
	expr_meta_set(&r, NFT_META_MARK);
	expr_zero(&r, NFT_META_PRIORITY);
	expr_verdict(&r, NF_ACCEPT, NULL);
	rule_end(b, &r);
}

/*
 * One whose connection is open already gets its packets in any case; a rule
 * behind this one drops what finds no socket.
 */
static void
rule_socket(struct batch *b, uint8_t family, const struct hooks_socket *s)
{
	const uint32_t mark = mark_make(MARK_SOCKET, s->number - STEER_REPLY);
	const uint16_t port = htons(s->port);
	struct rule r;

	rule_begin(b, &r, family, sockets.chain);
	expr_is(&r, NFT_META_MARK, &mark, sizeof(mark));
	expr_load(&r, NFT_REG_1, &s->addr, family == NFPROTO_IPV4 ? 4 : 16);
	expr_load(&r, NFT_REG_2, &port, sizeof(port));
	expr_begin(&r, "tproxy");
	mnl_attr_put_u32(r.h, NFTA_TPROXY_FAMILY, htonl(family));
	mnl_attr_put_u32(r.h, NFTA_TPROXY_REG_ADDR, htonl(NFT_REG_1));
	mnl_attr_put_u32(r.h, NFTA_TPROXY_REG_PORT, htonl(NFT_REG_2));
	expr_end(&r);
	expr_verdict(&r, NF_ACCEPT, NULL);
	rule_end(b, &r);
}

static void
rule_no_socket(struct batch *b, uint8_t family, uint8_t proto)
{
	struct rule r;

	rule_begin(b, &r, family, sockets.chain);
	expr_mark_kind(&r, MARK_SOCKET);
	expr_is(&r, NFT_META_L4PROTO, &proto, sizeof(proto));
	expr_verdict(&r, NF_DROP, NULL);
	rule_end(b, &r);
}

/* Errors of other routers are for the kernel, which finds the socket. */
static void
socket_messages(struct batch *b, uint8_t family, const struct hooks *hk)
{
	const uint32_t reply = mark_make(MARK_SOCKET, 0);
	struct rule r;
	unsigned i;

	if (hk->nsockets == 0)
		return;
	chain_message(b, family, sockets.chain, &sockets);
	rule_begin(b, &r, family, sockets.chain);
	expr_is(&r, NFT_META_MARK, &reply, sizeof(reply));
	expr_verdict(&r, NF_ACCEPT, NULL);
	rule_end(b, &r);
	for (i = 0; b->tproxy && i < hk->nsockets; i++)
		if ((hk->sockets[i].af == AF_INET) ==
		    (family == NFPROTO_IPV4))
			rule_socket(b, family, &hk->sockets[i]);
	rule_no_socket(b, family, IPPROTO_TCP);
	rule_no_socket(b, family, IPPROTO_UDP);
}

static void
point_message(struct batch *b, uint8_t family, const struct point *pt,
    const struct hooks *hk)
{
	unsigned i;

	chain_message(b, family, pt->chain, pt);
	if (pt->forwarded)
		chain_message(b, family, DECIDED, NULL);
	if (b->tproxy && family == NFPROTO_IPV6 && !pt->out)
		rule_defrag(b, pt->chain);
	if (family == NFPROTO_IPV4 && !pt->out)
		rule_no_word(b, pt->chain);
	rules_first(b, family, pt);
	if (pt->forwarded)
		rules_decided(b, family, pt, hk);
	for (i = 0; i < hk->nnames; i++) {
		if (hk->all && pt->forwarded)
			rule_untag(b, family, pt, hk->names[i]);
		if (hk->all)
			rule_return(b, family, pt, hk->names[i]);
		else
			rule_queue(b, family, pt, hk, hk->names[i]);
	}
	if (hk->all)
		rule_queue(b, family, pt, hk, NULL);
	else if (pt->forwarded)
		rule_untag(b, family, pt, NULL);
}

static void
family_messages(struct batch *b, uint8_t family, const struct hooks *hk)
{
	size_t i;

	table_message(b, NFT_MSG_NEWTABLE, family);
	table_message(b, NFT_MSG_DELTABLE, family);
	if (hk == NULL)
		return;
	table_message(b, NFT_MSG_NEWTABLE, family);
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		point_message(b, family, &points[i], hk);
	if (family == NFPROTO_IPV4) {
		chain_message(b, family, WRITE, &writer);
		rule_write(b, 0);
		rule_write(b, HEADWRITE_DST);
	}
	socket_messages(b, family, hk);
}

/* The first error among the answers, of which there may be none. */
static int
answers(struct mnl_socket *s)
{
	char buf[8192];
	const struct nlmsghdr *h;
	const struct nlmsgerr *e;
	int error = 0, left;
	ssize_t n;

	while ((n = recv(mnl_socket_get_fd(s), buf, sizeof(buf),
	    MSG_DONTWAIT)) > 0) {
		left = (int)n;
		for (h = (const struct nlmsghdr *)buf; mnl_nlmsg_ok(h, left);
		    h = mnl_nlmsg_next(h, &left)) {
			if (h->nlmsg_type != NLMSG_ERROR || error != 0)
				continue;
			e = mnl_nlmsg_get_payload(h);
			error = e->error;
		}
	}
	return error;
}

static int
transact(const struct batch *b)
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

static int
apply(const struct hooks *hk, enum hooks_kind kind, bool tproxy)
{
	struct batch b = { .kind = kind, .tproxy = tproxy, .room = 16 * MESSAGE_ROOM };
	int error;

	if ((b.buf = malloc(b.room)) == NULL)
		return -ENOMEM;
	batch_mark(&b, NFNL_MSG_BATCH_BEGIN);
	family_messages(&b, NFPROTO_IPV4, hk);
	family_messages(&b, NFPROTO_IPV6, hk);
	batch_mark(&b, NFNL_MSG_BATCH_END);
	error = b.failed ? -ENOMEM : transact(&b);
	free(b.buf);
	return error;
}

int
hooks_set(const struct hooks *hk, enum hooks_kind *kind, char *why,
    size_t len)
{
	static const struct {
		enum hooks_kind kind;
		bool tproxy;
	} tries[] = {
		{ HOOKS_QUEUE, true }, { HOOKS_TARGET, true },
		{ HOOKS_QUEUE, false }, { HOOKS_TARGET, false },
	};
	int error = -ENOENT;
	size_t i;

	why[0] = '\0';
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]) && error == -ENOENT;
	    i++) {
		*kind = tries[i].kind;
		error = apply(hk, tries[i].kind, tries[i].tproxy);
		if (error == 0 && !tries[i].tproxy)
			port_why(why, len, 0, "no tproxy in this kernel's "
			    "nf_tables: fragments over IPv6 are not forwarded%s",
			    hk->nsockets > 0 ? ", and nothing reaches the "
			    "socket of a divert-to" : "");
	}
	if (error == 0)
		return 0;
	*kind = HOOKS_NONE;
	switch (error) {
	case -ENOENT:
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
		return port_why(why, len, -EOPNOTSUPP, "this kernel has "
		    "neither the queue expression of nf_tables (nft_queue) "
		    "nor the NFQUEUE target for it (nft_compat, xt_NFQUEUE)");
	case -EPERM:
		return port_why(why, len, error, "divert needs CAP_NET_ADMIN "
		    "to set its hooks");
	default:
		return port_why(why, len, error, "cannot set the hooks of "
		    "divert: %s", strerror(-error));
	}
}

int
hooks_clear(void)
{
	return apply(NULL, HOOKS_NONE, false);
}

const char *
hooks_name(enum hooks_kind kind)
{
	static const char *const names[] = {
		[HOOKS_NONE] = "no hooks",
		[HOOKS_QUEUE] = "nftables queue",
		[HOOKS_TARGET] = "nftables with the NFQUEUE target",
	};

	return names[kind];
}
