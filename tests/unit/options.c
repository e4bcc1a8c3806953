/* SPDX-License-Identifier: ISC */
/*
 * natctl's command line and the words of its shell.
 */
#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/options.h"

#define ARGS_MAX 16

/* Split at single blanks; 'x y' keeps its blank. */
static int
split(char *line, char **argv)
{
	int n = 0;
	char quote;

	while (*line != '\0') {
		if (*line == '\'') {
			quote = *line++;
		} else {
			quote = ' ';
		}
		argv[n++] = line;
		line += strcspn(line, quote == ' ' ? " " : "'");
		if (*line != '\0')
			*line++ = '\0';
		while (*line == ' ')
			line++;
	}
	argv[n] = NULL;
	return n;
}

/* What a command line became, as one line of text. */
static void
describe(const struct options *o, char *out, size_t size)
{
	size_t i;
	char part[512];

#define ADD(...) do {                                    \
	snprintf(part, sizeof(part), __VA_ARGS__);       \
	strlcat(out, part, size);                        \
} while (0)
#define TEXT(name, m) if (o->m != NULL) ADD(" %s=%s", name, o->m)
#define NUMBER(name, m) if (o->m != 0) ADD(" %s=%d", name, (int)o->m)
	*out = '\0';
	TEXT("a", anchor);
	TEXT("f", file);
	TEXT("I", hosts);
	TEXT("i", iface);
	TEXT("p", socket);
	TEXT("t", table);
	for (i = 0; i < o->ndefines; i++)
		ADD(" D:%s:%s", o->defines[i].name, o->defines[i].value);
	NUMBER("show", show);
	NUMBER("flush", flush);
	NUMBER("tcmd", tcmd);
	NUMBER("kill", kill);
	TEXT("k1", killarg[0]);
	TEXT("k2", killarg[1]);
	TEXT("x", debug);
	if (o->rule >= 0)
		ADD(" R=%d", (int)o->rule);
	if (o->rdomain >= 0)
		ADD(" V=%d", (int)o->rdomain);
	NUMBER("M", matches);
	NUMBER("m", merge);
	NUMBER("recheck", recheck);
	NUMBER("confirm", confirm);
	NUMBER("confirmed", confirmed);
	NUMBER("v", verbose);
	NUMBER("e", enable);
	NUMBER("d", disable);
	NUMBER("g", detail);
	NUMBER("j", json);
	NUMBER("N", no_names);
	NUMBER("n", check);
	NUMBER("P", services);
	NUMBER("q", quiet);
	NUMBER("r", reverse);
	NUMBER("z", zero);
	NUMBER("h", help);
	NUMBER("version", version);
	for (i = 0; i < (size_t)o->nargs; i++)
		ADD(" [%s]", o->args[i]);
#undef ADD
#undef TEXT
#undef NUMBER
}

static const struct {
	const char *line, *want;
} good[] = {
	{ "", "" },
	{ "-nvvf /etc/natd.conf", " f=/etc/natd.conf v=2 n=1" },
	{ "-f - -D x=1 -Da=b=c", " f=- D:x:1 D:a=b:c" },
	{ "-I host -n -f x", " f=x I=host n=1" },
	{ "-s s", " show=3" },
	{ "-s state", " show=3" },
	{ "-ss", " show=3" },
	{ "-s i", " show=4" },
	{ "-s I", " show=9" },
	{ "-s T", " show=8" },
	{ "-s t", " show=6" },
	{ "-s rules -vv -R 3", " show=1 R=3 v=2" },
	{ "-s nat", " show=2" },
	{ "-s R", " show=14" },
	{ "-s a", " show=16" },
	{ "-s s 'host 10.0.0.1 and tcp' -v -j",
	  " show=3 v=1 j=1 [host 10.0.0.1 and tcp]" },
	{ "-F r", " flush=1" },
	{ "-a /a/b -F r", " a=a/b flush=1" },
	{ "-a _1 -s r", " a=_1 show=1" },
	{ "-F R", " flush=10" },
	{ "-f x --recheck --confirm 60 -m",
	  " f=x m=1 recheck=1 confirm=60" },
	{ "-f x --confirm=5", " f=x confirm=5" },
	{ "-k 10.0.0.1 -M -V 2", " kill=1 k1=10.0.0.1 V=2 M=1" },
	{ "-F states -i em0", " i=em0 flush=3" },
	{ "-k 10.0.0.1", " kill=1 k1=10.0.0.1" },
	{ "-k 0/0 -k 10.0.0.1", " kill=1 k1=0/0 k2=10.0.0.1" },
	{ "-k id -k 12ab/34", " kill=2 k1=12ab/34" },
	{ "-k gateway -k 10.0.0.1", " kill=5 k1=10.0.0.1" },
	{ "-k label -k web", " kill=3 k1=web" },
	{ "-k states -k 'src 10.0.0.1 and tcp'",
	  " kill=6 k1=src 10.0.0.1 and tcp" },
	{ "-k label -k label", " kill=3 k1=label" },
	{ "-k host.example -k id", " kill=1 k1=host.example k2=id" },
	{ "-t t -T add 10.0.0.1 ! 10.0.0.2 -v",
	  " t=t tcmd=2 v=1 [10.0.0.1] [!] [10.0.0.2]" },
	{ "-tx -Ts", " t=x tcmd=1" },
	{ "-t x -T expire 60", " t=x tcmd=9 [60]" },
	{ "-t x -T e 60", " t=x tcmd=9 [60]" },
	{ "-e -q", " e=1 q=1" },
	{ "-d", " d=1" },
	{ "-x loud", " x=debug" },
	{ "-x none", " x=crit" },
	{ "-x w", " x=warning" },
	{ "-o profile -f x", " f=x" },
	{ "-a a/b -s rules", " a=a/b show=1" },
	{ "-p /tmp/s -z", " p=/tmp/s z=1" },
	{ "-r -P -g -N -s s", NULL },
	{ "-rPgs s", " show=3 g=1 P=1 r=1" },
	{ "-s s -- -x", " show=3 [-x]" },
	{ "--help", " h=1" },
	{ "--version", " version=1" },
	{ "show states -v", " v=1 [show] [states]" },
	{ "-", " [-]" },
};

static const struct {
	const char *line, *part; /* what the message must hold */
} bad[] = {
	{ "-y", "unknown flag -y" },
	{ "--recheck", "need -f" },
	{ "-s rules -i em0", "-i needs -s states" },
	{ "-i em0 -f x", "-i needs -s states" },
	{ "-a x/* -f y", "means many" },
	{ "-a * -t t -T show", "means many" },
	{ "-a x/_y -F r", "reserved" },
	{ "-a _y -f x", "reserved" },
	{ "-m -s s", "need -f" },
	{ "--force -s s", "--force needs -f, -F, -d or -e" },
	{ "-M -s s", "need -k" },
	{ "-f x --confirm", "needs SECONDS" },
	{ "-f x --confirm y", "--confirm: \"y\" is no number from 1 to 86400" },
	{ "-f x --confirm 0", "no number from 1 to" },
	{ "-f x --confirm 86401", "to 86400" },
	{ "--help=x", "takes no value" },
	{ "--frob", "unknown flag --frob" },
	{ "-f", "-f needs FILE" },
	{ "-s", "-s needs WHAT: rules, nat, states" },
	{ "-F", "-F needs WHAT: rules, nat, states" },
	{ "-t x -T", "-T needs COMMAND: show, add" },
	{ "-s x", "\"x\" is unknown; there is: rules, nat" },
	{ "-s stats", "did you mean \"states\"?" },
	{ "-s tables", "did you mean \"Tables\"?" },
	{ "-s ''", "is unknown" },
	{ "-T a", "go together" },
	{ "-t x", "go together" },
	{ "-t x -T z -T s", "-T is given twice" },
	{ "-f a -f b", "-f is given twice" },
	{ "-k a -k b -k c", "more than twice" },
	{ "-k id", "second -k" },
	{ "-k gateway", "second -k" },
	{ "-D x", "not NAME=VALUE" },
	{ "-D =x", "not NAME=VALUE" },
	{ "-R x -s rules", "no number" },
	{ "-R -1 -s rules", "no number" },
	{ "-R 1", "-R needs -s" },
	{ "-s rules -V 256", "no number from 0 to 255" },
	{ "-N -r -s s", "exclude" },
	{ "-e -d", "exclude" },
	{ "-x e", "\"e\" is ambiguous; there are: emerg, err" },
	{ "-o max", "unknown" },
	{ "-t x -T expire", "seconds" },
	{ "-t x -T expire abc", "seconds" },
	{ "-s rules tcp", "only -s states takes a filter" },
	{ "-s states host 10.0.0.1", "quotes" },
	{ "-e rules", "unexpected word" },
	{ "-F osfp", "operating systems" },
	{ "-K 10.0.0.1 -K 10.0.0.2 -K 10.0.0.3", "more than twice" },
	{ "-L x", "from a file" },
};

START_TEST(test_good)
{
	char line[256], err[OPTIONS_ERR_MAX], got[2048], *argv[ARGS_MAX];
	struct options o;
	int error;

	strlcpy(line, good[_i].line, sizeof(line));
	error = options_parse(&o, split(line, argv), argv, err);
	if (good[_i].want == NULL) {
		ck_assert_int_eq(error, -EINVAL);
	} else {
		ck_assert_msg(error == 0, "%s: %s", good[_i].line, err);
		describe(&o, got, sizeof(got));
		ck_assert_msg(strcmp(got, good[_i].want) == 0,
		    "%s: got%s", good[_i].line, got);
	}
	options_fini(&o);
}
END_TEST

START_TEST(test_bad)
{
	char line[256], err[OPTIONS_ERR_MAX], *argv[ARGS_MAX];
	struct options o;
	int error;

	strlcpy(line, bad[_i].line, sizeof(line));
	error = options_parse(&o, split(line, argv), argv, err);
	ck_assert_msg(error == -EINVAL, "%s: accepted", bad[_i].line);
	ck_assert_msg(strstr(err, bad[_i].part) != NULL, "%s: %s",
	    bad[_i].line, err);
	options_fini(&o);
}
END_TEST

/* A line of the shell and the command line that means the same. */
static const struct {
	const char *shell, *flags;
} commands[] = {
	{ "show states", "-s states" },
	{ "sh st", "-s states" },
	{ "show states host 10.0.0.1 and tcp",
	  "-s states 'host 10.0.0.1 and tcp'" },
	{ "show -vv rules", "-s rules -vv" },
	{ "show T", "-s Tables" },
	{ "kill id 12ab", "-k id -k 12ab" },
	{ "kill label web", "-k label -k web" },
	{ "kill key tcp 10.0.0.1:80 <- 10.0.0.2:9",
	  "-k key -k 'tcp 10.0.0.1:80 <- 10.0.0.2:9'" },
	{ "load /etc/natd.conf", "-f /etc/natd.conf" },
	{ "check x", "-n -f x" },
	{ "flush states", "-F states" },
	{ "table bad add 10.0.0.1 10.0.0.2",
	  "-t bad -T add 10.0.0.1 10.0.0.2" },
	{ "table bad expire 60", "-t bad -T expire 60" },
	{ "table bad show", "-t bad -T show" },
	{ "enable", "-e" },
	{ "disable", "-d" },
	{ "clear", "-z" },
	{ "debug loud", "-x debug" },
	{ "load --recheck x", "-f x --recheck" },
};

START_TEST(test_command)
{
	char line[2][256], err[OPTIONS_ERR_MAX], got[2][2048];
	char *argv[2][ARGS_MAX];
	struct options o[2];
	int special;

	strlcpy(line[0], commands[_i].shell, sizeof(line[0]));
	strlcpy(line[1], commands[_i].flags, sizeof(line[1]));
	ck_assert_int_eq(options_parse(&o[0], split(line[0], argv[0]),
	    argv[0], err), 0);
	ck_assert_int_eq(options_parse(&o[1], split(line[1], argv[1]),
	    argv[1], err), 0);
	ck_assert_msg(options_command(&o[0], &special, err) == 0, "%s: %s",
	    commands[_i].shell, err);
	ck_assert_int_eq(special, 0);
	ck_assert(options_any(&o[0]));
	describe(&o[0], got[0], sizeof(got[0]));
	describe(&o[1], got[1], sizeof(got[1]));
	ck_assert_msg(strcmp(got[0], got[1]) == 0, "%s:%s is not%s",
	    commands[_i].shell, got[0], got[1]);
	options_fini(&o[0]);
	options_fini(&o[1]);
}
END_TEST

static const struct {
	const char *line, *part;
	int special;
} shell[] = {
	{ "quit", NULL, SH_QUIT },
	{ "exit", NULL, SH_QUIT },
	{ "help", NULL, SH_HELP },
	{ "frob", "unknown", 0 },
	{ "natd.conf", "\"natd.conf\" is no command; -f loads a file", 0 },
	{ "show", "show what", 0 },
	{ "show frob", "unknown", 0 },
	{ "show rules tcp", "unexpected \"tcp\"", 0 },
	{ "kill", "kill what", 0 },
	{ "kill id", "kill what", 0 },
	{ "load", "one file", 0 },
	{ "load a b", "one file", 0 },
	{ "table x", "table NAME COMMAND", 0 },
	{ "table x frob", "unknown", 0 },
	{ "table x expire", "seconds", 0 },
	{ "enable now", "unexpected \"now\"", 0 },
	{ "e", "ambiguous", 0 },
	{ "debug", "level", 0 },
	{ "flush", "flush what", 0 },
};

START_TEST(test_shell)
{
	char line[256], err[OPTIONS_ERR_MAX], *argv[ARGS_MAX];
	struct options o;
	int error, special;

	strlcpy(line, shell[_i].line, sizeof(line));
	ck_assert_int_eq(options_parse(&o, split(line, argv), argv, err), 0);
	error = options_command(&o, &special, err);
	if (shell[_i].part == NULL) {
		ck_assert_int_eq(error, 0);
		ck_assert_int_eq(special, shell[_i].special);
	} else {
		ck_assert_int_eq(error, -EINVAL);
		ck_assert_msg(strstr(err, shell[_i].part) != NULL, "%s: %s",
		    shell[_i].line, err);
	}
	options_fini(&o);
}
END_TEST

/* Every row can be found by its name; what natd lacks says why. */
START_TEST(test_rows)
{
	const struct cmdword *w = NULL;
	bool ambiguous;
	int kind, n = 0;

	for (kind = 0; kind < CW_KIND_MAX; kind++)
		while ((w = cmdword_next(kind, w)) != NULL) {
			ck_assert_ptr_eq(cmdword_find(kind, w->name,
			    &ambiguous), w);
			ck_assert(!ambiguous);
			if (kind == CW_FLAG) {
				ck_assert_uint_eq(strlen(w->name), 1);
				ck_assert_int_eq(w->value, w->name[0]);
			}
			if (kind == CW_FLAG || kind == CW_LONG)
				ck_assert((w->argname == NULL) ==
				    (w->arg == ARG_NONE));
			n++;
		}
	ck_assert_int_gt(n, 80);
}
END_TEST

/* The usage text names every flag and modifier that works. */
START_TEST(test_usage)
{
	const struct cmdword *w = NULL;
	char *text, want[64];
	size_t len;
	FILE *f = open_memstream(&text, &len);

	options_usage(f);
	fclose(f);
	while ((w = cmdword_next(CW_FLAG, w)) != NULL) {
		snprintf(want, sizeof(want), "\n  -%s ", w->name);
		ck_assert_msg((strstr(text, want) != NULL) ==
		    (w->missing == NULL), "-%s", w->name);
	}
	while ((w = cmdword_next(CW_SHOW, w)) != NULL) {
		snprintf(want, sizeof(want), "\n  %s ", w->name);
		ck_assert_msg(strstr(text, want) != NULL ||
		    w->missing != NULL, "%s", w->name);
	}
	free(text);
}
END_TEST

#define ROWS(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *suite_options(void);

Suite *
suite_options(void)
{
	Suite *s = suite_create("options");
	TCase *tc = tcase_create("options");

	tcase_add_loop_test(tc, test_good, 0, ROWS(good));
	tcase_add_loop_test(tc, test_bad, 0, ROWS(bad));
	tcase_add_loop_test(tc, test_command, 0, ROWS(commands));
	tcase_add_loop_test(tc, test_shell, 0, ROWS(shell));
	tcase_add_test(tc, test_rows);
	tcase_add_test(tc, test_usage);
	suite_add_tcase(s, tc);
	return s;
}
