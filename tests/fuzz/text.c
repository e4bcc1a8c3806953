/* SPDX-License-Identifier: ISC */
/*
 * Fuzz target: a ruleset text, up to its canonical print and its program.
 *
 * Any text is either refused with a message, or loads; then its canonical
 * text loads again and prints the same, and it compiles, or is refused with
 * a message.  Nothing outside is touched: no files, no resolver.
 *
 * By itself the program runs the corpus beside it, then mixes and spoils
 * lines of the golden rulesets, FUZZ_RUNS times from the seed TEST_SEED;
 * "make fuzz-text" builds it for libFuzzer.
 */
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/program.h"
#include "parser/load.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct ruleset *
load(struct host *h, struct diag *d, const char *text, size_t len)
{
	struct load_options o = {
		.text = text, .len = len, .name = "t", .host = h,
	};
	struct ruleset *rs;

	return load_ruleset(&o, d, &rs) == 0 ? rs : NULL;
}

/*
 * Both as rulesets are compiled, and with few enough rules for each of the
 * three ways to find candidates.
 */
static void
compile_all(const struct ruleset *rs, struct diag *d)
{
	static const struct compile_env envs[] = {
		{ .texts = true },
		{ .plain_max = 1, .vector_max = 1u << 20 },
		{ .plain_max = 1, .vector_max = 1 },
	};
	struct program *pg;
	size_t i;

	for (i = 0; i < sizeof(envs) / sizeof(envs[0]); i++) {
		diag_reset(d);
		if (compile_ruleset(rs, &envs[i], d, &pg) == 0)
			program_free(pg);
		else if (diag_errors(d) == 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct diag *d = diag_new();
	struct host *h = host_new(false);
	struct ruleset *rs, *again;
	char *text, *text2;

	if ((rs = load(h, d, (const char *)data, len)) == NULL) {
		if (diag_errors(d) == 0)
			abort();	/* refused without a reason */
	} else if (rs->nrules < 10000) {
		text = ruleset_text(rs, PRINT_RAW);
		diag_reset(d);
		again = load(h, d, text, strlen(text));
		if (again == NULL) {
			fputs(text, stderr);
			diag_print(d, stderr, "again", 0);
			abort();
		}
		text2 = ruleset_text(again, PRINT_RAW);
		if (strcmp(text, text2) != 0) {
			fprintf(stderr, "%s--- again ---\n%s", text, text2);
			abort();
		}
		free(text);
		free(text2);
		ruleset_free(again);
		compile_all(rs, d);
	}
	ruleset_free(rs);
	host_free(h);
	diag_free(d);
	return 0;
}

#ifndef FUZZ_LIBFUZZER

#define LINES_MAX 4096
#define RUNS_DEFAULT 20000

static char *lines[LINES_MAX];
static size_t nlines;
static uint64_t state;

static uint32_t
rnd(uint32_t n)
{
	state ^= state << 13;	/* xorshift64, Marsaglia 2003 */
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % n;
}

static void
read_lines(const char *path)
{
	char *line = NULL;
	size_t cap = 0;
	FILE *f = fopen(path, "r");

	while (f != NULL && nlines < LINES_MAX &&
	    getline(&line, &cap, f) != -1)
		lines[nlines++] = strdup(line);
	free(line);
	if (f != NULL)
		fclose(f);
}

/* Some lines, with a few bytes put in, taken out or doubled. */
static size_t
mix(char *buf, size_t size)
{
	static const char odd[] = "{}()<>!=\"'\\\n/,-$#*: 0a";
	size_t n = 0, i, at, len;

	for (i = rnd(6) + 1; i > 0; i--) {
		const char *l = lines[rnd((uint32_t)nlines)];

		len = strlen(l);
		if (n + len < size) {
			memcpy(buf + n, l, len);
			n += len;
		}
	}
	for (i = rnd(4); i > 0 && n > 1 && n + 32 < size; i--) {
		at = rnd((uint32_t)n);
		switch (rnd(3)) {
		case 0:
			memmove(buf + at + 1, buf + at, n - at);
			buf[at] = odd[rnd(sizeof(odd) - 1)];
			n++;
			break;
		case 1:
			len = rnd(8);
			if (at + len < n) {
				memmove(buf + at, buf + at + len,
				    n - at - len);
				n -= len;
			}
			break;
		default:
			len = rnd(30);
			if (at + len < n) {
				memmove(buf + at + len, buf + at, n - at);
				n += len;
			}
			break;
		}
	}
	return n;
}

/* Every text of the corpus, as it is. */
static bool
run_corpus(void)
{
	static char buf[65536];
	glob_t g;
	size_t i, len;
	FILE *f;

	if (glob(TEST_SRCDIR "/fuzz/corpus/*", 0, NULL, &g) != 0)
		return false;
	for (i = 0; i < g.gl_pathc; i++) {
		if ((f = fopen(g.gl_pathv[i], "r")) == NULL)
			return false;
		len = fread(buf, 1, sizeof(buf), f);
		fclose(f);
		LLVMFuzzerTestOneInput((const uint8_t *)buf, len);
	}
	printf("text: %zu texts of the corpus\n", g.gl_pathc);
	globfree(&g);
	return true;
}

int
main(void)
{
	const char *runs = getenv("FUZZ_RUNS"), *seed = getenv("TEST_SEED");
	unsigned long i, n = runs != NULL ? strtoul(runs, NULL, 0) :
	    RUNS_DEFAULT;
	static char buf[16384];
	uint64_t first;
	glob_t g;

	if (!run_corpus())
		return EXIT_FAILURE;
	if (glob(TEST_SRCDIR "/golden/*.conf", 0, NULL, &g) != 0)
		return EXIT_FAILURE;
	for (i = 0; i < g.gl_pathc; i++)
		read_lines(g.gl_pathv[i]);
	globfree(&g);
	if (nlines == 0)
		return EXIT_FAILURE;
	first = seed != NULL ? strtoull(seed, NULL, 0) : arc4random() | 1u;
	printf("TEST_SEED=%llu\n", (unsigned long long)first);
	fflush(stdout);
	state = first == 0 ? 1 : first;
	for (i = 0; i < n; i++)
		LLVMFuzzerTestOneInput((const uint8_t *)buf,
		    mix(buf, sizeof(buf)));
	for (i = 0; i < nlines; i++)
		free(lines[i]);
	printf("text: %lu inputs, no failure\n", n);
	return EXIT_SUCCESS;
}
#endif
