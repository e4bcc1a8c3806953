/* SPDX-License-Identifier: ISC */
/*
 * The table, with <names> the interfaces of struct hooks and marks as in
 * mark.h.  Without `all' the queued are those of <names>:
 *
 *	in		prerouting, before (IPv4) or behind (IPv6) reassembly
 *	  IPv6		has the kernel reassemble, see rule_defrag()
 *	  		priority is a word of headwrite.h -> priority 0
 *	  mark MADE -> return
 *	  iif <name> -> queue
 *
 *	write		prerouting, next; IPv4
 *	  priority is a word of headwrite.h -> write the header, accept
 *
 *	sockets		prerouting, behind that; only for divert-to
 *	  mark SOCKET 0 -> accept
 *	  mark SOCKET n -> tproxy to its address and port, accept
 *	  mark SOCKET, TCP or UDP -> drop
 *
 *	out		output
 *	  mark MADE or WAY -> return
 *	  oif <name> -> queue
 *
 *	forwarded	postrouting
 *	  mark MADE, or from this host -> return
 *	  mark DECIDED -> jump decided
 *	  oif <name> -> queue
 *	  mark TAG -> mark 0
 *
 *	decided
 *	  mark DECIDED, oif as it says -> mark 0, accept
 *
 * Where datagrams are to be copied or looked at singly, a rule for UDP before each of these queues
 * to those without trains.
 *
 * With `all' those of <names> return where they would be queued (in
 * "forwarded" they lose a mark TAG before), and what is left is queued.
 *
 * The table is made if it is not there, deleted and made again, so that one
 * transaction replaces whatever a natd before us has left.  Later only the
 * rules are deleted and made again; "sockets" may stay without any.
 *
 * Of several queues the kernel takes one by a hash of both addresses, the
 * same for both directions.  By processor instead (fanout) would spread a
 * single flow, but whenever a process or a worker moves to another processor
 * the packets of a flow overtake each other.
 */
#include "engine/io/chains.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/io/headwrite.h"
#include "engine/io/mark.h"
#include "engine/io/nft.h"
#include "engine/packet.h"

/* Out comes behind what other tables do: 100 is source translation. */
#define PRIO_OUT 150
#define PRIO_IN6 (NF_IP6_PRI_CONNTRACK_DEFRAG + 10)
#define DECIDED "decided"	/* a chain to jump to */

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
	"write", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW_BEFORE_DEFRAG + 1, 0,
	false, false
};

/* Behind "in", whatever the family. */
static const struct point sockets = {
	"sockets", NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE, NF_IP6_PRI_MANGLE,
	false, false,
};

/* One family's chains on their way into a batch. */
struct drawing {
	struct nft_batch *b;
	const struct hooks *hk;
	const struct chains_can *can;
};

/* A mark of natd's, of this kind. */
static void
expr_mark_kind(struct nft_rule *r, enum mark_kind kind)
{
	const uint32_t mark = mark_make(kind, 0);

	nft_meta(r, NFT_META_MARK);
	nft_bits(r, MARK_KIND_MASK, 0);
	nft_cmp(r, &mark, sizeof(mark));
}

/* This very mark of natd's. */
static void
expr_mark(struct nft_rule *r, enum mark_kind kind, uint32_t arg)
{
	const uint32_t mark = mark_make(kind, arg);

	nft_is(r, NFT_META_MARK, &mark, sizeof(mark));
}

/* It has come in by no interface: it is this host's. */
static void
expr_local(struct nft_rule *r)
{
	const uint32_t none = 0;

	nft_is(r, NFT_META_IIF, &none, sizeof(none));
}

static void
expr_iface(struct nft_rule *r, const struct point *pt, const char *name)
{
	nft_iface(r, pt->out ? NFT_META_OIFNAME : NFT_META_IIFNAME, name);
}

static void
chain_at(const struct drawing *d, const struct point *pt)
{
	const struct nft_hook hook = {
		pt->hook,
		d->b->family == NFPROTO_IPV4 ? pt->prio4 : pt->prio6,
	};

	nft_chain(d->b, pt->chain, &hook);
}

/* @proto: 0: whatever it is */
static void
rule_queue_to(const struct drawing *d, const struct point *pt,
    const char *name, uint8_t proto, uint16_t first)
{
	const struct hooks *hk = d->hk;
	struct nft_rule r;

	nft_rule(&r, d->b, pt->chain);
	if (name != NULL)
		expr_iface(&r, pt, name);
	if (proto != 0)
		nft_is(&r, NFT_META_L4PROTO, &proto, sizeof(proto));
	if (d->can->kind == HOOKS_QUEUE)
		nft_queue(&r, first, hk->nqueues, hk->pass);
	else
		nft_nfqueue(&r, first, hk->nqueues, hk->pass);
	nft_rule_end(&r);
}

static void
rule_queue(const struct drawing *d, const struct point *pt, const char *name)
{
	if (d->hk->singles != 0)
		rule_queue_to(d, pt, name, IPPROTO_UDP, d->hk->singles);
	rule_queue_to(d, pt, name, 0, d->hk->queue);
}

static void
rule_return(const struct drawing *d, const struct point *pt, const char *name)
{
	struct nft_rule r;

	nft_rule(&r, d->b, pt->chain);
	expr_iface(&r, pt, name);
	nft_verdict(&r, NFT_RETURN, NULL);
	nft_rule_end(&r);
}

/* A tag has come as far as it goes; @name: an interface, NULL: any. */
static void
rule_untag(const struct drawing *d, const struct point *pt, const char *name)
{
	struct nft_rule r;

	nft_rule(&r, d->b, pt->chain);
	if (name != NULL)
		expr_iface(&r, pt, name);
	expr_mark_kind(&r, MARK_TAG);
	nft_meta_zero(&r, NFT_META_MARK);
	nft_rule_end(&r);
}

/* What passes by before interfaces are looked at. */
static void
rules_first(const struct drawing *d, const struct point *pt)
{
	struct nft_rule r;

	nft_rule(&r, d->b, pt->chain);
	expr_mark(&r, MARK_MADE, 0);
	nft_verdict(&r, NFT_RETURN, NULL);
	nft_rule_end(&r);
	/* sent anew by another way, raw.c */
	if (pt->hook == NF_INET_LOCAL_OUT) {
		nft_rule(&r, d->b, pt->chain);
		expr_mark_kind(&r, MARK_WAY);
		nft_verdict(&r, NFT_RETURN, NULL);
		nft_rule_end(&r);
	}
	if (!pt->forwarded)
		return;
	nft_rule(&r, d->b, pt->chain);
	expr_local(&r);
	nft_verdict(&r, NFT_RETURN, NULL);
	nft_rule_end(&r);
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
rule_defrag(const struct drawing *d, const char *chain)
{
	const uint16_t port = htons(1);
	struct nft_rule r;

	nft_rule(&r, d->b, chain);
	expr_local(&r);
	nft_load(&r, NFT_REG_1, &port, sizeof(port));
	nft_tproxy(&r, 0, NFT_REG_1);
	nft_rule_end(&r);
}

/*
 * rules_decided() - What the chain for decided packets holds, and the way there
 *
 * One that leaves where its mark says loses the mark, and has passed; what
 * comes back from the chain is queued like any other.
 */
static void
rules_decided(const struct drawing *d, const struct point *pt)
{
	const struct hooks_way *w = d->hk->ways;
	struct nft_rule r;

	for (; w < d->hk->ways + d->hk->nways; w++) {
		nft_rule(&r, d->b, DECIDED);
		expr_mark(&r, MARK_DECIDED, w->ifidx);
		expr_iface(&r, pt, w->name);
		nft_meta_zero(&r, NFT_META_MARK);
		nft_verdict(&r, NF_ACCEPT, NULL);
		nft_rule_end(&r);
	}
	nft_rule(&r, d->b, pt->chain);
	expr_mark_kind(&r, MARK_DECIDED);
	nft_verdict(&r, NFT_JUMP, DECIDED);
	nft_rule_end(&r);
}

/* The priority is a word of headwrite.h, all but these bits of which are
 * @what. */
static void
expr_headwrite(struct nft_rule *r, uint16_t but, uint16_t what)
{
	const uint32_t prio = headwrite_prio(0, what);

	nft_meta(r, NFT_META_PRIORITY);
	nft_bits(r, headwrite_prio(0, (uint16_t)~but), 0);
	nft_cmp(r, &prio, sizeof(prio));
}

/* What comes in with such a word has it from somebody else. */
static void
rule_no_word(const struct drawing *d, const char *chain)
{
	struct nft_rule r;

	nft_rule(&r, d->b, chain);
	expr_headwrite(&r, (uint16_t)~HEADWRITE_SIGN_MASK, HEADWRITE_SIGN);
	nft_meta_zero(&r, NFT_META_PRIORITY);
	nft_rule_end(&r);
}

/* Write one end of a TCP packet's header as headwrite.h says. */
static void
rule_write(const struct drawing *d, uint16_t side)
{
	const uint32_t end = side == HEADWRITE_DST;
	struct nft_rule r;

	nft_rule(&r, d->b, writer.chain);
	expr_headwrite(&r, HEADWRITE_IFIDX, HEADWRITE_KIND | side);
	nft_meta(&r, NFT_META_MARK);
	nft_payload_set(&r, NFT_PAYLOAD_NETWORK_HEADER, 12 + end * 4, 4, 10,
	    NFT_PAYLOAD_L4CSUM_PSEUDOHDR);
	nft_meta(&r, NFT_META_PRIORITY);
	nft_payload_set(&r, NFT_PAYLOAD_TRANSPORT_HEADER, end * 2, 2, 16, 0);
	nft_meta(&r, NFT_META_PRIORITY);
	nft_shift(&r, (uint32_t)__builtin_ctz(headwrite_prio(0, 1)));
	nft_bits(&r, HEADWRITE_IFIDX, mark_make(MARK_DECIDED, 0));
	nft_meta_set(&r, NFT_META_MARK);
	nft_meta_zero(&r, NFT_META_PRIORITY);
	nft_verdict(&r, NF_ACCEPT, NULL);
	nft_rule_end(&r);
}

/*
 * One whose connection is open already gets its packets in any case; a rule
 * behind this one drops what finds no socket.
 */
static void
rule_socket(const struct drawing *d, const struct hooks_socket *s)
{
	const uint16_t port = htons(s->port);
	struct nft_rule r;

	nft_rule(&r, d->b, sockets.chain);
	expr_mark(&r, MARK_SOCKET, s->number - STEER_REPLY);
	nft_load(&r, NFT_REG_1, &s->addr, s->af == AF_INET ? 4 : 16);
	nft_load(&r, NFT_REG_2, &port, sizeof(port));
	nft_tproxy(&r, NFT_REG_1, NFT_REG_2);
	nft_verdict(&r, NF_ACCEPT, NULL);
	nft_rule_end(&r);
}

static void
rule_no_socket(const struct drawing *d, uint8_t proto)
{
	struct nft_rule r;

	nft_rule(&r, d->b, sockets.chain);
	expr_mark_kind(&r, MARK_SOCKET);
	nft_is(&r, NFT_META_L4PROTO, &proto, sizeof(proto));
	nft_verdict(&r, NF_DROP, NULL);
	nft_rule_end(&r);
}

/* Errors of other routers are for the kernel, which finds the socket. */
static void
chain_sockets(const struct drawing *d)
{
	const uint8_t af = d->b->family == NFPROTO_IPV4 ? AF_INET : AF_INET6;
	const struct hooks_socket *s = d->hk->sockets;
	struct nft_rule r;

	if (d->hk->nsockets == 0)
		return;
	chain_at(d, &sockets);
	nft_rule(&r, d->b, sockets.chain);
	expr_mark(&r, MARK_SOCKET, 0);
	nft_verdict(&r, NF_ACCEPT, NULL);
	nft_rule_end(&r);
	for (; d->can->tproxy && s < d->hk->sockets + d->hk->nsockets; s++)
		if (s->af == af)
			rule_socket(d, s);
	rule_no_socket(d, IPPROTO_TCP);
	rule_no_socket(d, IPPROTO_UDP);
}

/* Which interfaces are queued: those named, or all but those. */
static void
rules_ifaces(const struct drawing *d, const struct point *pt)
{
	const struct hooks *hk = d->hk;
	unsigned i;

	for (i = 0; i < hk->nnames; i++) {
		if (hk->all && pt->forwarded)
			rule_untag(d, pt, hk->names[i]);
		if (hk->all)
			rule_return(d, pt, hk->names[i]);
		else
			rule_queue(d, pt, hk->names[i]);
	}
	if (hk->all)
		rule_queue(d, pt, NULL);
	else if (pt->forwarded)
		rule_untag(d, pt, NULL);
}

static void
chain_point(const struct drawing *d, const struct point *pt)
{
	const uint8_t family = d->b->family;

	chain_at(d, pt);
	if (pt->forwarded)
		nft_chain(d->b, DECIDED, NULL);
	if (d->can->tproxy && family == NFPROTO_IPV6 && !pt->out)
		rule_defrag(d, pt->chain);
	if (!pt->out)
		rule_no_word(d, pt->chain);
	rules_first(d, pt);
	if (pt->forwarded)
		rules_decided(d, pt);
	rules_ifaces(d, pt);
}

static void
replace_family(const struct drawing *d, bool keep)
{
	size_t i;

	nft_table_add(d->b);
	if (keep)
		nft_table_flush(d->b);
	else
		nft_table_delete(d->b);
	if (d->hk == NULL)
		return;
	if (!keep)
		nft_table_add(d->b);
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		chain_point(d, &points[i]);
	if (d->b->family == NFPROTO_IPV4) {
		chain_at(d, &writer);
		rule_write(d, 0);
		rule_write(d, HEADWRITE_DST);
	}
	chain_sockets(d);
}

void
chains_replace(struct nft_batch *b, const struct hooks *hk,
    const struct chains_can *can, bool keep)
{
	const struct drawing d = { b, hk, can };

	b->family = NFPROTO_IPV4;
	replace_family(&d, keep);
	b->family = NFPROTO_IPV6;
	replace_family(&d, keep);
}
