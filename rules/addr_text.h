/* SPDX-License-Identifier: ISC */
/*
 * Addresses as text.
 */
#ifndef RULES_ADDR_TEXT_H
#define RULES_ADDR_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

/*
 * addr_parse() - Read a numeric address, without prefix length or scope
 *
 * Return: false if @s is none.
 */
bool addr_parse(const char *s, struct addr *a, uint8_t *af);

/* prefix_parse() - Read ADDR/BITS; without /BITS it is all bits. */
bool prefix_parse(const char *s, struct addr *a, uint8_t *af, uint8_t *plen);

/*
 * net_parse() - Read an IPv4 network that may be short, as 10 or 172.16
 *
 * Return: false if @s is none.  Missing bytes are zero.
 */
bool net_parse(const char *s, struct addr *a);

/* addr_text() - An address as text (RFC 5952 for IPv6). */
#define ADDR_TEXT_MAX 46
const char *addr_text(char buf[static ADDR_TEXT_MAX], const struct addr *,
    uint8_t af);

#endif
