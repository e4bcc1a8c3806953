/* SPDX-License-Identifier: ISC */
/*
 * Random rulesets, and the laws that hold for each that is accepted.
 *
 *	its print is accepted, and prints the same;
 *	no rule is lost or made by printing;
 *	rule ids stay.
 *
 * GEN_RUNS texts (default 100,000) from the seed TEST_SEED, which is printed.
 * So that the laws are not kept by refusing everything, a good part of the
 * texts must be accepted; one that is refused must come with an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/rule.h"
#include "rules/ruleset.h"
#include "tests/gen/grammar.h"

#define RUNS_DEFAULT 100000
#define ACCEPTED_MIN 25		/* percent */

struct run {
	struct host *host;
	struct diag *diag;
	const char *text;	/* as generated */
	uint64_t seed;		/* that makes just this text */
};

static struct ruleset *
load(struct run *r, const char *text)
{
	struct load_options o = {
		.text = text, .len = strlen(text), .name = "t",
		.host = r->host, .no_names = false,
	};
	struct ruleset *rs = NULL;

	diag_reset(r->diag);
	return load_ruleset(&o, r->diag, &rs) == 0 ? rs : NULL;
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

static bool
check_text(struct run *r)
{
	struct ruleset *rs = load(r, r->text);

	if (rs == NULL) {
		if (diag_errors(r->diag) == 0)
			broken(r, "refused without an error", NULL, NULL);
		return false;
	}
	check_print(r, rs, PRINT_RAW);
	check_print(r, rs, 0);
	ruleset_free(rs);
	return true;
}

int
main(void)
{
	const char *runs = getenv("GEN_RUNS"), *seed = getenv("TEST_SEED");
	unsigned long i, n = runs != NULL ? strtoul(runs, NULL, 0) :
	    RUNS_DEFAULT, accepted = 0;
	static char buf[8192];
	uint64_t rng;
	struct run r = { .text = buf };
	struct grammar g = { .rng = &rng, .buf = buf, .size = sizeof(buf) };

	rng = seed != NULL ? strtoull(seed, NULL, 0) : arc4random();
	rng = rng == 0 ? 1 : rng;
	printf("TEST_SEED=%llu\n", (unsigned long long)rng);
	fflush(stdout);
	r.diag = diag_new();
	r.host = host_new(false);
	if (host_read(r.host, TEST_SRCDIR "/golden/host", r.diag) != 0)
		return EXIT_FAILURE;
	for (i = 0; i < n; i++) {
		r.seed = rng;
		if (grammar_make(&g, "file"))
			accepted += check_text(&r);
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
	printf("rulesets: %lu, no failure\n", n);
	return EXIT_SUCCESS;
}
