/* SPDX-License-Identifier: ISC */
/*
 * The interactive shell.
 *
 * A line is split into words, becomes the same struct options that flags
 * become, and is carried out by the same functions.
 */
#include <sys/eventfd.h>
#include <sys/types.h>

#include <errno.h>
#include <histedit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/complete.h"
#include "ctl/natctl.h"
#include "ctl/shell.h"

#define WORDS_MAX 1024
#define HISTORY_MAX 500
#define PATIENCE 2000	/* ms, where nobody has asked for anything yet */

struct shell {
	struct natctl *n;
	const struct options *o;
	EditLine *el;
	History *history;
};

/*
 * Ctrl-C ends the command that waits for natd, not the shell: the handler
 * makes a descriptor readable that the wait looks at too.  At the prompt the
 * signal is libedit's.
 */
static int stop_fd = -1;

static void
on_interrupt(int sig)
{
	const uint64_t one = 1;
	int saved = errno;

	(void)sig;
	(void)!write(stop_fd, &one, sizeof(one));
	errno = saved;
}

static int
run_line(struct natctl *n, const struct options *o, const char *line)
{
	struct sigaction sa = { .sa_handler = on_interrupt }, before;
	uint64_t count;
	int status;

	sigaction(SIGINT, &sa, &before);
	status = shell_line(n, o, line);
	sigaction(SIGINT, &before, NULL);
	/* also what was on its way out may have been interrupted */
	if (stop_fd != -1 && read(stop_fd, &count, sizeof(count)) > 0)
		clearerr(n->out);
	return status;
}

/* Words of a line; quotes stay, blanks within them do not part. */
static int
split(char *line, char **argv)
{
	bool quoted = false;
	int n = 0;

	while (n < WORDS_MAX) {
		line += strspn(line, " \t\r\n");
		if (*line == '\0')
			break;
		argv[n++] = line;
		for (; *line != '\0' && (quoted ||
		    strchr(" \t\r\n", *line) == NULL); line++)
			if (*line == '"')
				quoted = !quoted;
		if (*line != '\0')
			*line++ = '\0';
	}
	argv[n] = NULL;
	return quoted ? -EINVAL : n;
}

static void
unquote(char *word)
{
	char *to = word;

	for (; *word != '\0'; word++)
		if (*word != '"')
			*to++ = *word;
	*to = '\0';
}

/* A filter has quotes of its own; everywhere else they go. */
static void
unquote_all(const struct options *o)
{
	const struct cmdword *w;
	int i;

	if (o->nargs > 1 &&
	    (w = cmdword_find(CW_CMD, o->args[0], NULL)) != NULL &&
	    (w->arg == ARG_SHOW || w->arg == ARG_KILL) &&
	    (w = cmdword_find(cmdword_kind_of_arg(w->arg), o->args[1],
	    NULL)) != NULL && w->arg == ARG_FILTER)
		return;
	for (i = 0; i < o->nargs; i++)
		unquote(o->args[i]);
}

/* What was given on the command line holds for every line. */
static void
inherit(struct options *o, const struct options *from)
{
	if (o->socket == NULL)
		o->socket = from->socket;
	if (o->hosts == NULL)
		o->hosts = from->hosts;
	if (o->anchor == NULL)
		o->anchor = from->anchor;
	o->verbose += from->verbose;
	o->json |= from->json;
	o->no_names |= from->no_names;
	o->reverse |= from->reverse;
	o->services |= from->services;
	o->detail |= from->detail;
	o->quiet |= from->quiet;
}

static int
run_words(struct natctl *n, const struct options *from, int argc, char **argv)
{
	char err[OPTIONS_ERR_MAX];
	struct options o;
	int special = 0, status = 1;

	if (options_parse(&o, argc, argv, err) != 0) {
		fprintf(n->err, "%s\n", err);
	} else {
		inherit(&o, from);
		unquote_all(&o);
		if (options_command(&o, &special, err) != 0)
			fprintf(n->err, "%s\n", err);
		else if (special == SH_QUIT)
			status = -1;
		else if (special == SH_HELP)
			options_shell_help(n->out);
		else
			status = natctl_run(n, &o);
	}
	if (special == SH_HELP)
		status = 0;
	n->o = from;
	options_fini(&o);
	return status;
}

/* Take "| count" off the end of the line. */
static bool
take_count(char *line)
{
	char *bar = strrchr(line, '|'), *p;

	if (bar == NULL)
		return false;
	p = bar + 1 + strspn(bar + 1, " \t");
	if (strncmp(p, "count", 5) != 0 ||
	    p[5 + strspn(p + 5, " \t\r\n")] != '\0')
		return false;
	*bar = '\0';
	return true;
}

static int
run_counted(struct natctl *n, const struct options *o, int argc, char **argv)
{
	FILE *out = n->out;
	size_t i, len = 0, lines = 0;
	char *text = NULL;
	int status;

	if ((n->out = open_memstream(&text, &len)) == NULL) {
		n->out = out;
		return 1;
	}
	status = run_words(n, o, argc, argv);
	fclose(n->out);
	n->out = out;
	for (i = 0; i < len; i++)
		lines += text[i] == '\n';
	free(text);
	if (status == 0)
		fprintf(out, "%zu\n", lines);
	return status;
}

int
shell_line(struct natctl *n, const struct options *o, const char *line)
{
	char *copy = strdup(line), **argv;
	int argc, status = 0;
	bool count;

	argv = calloc(WORDS_MAX + 1, sizeof(*argv));
	if (copy == NULL || argv == NULL) {
		fprintf(n->err, "out of memory\n");
		status = 1;
	} else {
		count = take_count(copy);
		argc = split(copy, argv);
		if (argc < 0) {
			fprintf(n->err, "a quote is not closed\n");
			status = 1;
		} else if (argc > 0 && strcmp(argv[0], "?") == 0) {
			options_shell_help(n->out);
		} else if (argc > 0) {
			status = count ? run_counted(n, o, argc, argv) :
			    run_words(n, o, argc, argv);
		}
	}
	free(argv);
	free(copy);
	return status;
}

/* Names that natd knows, for TAB. */
struct names {
	enum cmdword_arg arg;
	const char *anchor;
	void (*add)(struct completion *c, const char *name);
	struct completion *c;
};

/* Which member of which records names such a thing. */
static const struct {
	const char *what, *member;
} name_records[ARG_MAX] = {
	[ARG_IFACE] = { "interfaces", "name" },
	[ARG_TABLE] = { "tables", "name" },
	[ARG_LABEL] = { "labels", "label" },
	[ARG_ANCHOR] = { "anchors", "path" },
};

/* Tables of other anchors are not meant by their names alone. */
static int
on_name(void *arg, const json_t *v, const char *line, size_t len)
{
	struct names *k = arg;
	const char *name, *anchor;

	(void)line;
	(void)len;
	name = json_string_value(json_object_get(v,
	    name_records[k->arg].member));
	anchor = json_string_value(json_object_get(v, "anchor"));
	if (name != NULL && (k->arg != ARG_TABLE || anchor == NULL ||
	    strcmp(anchor, k->anchor) == 0))
		k->add(k->c, name);
	return 0;
}

static void
find_names(void *ctx, enum cmdword_arg arg,
    void (*add)(struct completion *c, const char *name),
    struct completion *c)
{
	struct shell *s = ctx;
	struct names k = { arg, s->o->anchor != NULL ? s->o->anchor : "",
	    add, c };

	if (name_records[arg].what == NULL)
		return;
	s->n->wait.ms = PATIENCE;
	(void)natctl_try(s->n, "show", json_pack("{s:s}", "what",
	    name_records[arg].what), on_name, &k, NULL);
	s->n->wait.ms = 0;
}

static int
complete(struct shell *s, struct completion *c)
{
	const LineInfo *li = el_line(s->el);

	return complete_line(li->buffer, (size_t)(li->cursor - li->buffer),
	    find_names, s, c);
}

static void
list(struct shell *s, const struct completion *c)
{
	size_t i;

	fputc('\n', s->n->out);
	for (i = 0; i < c->n; i++)
		fprintf(s->n->out, "  %-14s %s\n", c->word[i], c->help[i]);
	fflush(s->n->out);
}

static unsigned char
on_tab(EditLine *el, int ch)
{
	unsigned char how = CC_ERROR;
	struct completion c;
	struct shell *s;
	const LineInfo *li = el_line(el);
	size_t have, common;

	(void)ch;
	el_get(el, EL_CLIENTDATA, &s);
	if (complete(s, &c) == 0 && c.n > 0) {
		have = (size_t)(li->cursor - li->buffer) - c.start;
		common = completion_common(&c);
		c.word[0][common] = '\0';
		if (common > have && el_insertstr(el, c.word[0] + have) == 0)
			how = CC_REFRESH;
		if (c.n == 1 && (common == 0 ||
		    c.word[0][common - 1] != '/')) {
			if (el_insertstr(el, " ") == 0)
				how = CC_REFRESH;
		} else if (common == have) {
			completion_fini(&c);
			if (complete(s, &c) == 0)
				list(s, &c);
			how = CC_REDISPLAY;
		}
	}
	completion_fini(&c);
	return how;
}

static unsigned char
on_question(EditLine *el, int ch)
{
	struct completion c;
	struct shell *s;

	(void)ch;
	el_get(el, EL_CLIENTDATA, &s);
	if (complete(s, &c) == 0) {
		list(s, &c);
		if (c.n == 0 && c.argname != NULL)
			fprintf(s->n->out, "  %s\n", c.argname);
		if (c.end)
			fprintf(s->n->out, "  <cr>\n");
		fflush(s->n->out);
	}
	completion_fini(&c);
	return CC_REDISPLAY;
}

static bool
ask(void *arg, const char *question)
{
	struct shell *s = arg;
	char answer[16];

	fprintf(s->n->out, "%s [y/N] ", question);
	fflush(s->n->out);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	return *answer == 'y' || *answer == 'Y';
}

static char *
prompt(EditLine *el)
{
	static char text[] = "natd> ";

	(void)el;
	return text;
}

static int
start(struct shell *s)
{
	HistEvent ev;

	s->el = el_init("natctl", stdin, s->n->out, s->n->err);
	s->history = history_init();
	if (s->el == NULL || s->history == NULL)
		return -ENOMEM;
	history(s->history, &ev, H_SETSIZE, HISTORY_MAX);
	history(s->history, &ev, H_SETUNIQUE, 1);
	el_set(s->el, EL_CLIENTDATA, s);
	el_set(s->el, EL_PROMPT, prompt);
	el_set(s->el, EL_EDITOR, "emacs");
	el_set(s->el, EL_SIGNAL, 1);
	el_set(s->el, EL_HIST, history, s->history);
	el_set(s->el, EL_ADDFN, "natd-complete", "complete", on_tab);
	el_set(s->el, EL_ADDFN, "natd-help", "explain", on_question);
	el_set(s->el, EL_BIND, "^I", "natd-complete", NULL);
	el_set(s->el, EL_BIND, "?", "natd-help", NULL);
	el_source(s->el, NULL);
	return 0;
}

static void
greet(struct shell *s)
{
	const json_t *g;
	int error;

	s->n->o = s->o;
	s->n->wait.ms = PATIENCE;
	error = natctl_connect(s->n);
	s->n->wait.ms = 0;
	if (error != 0) {
		fprintf(s->n->out, "Type ? for help.\n");
		return;
	}
	g = client_greeting(s->n->client);
	fprintf(s->n->out, "natd %s, revision %llu, %llu states%s. "
	    "Type ? for help.\n",
	    json_string_value(json_object_get(g, "natd")),
	    natctl_number(g, "revision"), natctl_number(g, "states"),
	    json_is_true(json_object_get(g, "readonly")) ?
	    " (read-only)" : "");
}

int
shell_run(struct natctl *n, const struct options *o)
{
	struct shell s = { .n = n, .o = o };
	const char *line;
	HistEvent ev;
	int len;

	if (start(&s) != 0) {
		fprintf(n->err, "natctl: the terminal cannot be used\n");
		return 1;
	}
	n->ask = ask;
	n->ask_arg = &s;
	n->wait.stop = stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	greet(&s);
	while ((line = el_gets(s.el, &len)) != NULL && len > 0) {
		if (line[strspn(line, " \t\r\n")] == '\0')
			continue;
		history(s.history, &ev, H_ENTER, line);
		if (run_line(n, o, line) == -1)
			break;
		fflush(n->out);
	}
	if (line == NULL)
		putc('\n', n->out);
	history_end(s.history);
	el_end(s.el);
	close(stop_fd);
	n->wait.stop = stop_fd = -1;
	n->ask = NULL;
	n->ask_arg = NULL;
	return 0;
}
