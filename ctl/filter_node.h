/* SPDX-License-Identifier: ISC */
/*
 * The tree of a filter expression; for ctl/filter.c and ctl/filter_parse.c.
 *
 * The tree lies in one array of nodes; a node's children are a list of
 * indexes (0 is no node: the array starts at 1).  `and' and `or' have any
 * number of children, so a long chain is flat, and recursion, here and in
 * natd, goes no deeper than parentheses and `not' do.
 */
#ifndef CTL_FILTER_NODE_H
#define CTL_FILTER_NODE_H

#include <stdint.h>

#include "ctl/filter.h"
#include "ctl/proto.h"

enum filter_op {
	OP_NONE, OP_AND, OP_OR, OP_NOT,
	OP_HOST, OP_SRC, OP_DST, OP_GATEWAY,
	OP_PORT, OP_SPORT, OP_DPORT,
	OP_PROTO, OP_AF, OP_DIR,
	OP_IF, OP_STATE, OP_LABEL, OP_ANCHOR,
	OP_RULE, OP_ID,
	OP_NR, OP_RDOMAIN, OP_AGE, OP_PACKETS, OP_BYTES,
	/* of filter_read() only: a key's ends as -s states prints them */
	OP_LEFT, OP_RIGHT, OP_LPORT, OP_RPORT, OP_CREATOR,
	OP_MAX
};

struct filter_node {
	uint8_t op;		/* enum filter_op */
	uint8_t digits;		/* OP_RULE: of the prefix */
	uint16_t child, next;
	union {
		struct filter_net net;
		uint16_t port[2];
		uint64_t number;
		uint32_t name;	/* offset into text */
	};
};

struct filter {
	uint16_t root, n;
	uint32_t used;		/* bytes of text */
	struct filter_node node[PROTO_FILTER_MAX + 1];
	char text[];		/* names, each with its NUL */
};

#endif
