/* SPDX-License-Identifier: ISC */
/*
 * Reading a command line.
 *
 * Flags and words may be mixed.  A flag's argument is the rest of its word or
 * the next word.  -k is the odd one: its first argument may say what kind of
 * thing the second names, or both are hosts.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/options.h"
#include "ctl/proto.h"
#include "rules/diag.h"

#define NAMES_MAX 64

/* One walk over a command line. */
struct reader {
	struct options *o;
	char **argv;
	int argc, i;
	char *rest;		/* of a cluster of flags behind the letter */
	const char *killkind;	/* first -k, if it is no host */
	unsigned nkill;
	char *err;
};

static int
fail(char *err, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

static int
fail(char *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, OPTIONS_ERR_MAX, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Names of a kind that work, of those that begin with @prefix. */
static size_t
names_of(enum cmdword_kind kind, const char *prefix, const char **v,
    size_t max)
{
	const struct cmdword *w = NULL;
	size_t n = 0;

	while (n < max && (w = cmdword_next(kind, w)) != NULL)
		if (w->missing == NULL &&
		    strncmp(w->name, prefix, strlen(prefix)) == 0)
			v[n++] = w->name;
	return n;
}

static void
list_names(char list[static OPTIONS_ERR_MAX], const char *const *names,
    size_t n)
{
	size_t i;

	*list = '\0';
	for (i = 0; i < n; i++) {
		strlcat(list, i > 0 ? ", " : "", OPTIONS_ERR_MAX);
		strlcat(list, names[i], OPTIONS_ERR_MAX);
	}
}

/* Find a word, with a message that says what there is. */
static int
pick(char *err, const char *what, enum cmdword_kind kind, const char *name,
    const struct cmdword **out)
{
	const char *names[NAMES_MAX], *like;
	const struct cmdword *w;
	char list[OPTIONS_ERR_MAX];
	bool ambiguous;
	size_t n;

	if ((w = cmdword_find(kind, name, &ambiguous)) != NULL) {
		if (w->missing != NULL)
			return fail(err, "%s %s: %s", what, w->name,
			    w->missing);
		*out = w;
		return 0;
	}
	n = names_of(kind, ambiguous ? name : "", names, NAMES_MAX);
	if (!ambiguous && (like = diag_suggest(name, names, n)) != NULL)
		return fail(err, "%s: \"%.40s\" is unknown; did you mean "
		    "\"%s\"?", what, name, like);
	list_names(list, names, n);
	return fail(err, "%s: \"%.20s\" is %s; there %s: %s", what, name,
	    ambiguous ? "ambiguous" : "unknown", ambiguous ? "are" : "is",
	    list);
}

static int
set_once(struct reader *r, const char *flag, const char **dst,
    const char *value)
{
	if (*dst != NULL)
		return fail(r->err, "-%s is given twice", flag);
	*dst = value;
	return 0;
}

static int
set_number(struct reader *r, const char *flag, const char *text, int64_t min,
    int64_t max, int64_t *out)
{
	const char *why;
	long long n;

	n = strtonum(text, min, max, &why);
	if (why != NULL)
		return fail(r->err, "-%s: \"%.30s\" is no number from %lld to "
		    "%lld", flag, text, (long long)min, (long long)max);
	*out = n;
	return 0;
}

static int
set_modifier(struct reader *r, const char *flag, enum cmdword_kind kind,
    const char *text, uint8_t *out)
{
	const struct cmdword *w;
	char what[8];

	snprintf(what, sizeof(what), "-%s", flag);
	if (*out != 0)
		return fail(r->err, "-%s is given twice", flag);
	if (pick(r->err, what, kind, text, &w) != 0)
		return -EINVAL;
	*out = (uint8_t)w->value;
	return 0;
}

/* -D NAME=VALUE, split at the last `='. */
static int
add_define(struct reader *r, char *text)
{
	struct load_define *v;
	char *eq = strrchr(text, '=');

	if (eq == NULL || eq == text)
		return fail(r->err, "-D: \"%.60s\" is not NAME=VALUE", text);
	v = reallocarray(r->o->defines, r->o->ndefines + 1, sizeof(*v));
	if (v == NULL)
		return -ENOMEM;
	*eq = '\0';
	r->o->defines = v;
	v[r->o->ndefines].name = text;
	v[r->o->ndefines++].value = eq + 1;
	return 0;
}

static int
add_kill(struct reader *r, char *text)
{
	struct options *o = r->o;
	const struct cmdword *w = NULL;

	if (r->nkill == 2)
		return fail(r->err, "-k is given more than twice");
	if (r->nkill++ == 0) {
		o->kill = KILL_HOSTS;
		while ((w = cmdword_next(CW_KILL, w)) != NULL)
			if (strcmp(w->name, text) == 0)
				break;
		if (w == NULL) {
			o->killarg[0] = text;
			return 0;
		}
		if (w->missing != NULL)
			return fail(r->err, "-k %s: %s", w->name, w->missing);
		o->kill = (uint8_t)w->value;
		r->killkind = w->name;
		return 0;
	}
	o->killarg[r->killkind != NULL ? 0 : 1] = text;
	return 0;
}

static int
add_kill_source(struct reader *r, const char *text)
{
	const char **v = r->o->killsrc;

	if (v[1] != NULL)
		return fail(r->err, "-K is given more than twice");
	v[v[0] != NULL] = text;
	return 0;
}

static int
set_optimizer(struct reader *r, const char *text)
{
	const struct cmdword *w;

	return pick(r->err, "-o", CW_OPTIMIZER, text, &w);
}

static int
set_debug(struct reader *r, const char *what, const char *text)
{
	const struct cmdword *w, *first = NULL;
	int error;

	if ((error = pick(r->err, what, CW_DEBUG, text, &w)) != 0)
		return error;
	/* classic names mean the first of the same value */
	while ((first = cmdword_next(CW_DEBUG, first))->value != w->value)
		continue;
	r->o->debug = first->name;
	return 0;
}

static int
flag_with(struct reader *r, const struct cmdword *w, char *text)
{
	struct options *o = r->o;

	switch (w->value) {
	case 'a':
		/* paths begin at the top */
		return set_once(r, w->name, &o->anchor,
		    text + strspn(text, "/"));
	case 'D':
		return add_define(r, text);
	case 'F':
		return set_modifier(r, w->name, CW_FLUSH, text, &o->flush);
	case 'f':
		return set_once(r, w->name, &o->file, text);
	case 'I':
		return set_once(r, w->name, &o->hosts, text);
	case 'i':
		return set_once(r, w->name, &o->iface, text);
	case 'K':
		return add_kill_source(r, text);
	case 'k':
		return add_kill(r, text);
	case 'o':
		return set_optimizer(r, text);
	case 'p':
		return set_once(r, w->name, &o->socket, text);
	case 'R':
		return set_number(r, w->name, text, 0, INT32_MAX,
		    &o->rule);
	case 's':
		return set_modifier(r, w->name, CW_SHOW, text, &o->show);
	case 'T':
		return set_modifier(r, w->name, CW_TABLE, text, &o->tcmd);
	case 't':
		return set_once(r, w->name, &o->table, text);
	case 'V':
		return set_number(r, w->name, text, 0, 255,
		    &o->rdomain);
	case 'C':
		return set_number(r, "-confirm", text, 1, PROTO_CONFIRM_MAX,
		    &o->confirm);
	default:
		return set_debug(r, "-x", text);
	}
}

static void
flag_alone(struct options *o, int letter)
{
	switch (letter) {
	case 'c':
		o->recheck = true;
		break;
	case 'Y':
		o->force = true;
		break;
	case 'd':
		o->disable = true;
		break;
	case 'e':
		o->enable = true;
		break;
	case 'g':
		o->detail = true;
		break;
	case 'h':
		o->help = true;
		break;
	case 'j':
		o->json = true;
		break;
	case 'M':
		o->matches = true;
		break;
	case 'm':
		o->merge = true;
		break;
	case 'N':
		o->no_names = true;
		break;
	case 'n':
		o->check = true;
		break;
	case 'P':
		o->services = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'r':
		o->reverse = true;
		break;
	case 'v':
		o->verbose++;
		break;
	case 'W':
		o->version = true;
		break;
	case 'z':
		o->zero = true;
		break;
	}
}

/* A flag without its value: what that could be, where it is one of few. */
static int
needs(struct reader *r, const struct cmdword *w)
{
	static const struct {
		uint8_t arg, kind;
	} lists[] = {
		{ ARG_SHOW, CW_SHOW }, { ARG_FLUSH, CW_FLUSH },
		{ ARG_TCMD, CW_TABLE },
	};
	const char *names[NAMES_MAX];
	char list[OPTIONS_ERR_MAX];
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (lists[i].arg == w->arg) {
			list_names(list, names, names_of(lists[i].kind, "",
			    names, NAMES_MAX));
			return fail(r->err, "-%s needs %s: %s", w->name,
			    w->argname, list);
		}
	return fail(r->err, "-%s needs %s", w->name, w->argname);
}

/* The letters of one word that began with `-'. */
static int
read_cluster(struct reader *r)
{
	const struct cmdword *w;
	char letter[2] = "", *text;
	int error;

	for (r->rest = r->argv[r->i] + 1; *r->rest != '\0';) {
		letter[0] = *r->rest++;
		if ((w = cmdword_find(CW_FLAG, letter, NULL)) == NULL)
			return fail(r->err, "unknown flag -%s; -h lists them",
			    letter);
		if (w->missing != NULL)
			return fail(r->err, "-%s: %s", letter, w->missing);
		if (w->argname == NULL) {
			flag_alone(r->o, w->value);
			continue;
		}
		text = *r->rest != '\0' ? r->rest : r->argv[++r->i];
		if (text == NULL)
			return needs(r, w);
		if ((error = flag_with(r, w, text)) != 0)
			return error;
		break;
	}
	return 0;
}

/* --name, --name=VALUE, --name VALUE */
static int
read_long(struct reader *r)
{
	char *name = r->argv[r->i] + 2, *text = strchr(name, '=');
	const struct cmdword *w;

	if (text != NULL)
		*text++ = '\0';
	if ((w = cmdword_find(CW_LONG, name, NULL)) == NULL)
		return fail(r->err, "unknown flag --%.40s; -h lists them",
		    name);
	if (w->argname == NULL) {
		if (text != NULL)
			return fail(r->err, "--%s takes no value", w->name);
		flag_alone(r->o, w->value);
		return 0;
	}
	if (text == NULL && (text = r->argv[++r->i]) == NULL)
		return fail(r->err, "--%s needs %s", w->name, w->argname);
	return flag_with(r, w, text);
}

static int
read_words(struct reader *r)
{
	bool flags = true;
	int error;
	char *a;

	for (; r->i < r->argc; r->i++) {
		a = r->argv[r->i];
		if (!flags || a[0] != '-' || a[1] == '\0') {
			r->o->args[r->o->nargs++] = a;
		} else if (strcmp(a, "--") == 0) {
			flags = false;
		} else {
			error = a[1] == '-' ? read_long(r) : read_cluster(r);
			if (error != 0)
				return error;
		}
	}
	return 0;
}

static int
check_table(const struct options *o, char *err)
{
	const char *why;

	if ((o->table == NULL) != (o->tcmd == TCMD_NONE))
		return fail(err, "-t TABLE and -T COMMAND go together");
	if (o->tcmd != TCMD_EXPIRE)
		return 0;
	if (o->nargs != 1)
		return fail(err, "-T expire needs a number of seconds");
	strtonum(o->args[0], 0, UINT32_MAX, &why);
	return why == NULL ? 0 : fail(err,
	    "-T expire: \"%.30s\" is no number of seconds", o->args[0]);
}

bool
options_anchor(const struct options *o,
    char path[static RULE_ANCHOR_PATH_MAX + 1])
{
	size_t len;

	strlcpy(path, o->anchor != NULL ? o->anchor : "",
	    RULE_ANCHOR_PATH_MAX + 1);
	len = strlen(path);
	if (strcmp(path, "*") != 0 && (len < 2 ||
	    strcmp(path + len - 2, "/*") != 0))
		return false;
	path[len > 1 ? len - 2 : 0] = '\0';
	return true;
}

/* A name of -a, and what may be done to what it means. */
static int
check_anchor(const struct options *o, char *err)
{
	const char *a = o->anchor;
	char path[RULE_ANCHOR_PATH_MAX + 1];

	if (a == NULL)
		return 0;
	if (strlen(a) > RULE_ANCHOR_PATH_MAX)
		return fail(err, "-a: the path is longer than %d bytes",
		    RULE_ANCHOR_PATH_MAX);
	if (options_anchor(o, path) && (o->file != NULL || o->tcmd != TCMD_NONE))
		return fail(err, "-f and -T are for one anchor: \"%.40s\" "
		    "means many", a);
	if ((o->file != NULL || o->flush != FLUSH_NONE) &&
	    o->tcmd == TCMD_NONE && (*a == '_' || strstr(a, "/_") != NULL))
		return fail(err, "anchor names beginning with '_' are "
		    "reserved: \"%.40s\" cannot be changed", a);
	return 0;
}

/* What does not go together. */
static int
check(const struct options *o, char *err)
{
	int error;

	if ((error = check_table(o, err)) != 0 ||
	    (error = check_anchor(o, err)) != 0)
		return error;
	if (o->kill != KILL_NONE && o->killarg[0] == NULL)
		return fail(err, "-k id, label, key, gateway, states need a second -k");
	if (o->enable && o->disable)
		return fail(err, "-e and -d exclude each other");
	if (o->file == NULL && (o->recheck || o->confirm > 0 || o->merge))
		return fail(err, "--recheck, --confirm and -m need -f");
	if (o->force && o->file == NULL && o->flush == FLUSH_NONE &&
	    !o->enable && !o->disable)
		return fail(err, "--force needs -f, -F, -d or -e");
	if (o->kill == KILL_NONE && (o->matches || o->rdomain >= 0))
		return fail(err, "-M and -V need -k");
	if (o->no_names && o->reverse)
		return fail(err, "-N and -r exclude each other");
	if (o->iface != NULL && o->kill == KILL_NONE &&
	    o->show != SHOW_STATES && o->show != SHOW_QUEUE &&
	    o->show != SHOW_INTERFACES && o->flush != FLUSH_STATES &&
	    o->flush != FLUSH_INFO)
		return fail(err, "-i needs -s states, queue or Interfaces, "
		    "-k, or -F states or info");
	if (o->rule >= 0 && o->show != SHOW_RULES && o->show != SHOW_LABELS &&
	    o->show != SHOW_STATES)
		return fail(err, "-R needs -s rules, states or labels");
	if (o->nargs > 0 && o->show != SHOW_NONE && o->tcmd == TCMD_NONE &&
	    o->show != SHOW_STATES)
		return fail(err, "\"%.40s\": only -s states takes a filter",
		    o->args[0]);
	if (o->nargs > 0 && options_any(o) && o->tcmd == TCMD_NONE &&
	    o->show == SHOW_NONE)
		return fail(err, "\"%.40s\": unexpected word", o->args[0]);
	if (o->nargs > 1 && o->show != SHOW_NONE && o->tcmd == TCMD_NONE)
		return fail(err, "a filter is one argument: put it in quotes");
	return 0;
}

int
options_parse(struct options *o, int argc, char **argv,
    char err[static OPTIONS_ERR_MAX])
{
	struct reader r = { .o = o, .argv = argv, .argc = argc, .err = err };
	int error;

	memset(o, 0, sizeof(*o));
	o->rule = o->rdomain = -1;
	*err = '\0';
	if ((o->args = calloc((size_t)argc + 1, sizeof(*o->args))) == NULL)
		error = -ENOMEM;
	else if ((error = read_words(&r)) == 0 &&
	    (options_any(o) || o->nargs == 0 || o->table != NULL))
		error = check(o, err);
	if (error == -ENOMEM)
		fail(err, "out of memory");
	return error;
}

void
options_fini(struct options *o)
{
	free(o->args);
	free(o->defines);
	free(o->joined);
	o->args = NULL;
	o->defines = NULL;
	o->joined = NULL;
}

bool
options_any(const struct options *o)
{
	return o->file != NULL || o->show != SHOW_NONE ||
	    o->flush != FLUSH_NONE || o->tcmd != TCMD_NONE ||
	    o->kill != KILL_NONE || o->killsrc[0] != NULL ||
	    o->debug != NULL || o->enable || o->disable || o->zero ||
	    o->confirmed || o->help || o->version;
}

/* Join words from @from on with blanks; NULL if there are none. */
static int
join(struct options *o, int from, const char **out)
{
	size_t len = 1;
	int i;

	*out = NULL;
	if (from >= o->nargs)
		return 0;
	for (i = from; i < o->nargs; i++)
		len += strlen(o->args[i]) + 1;
	if ((o->joined = malloc(len)) == NULL)
		return -ENOMEM;
	o->joined[0] = '\0';
	for (i = from; i < o->nargs; i++) {
		if (i > from)
			strlcat(o->joined, " ", len);
		strlcat(o->joined, o->args[i], len);
	}
	*out = o->joined;
	return 0;
}

/* Forget the first @n words. */
static void
shift(struct options *o, int n)
{
	o->nargs -= n;
	memmove(o->args, o->args + n,
	    ((size_t)o->nargs + 1) * sizeof(*o->args));
}

static int
command_show(struct options *o, char *err)
{
	const struct cmdword *w;
	const char *filter;
	int error;

	if (o->nargs < 2)
		return fail(err, "show what?  Type \"show ?\"");
	if ((error = pick(err, "show", CW_SHOW, o->args[1], &w)) != 0)
		return error;
	if (o->nargs > 2 && w->arg != ARG_FILTER)
		return fail(err, "show %s: unexpected \"%.40s\"", w->name,
		    o->args[2]);
	if ((error = join(o, 2, &filter)) != 0)
		return error;
	o->show = (uint8_t)w->value;
	shift(o, o->nargs);
	if (filter != NULL) {
		o->args[0] = o->joined;
		o->args[1] = NULL;
		o->nargs = 1;
	}
	return 0;
}

static int
command_kill(struct options *o, char *err)
{
	const struct cmdword *w;
	int error;

	if (o->nargs < 3)
		return fail(err, "kill what?  Type \"kill ?\"");
	if ((error = pick(err, "kill", CW_KILL, o->args[1], &w)) != 0)
		return error;
	if ((error = join(o, 2, &o->killarg[0])) != 0)
		return error;
	o->kill = (uint8_t)w->value;
	shift(o, o->nargs);
	return 0;
}

static int
command_table(struct options *o, char *err)
{
	const struct cmdword *w;
	int error;

	if (o->nargs < 3)
		return fail(err, "table NAME COMMAND: type \"table ?\"");
	if ((error = pick(err, "table", CW_TABLE, o->args[2], &w)) != 0)
		return error;
	o->table = o->args[1];
	o->tcmd = (uint8_t)w->value;
	shift(o, 3);
	return 0;
}

static int
command_file(struct options *o, const struct cmdword *w, char *err)
{
	if (o->nargs != 2)
		return fail(err, "%s needs one file name", w->name);
	o->file = o->args[1];
	o->check = w->value == SH_CHECK;
	shift(o, 2);
	return 0;
}

static int
command_flush(struct options *o, char *err)
{
	const struct cmdword *w;
	int error;

	if (o->nargs != 2)
		return fail(err, "flush what?  Type \"flush ?\"");
	if ((error = pick(err, "flush", CW_FLUSH, o->args[1], &w)) != 0)
		return error;
	o->flush = (uint8_t)w->value;
	shift(o, 2);
	return 0;
}

static int
command_debug(struct options *o, char *err)
{
	struct reader r = { .o = o, .err = err };

	if (o->nargs != 2)
		return fail(err, "debug needs a level");
	if (set_debug(&r, "debug", o->args[1]) != 0)
		return -EINVAL;
	shift(o, 2);
	return 0;
}

static int
command_word(struct options *o, const struct cmdword *w, int *special, char *err)
{
	if (o->nargs != 1)
		return fail(err, "%s: unexpected \"%.40s\"", w->name,
		    o->args[1]);
	shift(o, 1);
	if (w->value == SH_ENABLE)
		o->enable = true;
	else if (w->value == SH_DISABLE)
		o->disable = true;
	else if (w->value == SH_CLEAR)
		o->zero = true;
	else if (w->value == SH_CONFIRM)
		o->confirmed = true;
	else
		*special = w->value;
	return 0;
}

int
options_command(struct options *o, int *special,
    char err[static OPTIONS_ERR_MAX])
{
	const struct cmdword *w;
	int error;

	*special = 0;
	*err = '\0';
	if (o->nargs == 0)
		return fail(err, "no command");
	if (strpbrk(o->args[0], "./") != NULL)
		return fail(err, "\"%.60s\" is no command; -f loads a file",
		    o->args[0]);
	if (pick(err, "command", CW_CMD, o->args[0], &w) != 0)
		return -EINVAL;
	switch (w->value) {
	case SH_SHOW:
		error = command_show(o, err);
		break;
	case SH_KILL:
		error = command_kill(o, err);
		break;
	case SH_LOAD:
	case SH_CHECK:
		error = command_file(o, w, err);
		break;
	case SH_TABLE:
		error = command_table(o, err);
		break;
	case SH_FLUSH:
		error = command_flush(o, err);
		break;
	case SH_DEBUG:
		error = command_debug(o, err);
		break;
	default:
		error = command_word(o, w, special, err);
		break;
	}
	if (error == 0)
		error = check(o, err);
	if (error == -ENOMEM)
		fail(err, "out of memory");
	return error;
}
