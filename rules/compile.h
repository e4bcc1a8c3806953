/* SPDX-License-Identifier: ISC */
/*
 * Compiling: a plain ruleset in, a program out.
 *
 * Pure: nothing outside is read or changed, and a failure leaves nothing
 * behind.  Names that outlive a ruleset get their numbers from the caller:
 * tables those of the table set, tags those of a registry.
 *
 * What the engine does not carry out is an error with the place of its
 * statement, never ignored: compile_feature() is the one list of it.
 */
#ifndef RULES_COMPILE_H
#define RULES_COMPILE_H

#include <stdbool.h>
#include <stdint.h>

struct addr;
struct diag;
struct program;
struct rule;
struct ruleset;
struct table;

#define COMPILE_RULES_MAX (1u << 22)	/* with copies of anchors used twice */
#define COMPILE_DEPTH_MAX 64		/* anchors inside each other, as pf */

struct compile_env {
	/*
	 * The number of a table in the table set, TABLE_NONE if it cannot be
	 * had.  NULL: tables are numbered from 0 in the order of their use.
	 */
	uint32_t (*table)(void *arg, const struct table *);
	/*
	 * The number of a tag, from 1; 0 if it cannot be had.  A name must
	 * keep its number as long as packets or states may carry it.  NULL:
	 * tags are numbered in the order of their use.
	 */
	uint16_t (*tag)(void *arg, const char *name);
	/*
	 * The same of the sockets that divert-to names; STEER_REPLY
	 * (engine/packet.h) is the number of those of divert-reply, which are
	 * told as well, with af 0.
	 */
	uint16_t (*socket)(void *arg, uint8_t af, const struct addr *,
	    uint16_t port);
	/*
	 * Are the entries of the table of this number counted?  A name in an
	 * anchor may mean the table of another text.  NULL: as defined.
	 */
	bool (*counted)(void *arg, uint32_t nr);
	void *arg;
	bool texts;	/* rules carry their text, for natctl and logs */
	/*
	 * Largest run of rules for a plain loop, and for bit vectors over all
	 * of them; 0: as measured.  For tests.
	 */
	uint32_t plain_max, vector_max;
};

/*
 * compile_ruleset() - Compile
 * @env: NULL: all defaults
 * @out: the program on success; the caller ends it by program_free()
 *
 * Return: 0; -EINVAL, with the errors in @d; -ENOMEM.
 */
int compile_ruleset(const struct ruleset *, const struct compile_env *env,
    struct diag *d, struct program **out);

/*
 * compile_check_options() - Of the options, tables and their like: an error for
 * each that is refused, a warning for each that has no effect
 *
 * compile_ruleset() does the same; for whoever has the text that people wrote.
 */
void compile_check_options(const struct ruleset *, struct diag *);

/* What becomes of a rule that uses a feature. */
enum compile_support {
	SUPPORT_NO,		/* refused at load */
	SUPPORT_WARN,		/* loads with a warning: has no effect */
	SUPPORT_YES,
	SUPPORT_HOST,		/* where the kernel moves packets: divert */
};

/*
 * compile_feature() - Line @i of the list of what rules may ask for
 * @name: as in the message
 *
 * Return: false behind the last line.
 */
bool compile_feature(uint32_t i, const char **name,
    enum compile_support *support);

#endif
