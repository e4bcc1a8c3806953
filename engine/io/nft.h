/* SPDX-License-Identifier: ISC */
/*
 * How tables, chains and rules of nf_tables are told to the kernel.
 *
 * A batch gathers messages about one table, which go to the kernel as one
 * transaction: all of them come into force, or none.  A rule is a row of
 * expressions between nft_rule() and nft_rule_end(); an expression loads a
 * fact into a register, looks at what was loaded, changes it, or decides.
 * What is loaded stands in NFT_REG_1 unless another is named.
 *
 * Numbers are in host order; values that are compared, loaded or masked are
 * bytes as the kernel has them in the packet or in its register.
 *
 * Nothing here fails before nft_commit(), which tells of lacking memory, too.
 */
#ifndef ENGINE_IO_NFT_H
#define ENGINE_IO_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlattr;
struct nlmsghdr;

struct nft_batch {
	const char *table;	/* what all messages are about */
	uint8_t family;		/* NFPROTO_*; may change between messages */
	uint8_t *buf;
	size_t len, room;
	uint32_t seq;
	bool failed;		/* no memory */
};

/* Where a base chain stands. */
struct nft_hook {
	uint32_t num;		/* NF_INET_* */
	int32_t prio;
};

struct nft_rule {
	struct nft_batch *b;
	struct nlmsghdr *h;
	struct nlattr *exprs, *elem, *data;
};

/*
 * nft_begin() - Begin a batch about a table
 *
 * Return: 0 or -ENOMEM.  nft_commit() ends it in any case.
 */
int nft_begin(struct nft_batch *, const char *table);

/*
 * nft_commit() - Put into force what the batch says, and free it
 *
 * Acts on the caller's network namespace, and needs CAP_NET_ADMIN.
 *
 * Return: 0, -ENOMEM or the kernel's first error.
 */
int nft_commit(struct nft_batch *);

/* nft_table_add() - Make the table, if it is not there. */
void nft_table_add(struct nft_batch *);

/* nft_table_delete() - Delete the table, which must be there. */
void nft_table_delete(struct nft_batch *);

/* nft_table_flush() - Delete the rules of all its chains, which stay. */
void nft_table_flush(struct nft_batch *);

/*
 * nft_chain() - A chain at a hook, or NULL: one to jump to
 *
 * One that is there already must be at the same hook.
 */
void nft_chain(struct nft_batch *, const char *name, const struct nft_hook *);

/* nft_rule() - A rule behind the others of its chain. */
void nft_rule(struct nft_rule *, struct nft_batch *, const char *chain);
void nft_rule_end(struct nft_rule *);

/* nft_meta() - Load a fact about the packet, NFT_META_*. */
void nft_meta(struct nft_rule *, uint32_t key);

/* nft_cmp() - What was loaded is this value. */
void nft_cmp(struct nft_rule *, const void *value, size_t len);

/* nft_is() - This fact about the packet is this value. */
void nft_is(struct nft_rule *, uint32_t key, const void *value, size_t len);

/* nft_iface() - It is this interface; @key: NFT_META_IIFNAME or OIFNAME. */
void nft_iface(struct nft_rule *, uint32_t key, const char *name);

/* nft_bits() - What was loaded keeps @mask's bits, then @flip turns some. */
void nft_bits(struct nft_rule *, uint32_t mask, uint32_t flip);

/* nft_shift() - What was loaded moves towards the lowest bit. */
void nft_shift(struct nft_rule *, uint32_t bits);

/* nft_load() - A value into a register, NFT_REG_*. */
void nft_load(struct nft_rule *, uint32_t reg, const void *value, size_t len);

/* nft_meta_set() - What was loaded becomes a fact about the packet. */
void nft_meta_set(struct nft_rule *, uint32_t key);

/* nft_meta_zero() - So does zero. */
void nft_meta_zero(struct nft_rule *, uint32_t key);

/*
 * nft_payload_set() - Bytes of a header become those that were loaded
 * @base: NFT_PAYLOAD_*_HEADER, from which @off and @sum count
 * @sum: where the header's own sum stands, which follows
 * @flags: NFT_PAYLOAD_L4CSUM_PSEUDOHDR: TCP's or UDP's sum follows, too
 */
void nft_payload_set(struct nft_rule *, uint32_t base, uint32_t off,
    uint32_t len, uint32_t sum, uint32_t flags);

/*
 * nft_tproxy() - Give the packet to the socket at an address and port
 * @addr: the register that has the address, or 0: the packet's interface's
 * @port: the register that has the port
 */
void nft_tproxy(struct nft_rule *, uint32_t addr, uint32_t port);

/*
 * nft_queue() - To one of a row of queues, by nft's own expression
 * @bypass: accept while nobody reads it
 */
void nft_queue(struct nft_rule *, uint16_t first, uint16_t n, bool bypass);

/* nft_nfqueue() - The same by the target NFQUEUE of iptables. */
void nft_nfqueue(struct nft_rule *, uint16_t first, uint16_t n, bool bypass);

/* nft_verdict() - NF_* or NFT_*; @chain: where NFT_JUMP goes, or NULL. */
void nft_verdict(struct nft_rule *, int code, const char *chain);

#endif
