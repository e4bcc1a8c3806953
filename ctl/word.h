/* SPDX-License-Identifier: ISC */
/*
 * Words of the protocol for the engine's numbers: families, protocols,
 * states, end points.
 */
#ifndef CTL_WORD_H
#define CTL_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/view.h"

/* Longest result, with the NUL, of any word_...() that writes. */
#define WORD_MAX 64

/* A protocol's name, or its decimal number. */
const char *word_proto(char buf[static WORD_MAX], uint8_t proto);
/* Return: 0 to 255, or -EINVAL. */
int word_proto_parse(const char *);

/*
 * word_state() - Name of the state of one side of a connection
 * TCP's eleven, PROXY:SRC, PROXY:DST; UDP and others NO_TRAFFIC, SINGLE,
 * MULTIPLE; a decimal number for ICMP and for all else.
 */
const char *word_state(char buf[static WORD_MAX], uint8_t proto, uint8_t);
/* Return: 0 to 255, or -EINVAL. */
int word_state_parse(uint8_t proto, const char *);

/* ADDR:PORT, or [ADDR]:PORT for IPv6. */
const char *word_end(char buf[static WORD_MAX], uint8_t af,
    const struct view_end *);
int word_end_parse(const char *, uint8_t af, struct view_end *);

const char *word_addr(char buf[static WORD_MAX], uint8_t af,
    const struct addr *);
int word_addr_parse(const char *, uint8_t af, struct addr *);

/*
 * word_net_parse() - "10.0.0.0/8", "2001:db8::1", of either family
 * @neg: whether "!" may stand in front, and did; NULL: it may not
 *
 * Host bits are kept.  Return: 0 or -EINVAL.
 */
int word_net_parse(const char *, uint8_t *af, uint8_t *plen, struct addr *,
    bool *neg);
/* "10.0.0.0/8"; a host without its length. */
const char *word_net(char buf[static WORD_MAX], uint8_t af, uint8_t plen,
    const struct addr *, bool neg);

/* word_hex() - Up to 16 hex digits, nothing else.  Return: 0 or -EINVAL. */
int word_hex(const char *, uint64_t *);

/* word_ruleid() - A rule's id for people: its first @digits, 0: all.
 * Return: @buf. */
char *word_ruleid(char buf[static WORD_MAX], uint64_t id, unsigned digits);

#endif
