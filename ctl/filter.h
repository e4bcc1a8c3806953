/* SPDX-License-Identifier: ISC */
/*
 * Filter expressions: which states a person means.
 *
 *	expr  := term { or term }
 *	term  := factor { [and] factor }
 *	factor := not factor | ! factor | ( expr ) | test
 *	test  := host NET | src NET | dst NET | net NET
 *		| port PORTS | src port PORTS | dst port PORTS
 *		| proto NAME | tcp | udp | icmp | icmp6 | sctp | inet | inet6
 *		| in | out | iface NAME | state NAME | label NAME
 *		| rule ID | nr N | anchor PATH | id ID
 *		| age N | packets N | bytes N | rdomain N
 *
 * "&&" and "||" are read as well, and a word with blanks or parentheses in it
 * may stand in double quotes.  A host name stands for all its addresses.
 *
 * An expression is compiled once into at most PROTO_FILTER_MAX nodes, nested
 * at most PROTO_FILTER_DEPTH deep, and then looks at records without any
 * allocation.  The same tree goes to natd as JSON (ctl/proto.h), so that
 * natd can leave out what does not match and can end what does.
 */
#ifndef CTL_FILTER_H
#define CTL_FILTER_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"

struct filter;
struct show_state;

/* A network that a filter names. */
struct filter_net {
	struct addr addr;
	uint8_t af, plen;
};

/* Names to believe in.  A function that is NULL knows none. */
struct filter_names {
	/* Addresses of a host name.  Return: how many, at most @max. */
	size_t (*host)(void *arg, const char *name, struct filter_net *out,
	    size_t max);
	/* Port of a service name.  Return: 0, or -ENOENT. */
	int (*service)(void *arg, const char *name, uint16_t *port);
	void *arg;
};

#define FILTER_ERR_MAX 200

/*
 * filter_parse() - Compile an expression
 * @names: may be NULL: numbers only
 * @err: a message for people that says where
 * @out: on success, a filter that the caller ends by filter_free()
 *
 * Return: 0; -EINVAL or -E2BIG with a text in @err; -ENOMEM.
 */
int filter_parse(const char *text, const struct filter_names *names,
    char err[static FILTER_ERR_MAX], struct filter **out);
void filter_free(struct filter *);

/*
 * filter_read() - Compile the protocol's tree of arrays; any JSON
 *
 * Return: 0; -EINVAL with a text in @err; -ENOMEM.
 */
#define FILTER_TEXT_MAX 4096	/* bytes of all names in such a filter */
int filter_read(const json_t *, char err[static FILTER_ERR_MAX],
    struct filter **out);

/* filter_match() - Does it match this state?  NULL matches all. */
bool filter_match(const struct filter *, const struct show_state *);

/*
 * filter_rules() - Every rule id that a filter names
 * @fn: gets the value of the digits and how many there are (1 to 16)
 *
 * Return: what @fn returned, at the first that is not 0; else 0.
 */
int filter_rules(const struct filter *,
    int (*fn)(void *arg, uint64_t prefix, unsigned digits), void *arg);

/*
 * filter_json() - As the protocol's tree of arrays
 *
 * Return: a new reference, or NULL if memory ran out.
 */
json_t *filter_json(const struct filter *);

/* filter_words() - Words that may begin a test, for completion; ends in NULL. */
extern const char *const filter_words[];

#endif
