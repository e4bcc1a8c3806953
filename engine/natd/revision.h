/* SPDX-License-Identifier: ISC */
/*
 * A revision: one load of rules, from its text to the program that carries it
 * out, and what natctl is shown of it.
 *
 * Made by a load's own thread, then owned by control; rules and program are
 * read-only from then on, but for the registry rows that the engine fills in
 * when the program goes into force.
 */
#ifndef ENGINE_NATD_REVISION_H
#define ENGINE_NATD_REVISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct anchor;
struct program;
struct rule;
struct ruleset;

/* Where to find what belongs to a rule id. */
struct revision_rule {
	uint64_t id;
	uint8_t digits;		/* of the id that no other rule begins with */
	const struct rule *rule;
	const struct anchor *anchor;
	uint32_t row;		/* of the registry; ROW_NONE before commit */
	const char *labels;	/* one a line; "" */
};

struct revision {
	uint32_t number;	/* 0: not committed */
	struct ruleset *rs;
	struct ruleset **grafts; /* rulesets of anchors, kept for their rules */
	size_t ngrafts;
	struct program *prog;
	char *text;		/* canonical */
	char *original;		/* as written, or NULL */
	char *ifaces;		/* interface and route statements */
	uint64_t loaded;	/* unix time */
	uid_t uid;
	pid_t pid;
	struct revision_rule *rules; /* sorted by id */
	size_t nrules;
	/* rules of each class, for the report */
	uint64_t filter, nat, rdr, binat, tables;
	char checksum[33];
};

void revision_free(struct revision *);

/*
 * revision_index() - Fill `rules', the counts and the checksum from `rs'
 * Return: 0 or -ENOMEM.
 */
int revision_index(struct revision *);

/* revision_rows() - Take over registry rows after engine_set_rules(). */
void revision_rows(struct revision *);

/* revision_find() - The rule of an id, or NULL. */
const struct revision_rule *revision_find(const struct revision *,
    uint64_t id);

/*
 * revision_prefix() - The rules whose ids begin with these digits
 * @prefix: value of the digits; @digits: how many, 1 to 16
 * @first: on return the first of them, in order of ids
 *
 * Return: how many there are.
 */
size_t revision_prefix(const struct revision *, uint64_t prefix,
    unsigned digits, const struct revision_rule **first);

#endif
