/* SPDX-License-Identifier: ISC */
/*
 * Playing scenarios.
 */
#include "tests/scenario.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is the text as the pattern says? */
static bool
like(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '?') {
			if (*text++ != *pattern)
				return false;
			continue;
		}
		if (!isdigit((unsigned char)*text))
			return false;
		while (isdigit((unsigned char)*text))
			text++;
	}
	return *text == '\0';
}

static const char *
states(struct harness *h)
{
	snprintf(h->text, sizeof(h->text), "%u", harness_states(h));
	return h->text;
}

static const char *
count(struct harness *h, const char *name)
{
	unsigned i;

	for (i = 0; i < REASON_MAX; i++)
		if (strcmp(reason_name(i), name) == 0)
			break;
	ck_assert_msg(i < REASON_MAX, "no reason %s", name);
	snprintf(h->text, sizeof(h->text), "%llu",
	    (unsigned long long)harness_reason(h, i));
	return h->text;
}

static const char *
play(struct harness *h, const struct step *s)
{
	const char *state;

	if (strcmp(s->does, "wait") == 0) {
		harness_wait(h, strtoull(s->what, NULL, 10));
		return states(h);
	}
	if (strcmp(s->does, "state") == 0) {
		state = harness_state(h, (unsigned)atoi(s->what));
		return state != NULL ? state : "none";
	}
	if (strcmp(s->does, "load") == 0) {
		harness_load(h, s->what);
		return states(h);
	}
	if (strcmp(s->does, "ifs") == 0) {
		harness_interfaces(h, s->what);
		harness_wait(h, 1000);
		return states(h);
	}
	if (strcmp(s->does, "count") == 0)
		return count(h, s->what);
	if (strcmp(s->does, "from") == 0) {
		h->owned = sscanf(s->what, "%u %u", &h->uid, &h->gid) == 2;
		return s->what;
	}
	if (strcmp(s->does, "way") == 0) {
		harness_way(h, s->what);
		return s->what;
	}
	if (strcmp(s->does, "comes") == 0) {
		h->local = strcmp(s->what, "local") == 0;
		h->routed = strncmp(s->what, "way ", 4) == 0 ?
		    (uint16_t)atoi(s->what + 4) : 0;
		return s->what;
	}
	if (strcmp(s->does, "prio") == 0) {
		h->prio = (uint32_t)strtoul(s->what, NULL, 10);
		return s->what;
	}
	if (strcmp(s->does, "socket") == 0)
		harness_socket(h, s->what);
	if (strcmp(s->does, "socket") == 0 || strcmp(s->does, "asked") == 0) {
		snprintf(h->text, sizeof(h->text), "%u", h->asked);
		return h->text;
	}
	if (strncmp(s->does, "in ", 3) == 0)
		return harness_dir(h, s->does + 3, DIR_IN, s->what);
	if (strncmp(s->does, "again ", 6) == 0)
		return harness_again(h, s->does + 6, s->what);
	if (strncmp(s->does, "out ", 4) == 0)
		return harness_dir(h, s->does + 4, DIR_OUT, s->what);
	return harness_in(h, s->does, s->what);
}

static void
run(const struct scenario *sc, const struct harness_options *o)
{
	static struct harness h;
	const struct step *s;
	const char *got;

	harness_new_with(&h, sc->rules, o);
	for (s = sc->steps; s->does != NULL; s++) {
		got = play(&h, s);
		if (s->expects != NULL && !like(got, s->expects))
			ck_abort_msg("%s, step %d: %s %s\n    got  %s\n"
			    "    want %s", sc->name, (int)(s - sc->steps) + 1,
			    s->does, s->what, got, s->expects);
	}
	harness_free(&h);
}

void
scenario_run(const struct scenario *sc)
{
	run(sc, &(struct harness_options){ 0 });
}

void
scenario_run_through(const struct scenario *sc)
{
	run(sc, &(struct harness_options){ .host = true, .through = true });
}

void
scenario_run_host(const struct scenario *sc)
{
	run(sc, &(struct harness_options){ .host = true });
}
