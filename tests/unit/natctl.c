/* SPDX-License-Identifier: ISC */
/*
 * natctl as a whole: a command line, what it asks natd, and what a person
 * sees of the answers.
 *
 * natd is a script in a child process: each step is what the request must
 * hold, and the bytes that answer it.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/natctl.h"
#include "ctl/shell.h"
#include "ctl/upload.h"

#define STEPS_MAX 8
#define ARGS_MAX 24

struct step {
	const char *expect, *answer;
};

#define DONE "{\"done\":{}}\n"
#define STATE(left, right) \
	"{\"type\":\"state\",\"if\":\"all\",\"if_seen\":\"wan0\"," \
	"\"af\":\"inet\",\"proto\":\"tcp\",\"dir\":\"out\",\"nr\":1," \
	"\"wire\":[\"" left "\",\"" right "\"]," \
	"\"stack\":[\"" left "\",\"" right "\"]," \
	"\"state\":[\"ESTABLISHED\",\"ESTABLISHED\"]}\n"
#define ENTRY(letter, addr) \
	"{\"type\":\"entry\",\"af\":\"inet\",\"addr\":\"" addr "\"," \
	"\"plen\":32,\"change\":\"" letter "\"}\n"
#define RULE(nr, text, depth) \
	"{\"type\":\"rule\",\"nr\":" nr ",\"text\":\"" text "\"," \
	"\"depth\":" depth "}\n"

static const struct {
	const char *line;
	struct step steps[STEPS_MAX];
	const char *out, *err;
	int status;
} rows[] = {
	{ "-s states", { { "{\"show\":{\"what\":\"states\"}}",
	  STATE("10.0.0.1:1", "10.0.0.2:80") DONE } },
	  "all tcp 10.0.0.1:1 -> 10.0.0.2:80       ESTABLISHED:ESTABLISHED\n",
	  "", 0 },
	/* a natd that does not filter is no harm */
	{ "-s states 'host 10.0.0.1'", { {
	  "{\"what\":\"states\",\"filter\":[\"host\",\"10.0.0.1\"]}",
	  STATE("10.0.0.1:1", "10.0.0.2:80")
	  STATE("10.0.0.3:1", "10.0.0.2:80") DONE } },
	  "all tcp 10.0.0.1:1 -> 10.0.0.2:80       ESTABLISHED:ESTABLISHED\n",
	  "", 0 },
	{ "-s states -i wan0 -R 1 'tcp or udp'", { {
	  "\"filter\":[\"and\",[\"or\",[\"proto\",\"tcp\"],[\"proto\","
	  "\"udp\"]],[\"if\",\"wan0\"],[\"nr\",1]]", DONE } }, "", "", 0 },
	{ "-s states 'frob 1'", { { NULL, NULL } }, "",
	  "natctl: filter, column 1: \"frob\" is no test; a filter is for "
	  "example 'host 10.0.0.1 and tcp'\n", 1 },
	{ "-j -s states 'port 80'", { { NULL,
	  STATE("10.0.0.1:1", "10.0.0.2:80")
	  STATE("10.0.0.1:1", "10.0.0.2:81") DONE } },
	  STATE("10.0.0.1:1", "10.0.0.2:80"), "", 0 },
	{ "-j -s states", { { "{\"show\":{\"what\":\"states\"}}",
	  STATE("10.0.0.1:1", "10.0.0.2:80") "{\"more\":\"9\"}\n" },
	  { "\"cursor\":\"9\"", STATE("10.0.0.3:1", "10.0.0.2:81") DONE } },
	  STATE("10.0.0.1:1", "10.0.0.2:80")
	  STATE("10.0.0.3:1", "10.0.0.2:81"), "", 0 },
	{ "-s states", { { NULL, "{\"type\":\"state\",\"proto\":5}\n" } },
	  "", "natctl: natd sent a record of -s states that makes no sense\n",
	  1 },
	{ "-s rules -a a/b -R 3 -P", { { "{\"show\":{\"what\":\"rules\","
	  "\"anchor\":\"a/b\",\"nr\":3,\"services\":true}}",
	  RULE("3", "pass all", "0") DONE } }, "pass all\n", "", 0 },
	{ "-s rules -a '*'", { { "\"recursive\":true,\"anchor\":\"\"",
	  RULE("0", "anchor \\\"x\\\" all {", "0")
	  RULE("0", "pass all", "1") RULE("-1", "}", "0") DONE } },
	  "anchor \"x\" all {\n  pass all\n}\n", "", 0 },
	{ "-s queue", { { "\"what\":\"queues\"", "{\"error\":{\"code\":"
	  "\"unsupported\",\"text\":\"no queues are in force\"}}\n" } },
	  "", "natctl: no queues are in force\n", 1 },
	{ "-s Running", { { "\"what\":\"running\"",
	  "{\"done\":{\"enabled\":true}}\n" } }, "Enabled\n", "", 0 },
	{ "-s Running", { { NULL, "{\"done\":{\"enabled\":false}}\n" } },
	  "Disabled\n", "", 1 },
	{ "-s info", { { NULL, DONE } }, "",
	  "natctl: natd sent no status\n", 1 },
	{ "-s t", { { "\"timeouts\"", "{\"type\":\"timeout\",\"name\":"
	  "\"tcp.first\",\"value\":120}\n" DONE } },
	  "tcp.first                   120s\n", "", 0 },
	{ "-s rules -z", { { "\"rules\"", RULE("0", "pass all", "0") DONE },
	  { "{\"flush\":{\"what\":\"counters\"}}",
	  "{\"done\":{\"count\":1}}\n" } }, "pass all\n",
	  "pf: rule counters cleared\n", 0 },
	{ "-e", { { "{\"set\":{\"enabled\":true}}",
	  "{\"done\":{\"enabled\":true,\"changed\":true}}\n" } }, "",
	  "pf enabled\n", 0 },
	{ "-e -q", { { NULL, "{\"done\":{\"changed\":true}}\n" } }, "", "",
	  0 },
	{ "-d", { { "{\"set\":{\"enabled\":false}}",
	  "{\"done\":{\"enabled\":false,\"changed\":false}}\n" } }, "",
	  "natctl: pf already disabled\n", 1 },
	{ "-x loud", { { "{\"set\":{\"debug\":\"debug\"}}", DONE } }, "",
	  "debug level set to 'debug'\n", 0 },
	{ "-F states -i em0", { { "{\"flush\":{\"what\":\"states\","
	  "\"filter\":[\"if\",\"em0\"]}}", "{\"done\":{\"count\":7}}\n" } },
	  "", "7 states cleared\n", 0 },
	{ "-F T -a x", { { "{\"what\":\"tables\",\"anchor\":\"x\"}",
	  "{\"done\":{\"count\":2}}\n" } }, "", "2 tables deleted\n", 0 },
	{ "-F rules -a 'x/*'", { { "{\"show\":{\"what\":\"anchors\","
	  "\"anchor\":\"x\"", "{\"type\":\"anchor\",\"path\":\"x/_1\"}\n"
	  "{\"type\":\"anchor\",\"path\":\"x/y\"}\n" DONE },
	  { "\"rules\",\"anchor\":\"x\"", DONE },
	  { "\"rules\",\"anchor\":\"x/y\"", DONE } },
	  "", "rules cleared\n", 0 },
	{ "-F rules -n", { { NULL, NULL } }, "", "", 0 },
	{ "-F all", { { "\"rules\"", DONE }, { "\"nat\"", DONE },
	  { "\"tables\"", "{\"done\":{\"count\":1}}\n" },
	  { "\"states\"", "{\"done\":{\"count\":3}}\n" },
	  { "\"sources\"", DONE }, { "\"info\"", DONE },
	  { "\"reset\"", DONE } }, "",
	  "rules cleared\nnat cleared\n1 tables deleted\n3 states cleared\n"
	  "source tracking entries cleared\npf: statistics cleared\npf: options reset\n", 0 },
	{ "-F all -a x", { { "\"rules\",\"anchor\":\"x\"", DONE },
	  { "\"nat\"", DONE }, { "\"tables\"", DONE } }, "",
	  "rules cleared\nnat cleared\n0 tables deleted\n", 0 },
	{ "-k 10.0.0.1", { { "{\"kill\":{\"what\":\"states\",\"filter\":"
	  "[\"src\",\"10.0.0.1\"],\"matches\":false}}",
	  "{\"done\":{\"killed\":4}}\n" } }, "",
	  "killed 4 states from 1 sources and 0 destinations\n", 0 },
	{ "-n -k 10.0.0.1", { { "\"dry\":true",
	  "{\"done\":{\"killed\":4}}\n" } }, "", "killed 4 states from 1 "
	  "sources and 0 destinations (dummy)\n", 0 },
	{ "-k 0.0.0.0/0 -k 10.0.0.0/8 -i em0 -M", { { "\"filter\":[\"and\","
	  "[\"and\",[\"src\",\"0.0.0.0/0\"],[\"dst\",\"10.0.0.0/8\"]],"
	  "[\"if\",\"em0\"]],\"matches\":true",
	  "{\"done\":{\"killed\":0}}\n" } }, "",
	  "killed 0 states from 1 sources and 1 destinations\n", 0 },
	{ "-K 10.0.0.1 -K 192.0.2.0/24", { { "{\"kill\":{\"what\":"
	  "\"sources\",\"filter\":[\"and\",[\"src\",\"10.0.0.1\"],"
	  "[\"dst\",\"192.0.2.0/24\"]],\"dry\":false}}",
	  "{\"done\":{\"killed\":2}}\n" } }, "",
	  "killed 2 src nodes from 1 sources and 1 destinations\n", 0 },
	{ "-s Sources", { { "\"what\":\"sources\"",
	  "{\"type\":\"source\",\"af\":\"inet\",\"src\":\"10.0.0.5\","
	  "\"word\":\"route-to\",\"to\":\"192.0.2.10\",\"states\":4}\n"
	  "{\"done\":{}}\n" } },
	  "10.0.0.5 route-to 192.0.2.10 ( states 4, connections 0, "
	  "rate 0.0/0s )\n", "", 0 },
	{ "-s Sources -v", { { "\"what\":\"sources\"",
	  "{\"type\":\"source\",\"af\":\"inet6\",\"src\":\"fd00::5\","
	  "\"word\":\"route-to\",\"to\":\"::\",\"if\":\"wan0\","
	  "\"states\":0,\"age\":131,\"expires\":9,\"packets\":310,"
	  "\"bytes\":48110,\"nr\":12}\n"
	  "{\"done\":{}}\n" } },
	  "fd00::5 route-to wan0 ( states 0, connections 0, rate 0.0/0s )\n"
	  "   age 00:02:11, expires in 00:00:09, 310 pkts, 48110 bytes, "
	  "rule 12\n", "", 0 },
	{ "-k id -k 6650a1c200000017/8c1d20aa", { { "\"filter\":[\"id\","
	  "\"6650a1c200000017\",\"8c1d20aa\"]",
	  "{\"done\":{\"killed\":1}}\n" } }, "", "killed 1 states\n", 0 },
	{ "-k id -k xyz", { { NULL, NULL } }, "",
	  "natctl: \"xyz\" is no ID[/CREATOR] of hex digits\n", 1 },
	{ "-j -k label -k web", { { "label", "{\"done\":{\"killed\":2}}\n" } },
	  "{\"killed\":2}\n", "", 0 },
	{ "-j -e", { { NULL, "{\"done\":{\"changed\":false}}\n" } },
	  "{\"changed\":false}\n", "", 1 },
	{ "-j -F states", { { NULL, "{\"done\":{\"count\":2}}\n" } },
	  "{\"count\":2}\n", "", 0 },
	{ "-j -t bad -T add 10.0.0.1 -v", { { NULL, ENTRY("A", "10.0.0.1")
	  "{\"done\":{\"added\":1}}\n" } },
	  ENTRY("A", "10.0.0.1") "{\"added\":1}\n", "", 0 },
	{ "-k label -k web", { { "[\"label\",\"web\"]",
	  "{\"done\":{\"killed\":2}}\n" } }, "", "killed 2 states\n", 0 },
	{ "-k key -k 'tcp 10.0.0.1:80 <- 10.0.0.9:1234'", { {
	  "[\"key\",\"tcp\",\"10.0.0.1:80\",\"<-\",\"10.0.0.9:1234\"]",
	  "{\"done\":{\"killed\":1}}\n" } }, "", "killed 1 states\n", 0 },
	{ "-k key -k 'udp ::1[53] (::2[54]) -> ::3'", { {
	  "[\"key\",\"udp\",\"[::1]:53\",\"->\",\"[::3]:0\"]",
	  "{\"done\":{\"killed\":0}}\n" } }, "", "killed 0 states\n", 0 },
	{ "-k key -k 'tcp 10.0.0.1:80'", { { NULL, NULL } }, "",
	  "natctl: \"tcp 10.0.0.1:80\" is no key: it is like "
	  "'tcp 10.0.0.1:80 <- 10.0.0.9:1234'\n", 1 },
	{ "-k states -k 'tcp and port 22'", { { "\"filter\":[\"and\","
	  "[\"proto\",\"tcp\"],[\"port\",22]]",
	  "{\"done\":{\"killed\":9}}\n" } }, "", "killed 9 states\n", 0 },
	{ "-k 'a b'", { { NULL, NULL } }, "",
	  "natctl: \"a b\" is no address or host\n", 1 },
	{ "-t bad -T show", { { "{\"show\":{\"what\":\"table\",\"name\":"
	  "\"bad\"}}", ENTRY(" ", "10.0.0.1") DONE } }, "   10.0.0.1\n", "",
	  0 },
	{ "-t bad -T show", { { NULL, "{\"error\":{\"code\":\"missing\","
	  "\"text\":\"Table does not exist.\"}}\n" } }, "",
	  "natctl: Table does not exist.\n", 1 },
	{ "-t bad -T flush", { { "\"flush\"",
	  "{\"done\":{\"deleted\":3}}\n" } }, "",
	  "3 addresses deleted.\n", 0 },
	{ "-t bad -T kill", { { "\"command\":\"kill\"",
	  "{\"done\":{\"tables\":1}}\n" } }, "", "1 table deleted.\n", 0 },
	{ "-t bad -T zero", { { "\"command\":\"zero\"",
	  "{\"done\":{\"tables\":1}}\n" } }, "",
	  "1 table/stats cleared.\n", 0 },
	{ "-t bad -T expire 60", { { "\"seconds\":60",
	  "{\"done\":{\"expired\":2,\"asked\":5}}\n" } }, "",
	  "2/5 addresses expired.\n", 0 },
	{ "-t bad -T add 10.0.0.1 ! 10.0.0.2 -v", { { "\"addresses\":"
	  "[\"10.0.0.1\",\"!10.0.0.2\"]", ENTRY("A", "10.0.0.1")
	  "{\"done\":{\"tables\":1,\"added\":1,\"asked\":2}}\n" } },
	  "A  10.0.0.1\n", "1 table created.\n1/2 addresses added.\n", 0 },
	{ "-t bad -T add 10.0.0.1 -n", { { "hello", DONE }, { "\"dry\":true",
	  "{\"done\":{\"added\":1,\"asked\":1}}\n" } }, "",
	  "1/1 addresses added (dummy).\n", 0 },
	{ "-t bad -T delete 10.0.0.1", { { "\"delete\"",
	  "{\"done\":{\"deleted\":0,\"asked\":1}}\n" } }, "",
	  "0/1 addresses deleted.\n", 0 },
	{ "-t bad -T replace 10.0.0.1", { { "\"replace\"",
	  "{\"done\":{\"added\":1,\"deleted\":2,\"changed\":3}}\n" } }, "",
	  "1 addresses added.\n2 addresses deleted.\n"
	  "3 addresses changed.\n", 0 },
	{ "-t bad -T replace 10.0.0.1", { { NULL, DONE } }, "",
	  "no changes.\n", 0 },
	{ "-t bad -T test 10.0.0.1 10.0.0.2 -vv", { { "\"verbose\":2",
	  "{\"type\":\"entry\",\"af\":\"inet\",\"addr\":\"10.0.0.1\","
	  "\"plen\":32,\"change\":\"M\",\"hit_af\":\"inet\","
	  "\"hit\":\"10.0.0.0\",\"hit_plen\":8}\n"
	  ENTRY(" ", "10.0.0.2")
	  "{\"done\":{\"matched\":1,\"asked\":2}}\n" } },
	  "M  10.0.0.1\t 10.0.0.0/8\n   10.0.0.2\t nomatch\n",
	  "1/2 addresses match.\n", 2 },
	{ "-t bad -T test 10.0.0.1", { { NULL,
	  "{\"done\":{\"matched\":1,\"asked\":1}}\n" } }, "",
	  "1/1 addresses match.\n", 0 },
	{ "-t bad -T test 10.0.0.0/8", { { NULL, NULL } }, "",
	  "natctl: -T test takes single addresses\n", 1 },
	{ "-t bad -T add", { { NULL, NULL } }, "",
	  "natctl: -T add needs addresses\n", 1 },
	{ "-t bad -T add }", { { NULL, NULL } }, "",
	  "natctl: \"}\" is no address\n", 1 },
	{ "-t bad -T flush 10.0.0.1", { { NULL, NULL } }, "",
	  "natctl: -T flush takes no addresses\n", 1 },
};

static int
serve(int fd, const struct step *s)
{
	FILE *f = fdopen(dup(fd), "r");
	char line[65536];
	int i;

	for (i = 0; i < STEPS_MAX && s[i].answer != NULL; i++) {
		if (fgets(line, sizeof(line), f) == NULL)
			return 1;
		if (s[i].expect != NULL && strstr(line, s[i].expect) == NULL) {
			fprintf(stderr, "natd got %snatd wants %s\n", line,
			    s[i].expect);
			return 1;
		}
		if (send(fd, s[i].answer, strlen(s[i].answer),
		    MSG_NOSIGNAL) == -1)
			return 1;
	}
	/* nothing else may be asked */
	return fgets(line, sizeof(line), f) != NULL;
}

static pid_t
start(const struct step *steps, struct client **c)
{
	pid_t child;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	fflush(NULL);
	ck_assert_int_ne(child = fork(), -1);
	if (child == 0) {
		close(sv[0]);
		_exit(serve(sv[1], steps));
	}
	close(sv[1]);
	ck_assert_ptr_nonnull(*c = client_attach(sv[0]));
	client_set_wait(*c, &(struct client_wait){ 5000, -1 });
	return child;
}

static int
split(char *line, char **argv)
{
	int n = 0;
	bool quoted;

	while (*line != '\0') {
		quoted = *line == '\'';
		line += quoted;
		argv[n++] = line;
		line += strcspn(line, quoted ? "'" : " ");
		if (*line != '\0')
			*line++ = '\0';
		line += strspn(line, " ");
	}
	argv[n] = NULL;
	return n;
}

START_TEST(test_rows)
{
	char line[256], err[OPTIONS_ERR_MAX], *argv[ARGS_MAX], *text[2];
	struct options o;
	struct natctl n;
	size_t len[2];
	pid_t child;
	int status, got;

	strlcpy(line, rows[_i].line, sizeof(line));
	natctl_init(&n, open_memstream(&text[0], &len[0]),
	    open_memstream(&text[1], &len[1]));
	ck_assert_msg(options_parse(&o, split(line, argv), argv, err) == 0,
	    "%s", err);
	child = start(rows[_i].steps, &n.client);
	got = natctl_run(&n, &o);
	natctl_fini(&n);
	options_fini(&o);
	fclose(n.out);
	fclose(n.err);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(strcmp(text[0], rows[_i].out) == 0, "%s: out:\n%s",
	    rows[_i].line, text[0]);
	ck_assert_msg(strcmp(text[1], rows[_i].err) == 0, "%s: err:\n%s",
	    rows[_i].line, text[1]);
	ck_assert_msg(got == rows[_i].status, "%s: status %d", rows[_i].line,
	    got);
	ck_assert_msg(status == 0, "%s: the requests", rows[_i].line);
	free(text[0]);
	free(text[1]);
}
END_TEST

/* Says what it was asked; yes unless the states are one. */
static bool
yes_to_them(void *arg, const char *question)
{
	fprintf(arg, "%s\n", question);
	return strstr(question, "them") != NULL;
}

/* 2500 addresses go in three requests; for replace the first are parts. */
START_TEST(test_pieces)
{
	static const struct step steps[] = {
	    { "\"part\":true", DONE }, { "\"part\":true", DONE },
	    { "\"addresses\":[\"10.7.208.0\"", "{\"done\":{\"added\":2500,"
	      "\"asked\":2500}}\n" }, { NULL, NULL } };
	static char flags[][8] = { "-t", "x", "-T", "replace", "-q" };
	char *argv[2600];
	char err[OPTIONS_ERR_MAX], (*addr)[24] = malloc(2500 * 24);
	struct options o;
	struct natctl n;
	pid_t child;
	int i, status;

	for (i = 0; i < 5; i++)
		argv[i] = flags[i];
	for (i = 0; i < 2500; i++) {
		snprintf(addr[i], 24, "10.%d.%d.0", i / 256, i % 256);
		argv[5 + i] = addr[i];
	}
	argv[2505] = NULL;
	natctl_init(&n, stdout, stderr);
	ck_assert_int_eq(options_parse(&o, 2505, argv, err), 0);
	child = start(steps, &n.client);
	ck_assert_int_eq(natctl_run(&n, &o), 0);
	natctl_fini(&n);
	options_fini(&o);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	free(addr);
}
END_TEST

#define HELLO "{\"done\":{\"revision\":7}}\n"

/* -f FILE, the file's text, and what natd sees of it. */
static const struct {
	const char *what, *flags, *text;
	struct step steps[STEPS_MAX];
	const char *out, *err;	/* err: must hold this */
	int status;
} loads[] = {
	{ "a ruleset", "", "pass in on em0 label \"$nr\"\n block log\n", {
	  { "{\"load\":{\"begin\":{\"name\":\"", DONE },
	  { "pass in on em0 all flags S/SA label \\\"$nr\\\"", DONE },
	  { "\"original\":\"pass in on em0 label", DONE },
	  { "\"rules\":[[0,1,1,1],[1,2,2,2,[[\"log\",2,8,2,11],"
	    "[\"log (user)\",2,8,2,11]]]]", DONE },
	  { "{\"commit\":{\"recheck\":false,\"confirm\":0}}",
	    "{\"done\":{\"revision\":8,\"filter\":2,\"kept\":3}}\n" } },
	  "", "revision 8: 2 rules loaded, 3 states kept\n", 0 },
	{ "confirm, recheck, merge, anchor",
	  "--confirm 60 --recheck -m -a x",
	  "pass\nload anchor \"sub\" {\nblock\n}\n", {
	  { "\"anchor\":\"x\",\"merge\":true", DONE },
	  { "{\"load\":{\"text\":\"pass all flags S/SA\\nload anchor "
	    "\\\"sub\\\" {\\n  block drop all\\n}\\n\"}}", DONE },
	  { NULL, DONE }, { NULL, DONE },
	  { "{\"recheck\":true,\"confirm\":60}",
	    "{\"done\":{\"revision\":8,\"filter\":1,\"kept\":1,"
	    "\"rechecked\":true,\"other\":1,\"gone\":1,\"blocked\":2,"
	    "\"confirm\":60}}\n" } }, "",
	  "revision 8: 1 rule loaded, 1 state kept (1 by another rule), "
	  "3 ended\nType 'natctl confirm' within 60 s, or the ruleset before "
	  "returns.\n", 0 },
	{ "a mistake", "", "pass\npass outt\n", { { "hello", HELLO } }, "",
	  "natctl: not loaded, 1 error. Revision 7 stays in force; no state "
	  "was touched.\n", 1 },
	{ "natd refuses the text", "", "pass\n", { { NULL, DONE },
	  { NULL, DONE }, { NULL, DONE }, { NULL, DONE }, { "commit",
	  "{\"error\":{\"code\":\"rules\",\"text\":\"x\",\"messages\":"
	  "[{\"level\":\"error\",\"file\":\"a.conf\",\"line\":3,"
	  "\"col\":4,\"text\":\"no such interface\"}]}}\n" },
	  { "hello", HELLO } }, "",
	  "a.conf:3:4: error: no such interface\nnatctl: not loaded, 1 error. "
	  "Revision 7 stays in force; no state was touched.\n", 1 },
	{ "natd refuses an option, and natctl knows its place", "",
	  "pass\nset limit states 5\n", { { NULL, DONE }, { NULL, DONE },
	  { NULL, DONE }, { NULL, DONE }, { "commit",
	  "{\"error\":{\"code\":\"rules\",\"text\":\"x\",\"messages\":"
	  "[{\"level\":\"error\",\"file\":\"\",\"line\":0,\"col\":0,"
	  "\"text\":\"too many\",\"name\":\"limit states\"}]}}\n" },
	  { "hello", HELLO } }, "",
	  ":2:11: error: too many\n    2 | set limit states 5\n", 1 },
	{ "what only natd can tell", "", "pass\n", { { NULL, DONE },
	  { NULL, DONE }, { NULL, DONE }, { NULL, DONE }, { "commit",
	  "{\"error\":{\"code\":\"rules\",\"text\":\"x\",\"messages\":"
	  "[{\"level\":\"warning\",\"text\":\"said before\"},"
	  "{\"level\":\"warning\",\"text\":\"no hooks\","
	  "\"name\":\"hooks\"},"
	  "{\"level\":\"error\",\"text\":\"bad\"}]}}\n" },
	  { "hello", HELLO } }, "",
	  "natctl: warning: no hooks\nnatctl: bad\n", 1 },
	{ "natd refuses to begin", "", "pass\n", { { "begin",
	  "{\"error\":{\"code\":\"denied\",\"text\":\"read-only\"}}\n" },
	  { "abort", DONE }, { "hello", HELLO } }, "",
	  "natctl: read-only\nnatctl: not loaded, 1 error. Revision 7", 1 },
	{ "only checked", "-n", "pass\ntable <t> persist\n"
	  "nat on em0 from 10.0.0.0/8 to any -> 192.0.2.1\n",
	  { { NULL, NULL } }, "", ": ok, 1 nat, 1 filter rule, 1 table\n",
	  0 },
	{ "-nv prints", "-nv", "a = \"1\"\npass proto tcp to port $a\n",
	  { { NULL, NULL } }, "a = \"1\"\n"
	  "pass proto tcp from any to any port = 1 flags S/SA\n", "", 0 },
	{ "-nvv numbers", "-nvv", "pass\nblock\n", { { NULL, NULL } },
	  "@0 pass all flags S/SA\n@1 block drop all\n", "", 0 },
};

START_TEST(test_load)
{
	char line[256], path[] = "/tmp/natctl.XXXXXX", *argv[ARGS_MAX];
	char err[OPTIONS_ERR_MAX], *text[2];
	struct options o;
	struct natctl n;
	size_t len[2];
	pid_t child;
	int fd, status, got;

	ck_assert_int_ne(fd = mkstemp(path), -1);
	ck_assert_int_eq(write(fd, loads[_i].text, strlen(loads[_i].text)),
	    (int)strlen(loads[_i].text));
	close(fd);
	snprintf(line, sizeof(line), "%s%s-f %s", loads[_i].flags,
	    *loads[_i].flags != '\0' ? " " : "", path);
	natctl_init(&n, open_memstream(&text[0], &len[0]),
	    open_memstream(&text[1], &len[1]));
	ck_assert_msg(options_parse(&o, split(line, argv), argv, err) == 0,
	    "%s", err);
	child = start(loads[_i].steps, &n.client);
	got = natctl_run(&n, &o);
	natctl_fini(&n);
	options_fini(&o);
	fclose(n.out);
	fclose(n.err);
	unlink(path);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(strcmp(text[0], loads[_i].out) == 0, "%s: out:\n%s",
	    loads[_i].what, text[0]);
	ck_assert_msg(strstr(text[1], loads[_i].err) != NULL, "%s: err:\n%s",
	    loads[_i].what, text[1]);
	ck_assert_msg(got == loads[_i].status, "%s: status %d",
	    loads[_i].what, got);
	ck_assert_msg(status == 0, "%s: the requests", loads[_i].what);
	free(text[0]);
	free(text[1]);
}
END_TEST

/* Pieces of a text never part a character. */
START_TEST(test_cut)
{
	static const char *const texts[] = { "abcdef", "a\xc3\xa9z",
	    "\xe2\x82\xac\xe2\x82\xac", "\xf0\x9f\x98\x80x",
	    "\x80\x80\x80\x80\x80\x80" };
	const char *t = texts[_i];
	size_t len = strlen(t), max, at, cut;
	json_t *v;

	for (max = 4; max <= len + 1; max++)
		for (at = 0; at < len; at += cut) {
			cut = upload_cut(t + at, len - at, max);
			ck_assert_uint_gt(cut, 0);
			ck_assert_uint_le(cut, max);
			ck_assert_uint_le(cut, len - at);
			v = json_stringn(t + at, cut);
			ck_assert((v != NULL) == (_i < 4));
			json_decref(v);
		}
}
END_TEST

/* Lines of the shell: the same work, and what only the shell has. */
START_TEST(test_shell)
{
	static const struct {
		const char *line;
		struct step steps[STEPS_MAX];
		const char *out, *err;
		int status;
	} lines[] = {
		{ "show states host 10.0.0.1", { { "[\"host\",\"10.0.0.1\"]",
		  STATE("10.0.0.1:1", "10.0.0.2:80") DONE } },
		  "all tcp 10.0.0.1:1 -> 10.0.0.2:80       "
		  "ESTABLISHED:ESTABLISHED\n", "", 0 },
		{ "show states label \"a b\" | count ", {
		  { "[\"label\",\"a b\"]", DONE } }, "0\n", "", 0 },
		{ "show states | count", { { NULL,
		  STATE("10.0.0.1:1", "10.0.0.2:80")
		  STATE("10.0.0.1:2", "10.0.0.2:80") DONE } }, "2\n", "",
		  0 },
		{ "kill label \"a b\"", { { "[\"label\",\"a b\"]",
		  "{\"done\":{\"killed\":1}}\n" } }, "",
		  "killed 1 states\n", 0 },
		{ "kill states tcp", { { "\"dry\":true",
		  "{\"done\":{\"killed\":74}}\n" }, { "\"matches\"",
		  "{\"done\":{\"killed\":74}}\n" } }, "",
		  "74 states match. Kill them?\nkilled 74 states\n", 0 },
		{ "kill states udp", { { "\"dry\":true",
		  "{\"done\":{\"killed\":1}}\n" } }, "",
		  "1 state matches. Kill it?\n", 0 },
		{ "table bad flush", { { "\"flush\"",
		  "{\"done\":{\"deleted\":1}}\n" } }, "",
		  "1 addresses deleted.\n", 0 },
		{ "quit", { { NULL, NULL } }, "", "", -1 },
		{ "frob", { { NULL, NULL } }, "", "command: \"frob\" is "
		  "unknown; there is: show, kill, load, check, confirm, table, "
		  "flush, enable, disable, clear, debug, help, quit, exit\n",
		  1 },
		{ "show \"x", { { NULL, NULL } }, "",
		  "a quote is not closed\n", 1 },
		{ "   ", { { NULL, NULL } }, "", "", 0 },
	};
	char *text[2], err[OPTIONS_ERR_MAX], *none[] = { NULL };
	struct options o;
	struct natctl n;
	size_t i, len[2];
	pid_t child;
	int got, status;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		natctl_init(&n, open_memstream(&text[0], &len[0]),
		    open_memstream(&text[1], &len[1]));
		n.ask = yes_to_them;
		n.ask_arg = n.err;
		ck_assert_int_eq(options_parse(&o, 0, none, err), 0);
		child = start(lines[i].steps, &n.client);
		got = shell_line(&n, &o, lines[i].line);
		natctl_fini(&n);
		options_fini(&o);
		fclose(n.out);
		fclose(n.err);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_msg(strcmp(text[0], lines[i].out) == 0,
		    "%s: out:\n%s", lines[i].line, text[0]);
		ck_assert_msg(strcmp(text[1], lines[i].err) == 0,
		    "%s: err:\n%s", lines[i].line, text[1]);
		ck_assert_int_eq(got, lines[i].status);
		ck_assert_msg(status == 0, "%s: the requests",
		    lines[i].line);
		free(text[0]);
		free(text[1]);
	}
}
END_TEST

Suite *suite_natctl(void);

Suite *
suite_natctl(void)
{
	Suite *s = suite_create("natctl");
	TCase *tc = tcase_create("natctl");

	tcase_add_loop_test(tc, test_rows, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, test_pieces);
	tcase_add_loop_test(tc, test_load, 0,
	    (int)(sizeof(loads) / sizeof(loads[0])));
	tcase_add_loop_test(tc, test_cut, 0, 5);
	tcase_add_test(tc, test_shell);
	suite_add_tcase(s, tc);
	return s;
}
