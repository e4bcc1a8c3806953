/* SPDX-License-Identifier: ISC */
/*
 * Random rulesets, and the laws that hold for each that is accepted.
 *
 *	its print is accepted, and prints the same;
 *	no rule is lost or made by printing;
 *	rule ids stay;
 *	with other blanks it prints the same;
 *	what natctl -nv shows shows the same.
 *
 * GEN_RUNS texts (default 100,000) from the seed TEST_SEED, which is printed.
 * So that the laws are not kept by refusing everything, a good part of the
 * texts must be accepted, and of each alternative of the grammar some; one
 * that is refused must come with an error.  And the grammar has every keyword.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/load.h"
#include "parser/token.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/rule.h"
#include "rules/ruleset.h"
#include "tests/gen/blanks.h"
#include "tests/gen/grammar.h"

#define RUNS_DEFAULT 100000
#define ACCEPTED_MIN 25		/* percent */
#define TOOK_ALL_MIN 50000	/* texts that have something of everything */

enum { TEXT_MAX = 8192 };

struct run {
	struct host *host;
	struct diag *diag;
	const char *text;	/* as generated */
	uint64_t seed;		/* that makes just this text */
};

static void
put_line(void *f, const char *line)
{
	fprintf(f, "%s\n", line);
}

/* @lines: a FILE for what is shown as statements are met, or NULL */
static struct ruleset *
load_lines(struct run *r, const char *text, FILE *lines)
{
	struct load_options o = {
		.text = text, .len = strlen(text), .name = "t",
		.host = r->host, .no_names = false,
		.sink = lines != NULL ? put_line : NULL, .sink_arg = lines,
	};
	struct ruleset *rs = NULL;

	diag_reset(r->diag);
	return load_ruleset(&o, r->diag, &rs) == 0 ? rs : NULL;
}

static struct ruleset *
load(struct run *r, const char *text)
{
	return load_lines(r, text, NULL);
}

static void
broken(const struct run *r, const char *law, const char *print,
    const char *again)
{
	fprintf(stderr, "TEST_SEED=%llu GEN_RUNS=1: %s\n--- text\n%s"
	    "--- print\n%s--- again\n%s", (unsigned long long)r->seed, law,
	    r->text, print != NULL ? print : "", again != NULL ? again : "");
	diag_print(r->diag, stderr, "gen", 0);
	exit(EXIT_FAILURE);
}

struct ids {
	uint64_t *v;
	size_t n, cap;
};

static int
add_id(const struct rule *r, const struct anchor *a, void *arg)
{
	struct ids *ids = arg;

	(void)a;
	if (ids->n == ids->cap) {
		ids->cap = ids->cap == 0 ? 64 : 2 * ids->cap;
		ids->v = reallocarray(ids->v, ids->cap, sizeof(*ids->v));
		if (ids->v == NULL)
			exit(EXIT_FAILURE);
	}
	ids->v[ids->n++] = r->id;
	return 0;
}

static bool
same_ids(const struct ruleset *a, const struct ruleset *b)
{
	struct ids x = { 0 }, y = { 0 };
	bool same;

	ruleset_walk(a, add_id, &x);
	ruleset_walk(b, add_id, &y);
	same = x.n == y.n && (x.n == 0 || memcmp(x.v, y.v,
	    x.n * sizeof(*x.v)) == 0);
	free(x.v);
	free(y.v);
	return same;
}

/* One form of print: what people see, or what goes to natd. */
static void
check_print(struct run *r, const struct ruleset *rs, int flags)
{
	char *print = ruleset_text(rs, flags), *second;
	struct ruleset *again = load(r, print);

	if (again == NULL)
		broken(r, "the print is refused", print, NULL);
	second = ruleset_text(again, flags);
	if (strcmp(print, second) != 0)
		broken(r, "the print prints differently", print, second);
	if (again->nrules != rs->nrules)
		broken(r, "the number of rules changed", print, second);
	if (flags == PRINT_RAW && !same_ids(rs, again))
		broken(r, "ids of rules changed", print, second);
	free(print);
	free(second);
	ruleset_free(again);
}

/* What natctl -nv shows, in a malloc(3)ed string; NULL if it is refused. */
static char *
shown(struct run *r, const char *text)
{
	struct print_options po = { .host = r->host };
	struct ruleset *rs;
	char *buf = NULL;
	size_t size;
	FILE *f = open_memstream(&buf, &size);

	rs = load_lines(r, text, f);
	if (rs != NULL) {
		print_automatic(f, rs->root);
		print_planes(f, rs);
		print_queues(f, rs);
		print_rules(f, rs->root, &po);
	}
	fclose(f);
	if (rs == NULL) {
		free(buf);
		return NULL;
	}
	ruleset_free(rs);
	return buf;
}

static void
check_shown(struct run *r)
{
	char *a, *b;

	/* the rules of a loaded anchor are shown, but not how they came */
	if (strstr(r->text, "load anchor") != NULL)
		return;
	a = shown(r, r->text);
	if ((b = shown(r, a)) == NULL)
		broken(r, "what -nv shows is refused", a, NULL);
	if (strcmp(a, b) != 0)
		broken(r, "what -nv shows shows something else", a, b);
	free(a);
	free(b);
}

static void
check_blanks(struct run *r, const struct ruleset *rs, uint64_t *rng)
{
	static char mixed[4 * TEXT_MAX];
	struct ruleset *again;
	char *a, *b;

	blanks_mix(rng, r->text, mixed, sizeof(mixed));
	if ((again = load(r, mixed)) == NULL)
		broken(r, "with other blanks it is refused", mixed, NULL);
	a = ruleset_text(rs, PRINT_RAW);
	b = ruleset_text(again, PRINT_RAW);
	if (strcmp(a, b) != 0)
		broken(r, "other blanks mean something else", mixed, b);
	free(a);
	free(b);
	ruleset_free(again);
}

static bool
check_text(struct run *r, uint64_t *rng)
{
	struct ruleset *rs = load(r, r->text);

	if (rs == NULL) {
		if (diag_errors(r->diag) == 0)
			broken(r, "refused without an error", NULL, NULL);
		return false;
	}
	check_print(r, rs, PRINT_RAW);
	check_print(r, rs, 0);
	check_blanks(r, rs, rng);
	check_shown(r);
	ruleset_free(rs);
	return true;
}

/* Words that need a file, or are only there to be refused. */
static bool
excused(const char *word)
{
	return strcmp(word, "altq") == 0 || strcmp(word, "include") == 0 ||
	    strcmp(word, "fingerprints") == 0;
}

static bool
has_keywords(void)
{
	const char *word;
	bool all = true;
	int token;
	size_t i;

	for (i = 0; (word = token_at(i, &token)) != NULL; i++)
		if (!excused(word) && !grammar_has_word(word)) {
			printf("the grammar lacks %s\n", word);
			all = false;
		}
	return all;
}

static bool
took_all(void)
{
	const char *alt;
	bool all = true;
	size_t i = 0;

	while ((alt = grammar_lacks(&i)) != NULL) {
		printf("never accepted: %s\n", alt);
		all = false;
	}
	return all;
}

int
main(void)
{
	const char *runs = getenv("GEN_RUNS"), *seed = getenv("TEST_SEED");
	unsigned long i, n = runs != NULL ? strtoul(runs, NULL, 0) :
	    RUNS_DEFAULT, accepted = 0;
	static char buf[TEXT_MAX];
	uint64_t rng;
	struct run r = { .text = buf };
	static struct grammar g = { .buf = buf, .size = sizeof(buf) };

	rng = seed != NULL ? strtoull(seed, NULL, 0) : arc4random();
	rng = rng == 0 ? 1 : rng;
	g.rng = &rng;
	printf("TEST_SEED=%llu\n", (unsigned long long)rng);
	fflush(stdout);
	r.diag = diag_new();
	r.host = host_new(false);
	if (host_read(r.host, TEST_SRCDIR "/golden/host", r.diag) != 0)
		return EXIT_FAILURE;
	for (i = 0; i < n; i++) {
		r.seed = rng;
		if (grammar_make(&g, "file") && check_text(&r, &rng)) {
			grammar_taken(&g);
			accepted++;
		}
		if (i % 1000 == 999) {	/* its copies of texts */
			diag_free(r.diag);
			r.diag = diag_new();
		}
	}
	host_free(r.host);
	diag_free(r.diag);
	printf("%lu of %lu accepted\n", accepted, n);
	if (n >= 1000 && accepted * 100 < n * ACCEPTED_MIN) {
		printf("too few are accepted to mean anything\n");
		return EXIT_FAILURE;
	}
	if (!has_keywords() || (n >= TOOK_ALL_MIN && !took_all()))
		return EXIT_FAILURE;
	printf("rulesets: %lu, no failure\n", n);
	return EXIT_SUCCESS;
}
