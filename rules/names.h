/* SPDX-License-Identifier: ISC */
/*
 * Names and the numbers that they stand for: protocols, services, ICMP types
 * and codes, TOS values, timeouts, limits, debug levels.
 *
 * All tables are constant.  Functions that find nothing return -1 or NULL.
 */
#ifndef RULES_NAMES_H
#define RULES_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/words.h"

#define TIMEOUT_MAX 2000000	/* s, or states of adaptive.* */

struct name_number {
	const char *name;
	int number;
};

/* Protocols; case does not matter. */
int proto_number(const char *name);
const char *proto_name(unsigned number);
const char *proto_name_at(size_t i);	/* for suggestions */

/* Services, ports in host order; @udp: of UDP, else of TCP (and SCTP). */
int service_port(const char *name, int udp);
const char *service_name(unsigned port, int udp);
const char *service_name_at(size_t i);

/* ICMP types and codes of a family; @type gives the codes their meaning. */
int icmp_type_number(const char *name, uint8_t af);
const char *icmp_type_name(unsigned type, uint8_t af);
int icmp_code_number(unsigned type, const char *name, uint8_t af);
const char *icmp_code_name(unsigned type, unsigned code, uint8_t af);
size_t icmp_type_names(uint8_t af, const char **v, size_t n);
size_t icmp_code_names(unsigned type, uint8_t af, const char **v, size_t n);

/* TOS names; case does not matter. */
int tos_number(const char *name);
size_t tos_names(const char **v, size_t n);

/* enum timeout */
int timeout_number(const char *name);
const char *timeout_name(unsigned tm);
int32_t timeout_default(unsigned tm);
size_t timeout_names(const char **v, size_t n);

/* A row of `set optimization': TCP timeouts in seconds. */
struct optimization {
	const char *name;
	/* first, opening, established, closing, finwait, closed, tsdiff */
	int32_t tm[7];
};
const struct optimization *optimization_find(const char *name);
extern const uint8_t optimization_timeouts[7];	/* enum timeout */

/* enum limit_name */
int limit_number(const char *name);
const char *limit_name(unsigned limit);
uint32_t limit_default(unsigned limit);

/* enum debug_level; reads the classic words too */
int debug_number(const char *name);
const char *debug_name(unsigned level);

/* TCP flags: a word like "SA" to bits, -1 if a letter is none; and back. */
int tcp_flags(const char *word);
#define TCP_FLAGS_TEXT_MAX 9
const char *tcp_flags_text(char buf[static TCP_FLAGS_TEXT_MAX],
    unsigned flags);

#endif
