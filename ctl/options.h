/* SPDX-License-Identifier: ISC */
/*
 * natctl's flags, modifiers and commands: one table.
 *
 * Usage text, shell completion files, the interactive shell's help and TAB,
 * and the reading of the command line itself all come from it, so they cannot
 * drift apart.  Nothing here prints by itself or exits.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "parser/load.h"
#include "rules/rule.h"

/* What a row of the table names. */
enum cmdword_kind {
	CW_FLAG,		/* -X; the name is the letter */
	CW_LONG,		/* --name */
	CW_SHOW,		/* modifier of -s and `show' */
	CW_FLUSH,		/* of -F and `flush' */
	CW_TABLE,		/* of -T and `table NAME' */
	CW_OPTIMIZER,		/* of -o */
	CW_DEBUG,		/* of -x and `debug' */
	CW_KILL,		/* first word behind -k and `kill' */
	CW_CMD,		/* first word of a line of the shell */
	CW_KIND_MAX
};

/* What follows a word; completion offers names of that kind. */
enum cmdword_arg {
	ARG_NONE,
	ARG_TEXT,		/* nothing to offer */
	ARG_FILE,
	ARG_SOCKET,
	ARG_IFACE,
	ARG_TABLE,		/* a table, in the shell then a CW_TABLE */
	ARG_LABEL,
	ARG_ANCHOR,
	ARG_ADDRESS,
	ARG_FILTER,		/* a filter expression (ctl/filter.h) */
	ARG_SHOW,		/* a CW_SHOW, and so on */
	ARG_FLUSH,
	ARG_TCMD,
	ARG_OPTIMIZER,
	ARG_DEBUG,
	ARG_KILL,
	ARG_MAX
};

/* Values of the rows, unique within their kind. */
enum show_what {
	SHOW_NONE, SHOW_RULES, SHOW_NAT, SHOW_STATES, SHOW_INFO, SHOW_LABELS,
	SHOW_TIMEOUTS, SHOW_MEMORY, SHOW_TABLES, SHOW_INTERFACES, SHOW_ANCHORS,
	SHOW_QUEUE, SHOW_SOURCES, SHOW_ETHERNET, SHOW_RUNNING, SHOW_OSFP,
	SHOW_ALL, SHOW_MAX
};

enum flush_what {
	FLUSH_NONE, FLUSH_RULES, FLUSH_NAT, FLUSH_STATES, FLUSH_INFO,
	FLUSH_TABLES, FLUSH_QUEUE, FLUSH_SOURCES, FLUSH_ETHERNET, FLUSH_OSFP,
	FLUSH_RESET, FLUSH_ALL, FLUSH_MAX
};

enum table_cmd {
	TCMD_NONE, TCMD_SHOW, TCMD_ADD, TCMD_DELETE, TCMD_REPLACE, TCMD_FLUSH,
	TCMD_TEST, TCMD_KILL, TCMD_ZERO, TCMD_EXPIRE, TCMD_MAX
};

enum kill_what {
	KILL_NONE, KILL_HOSTS, KILL_ID, KILL_LABEL, KILL_KEY, KILL_GATEWAY,
	KILL_FILTER		/* -k states -k FILTER */
};

enum shell_cmd {
	SH_SHOW = 1, SH_KILL, SH_LOAD, SH_CHECK, SH_FLUSH, SH_TABLE,
	SH_CONFIRM, SH_ENABLE, SH_DISABLE, SH_CLEAR, SH_DEBUG, SH_HELP,
	SH_QUIT
};

struct cmdword {
	uint8_t kind;		/* enum cmdword_kind */
	uint8_t arg;		/* enum cmdword_arg */
	int value;		/* of its kind's enum; flags: the letter */
	const char *name;
	const char *argname;	/* in usage: "FILE"; NULL: no argument */
	const char *help;	/* one line, no period */
	/*
	 * Why natd refuses it; NULL: it works.  Such a row is read, so that
	 * the answer is this text, and is not offered anywhere.
	 */
	const char *missing;
};

/* cmdword_next() - The rows of one kind in order; NULL starts and ends. */
const struct cmdword *cmdword_next(enum cmdword_kind, const struct cmdword *);

/*
 * cmdword_find() - The row that @name means: an exact name, else the only one
 * that begins with it; case counts
 * @ambiguous: set if several begin with it; may be NULL
 *
 * Return: the row, or NULL.
 */
const struct cmdword *cmdword_find(enum cmdword_kind, const char *name,
    bool *ambiguous);

/* cmdword_kind_of_arg() - The words that @arg asks for, or CW_KIND_MAX. */
enum cmdword_kind cmdword_kind_of_arg(enum cmdword_arg arg);

/* One natctl command line, or one line of the shell. */
struct options {
	const char *anchor;	/* -a */
	const char *file;	/* -f */
	const char *hosts;	/* -I */
	const char *iface;	/* -i */
	const char *socket;	/* -p */
	const char *table;	/* -t */
	struct load_define *defines;	/* -D */
	size_t ndefines;
	uint8_t show;		/* enum show_what */
	uint8_t flush;		/* enum flush_what */
	uint8_t tcmd;		/* enum table_cmd */
	uint8_t kill;		/* enum kill_what */
	const char *killarg[2];	/* -k; for KILL_FILTER the expression */
	const char *killsrc[2];	/* -K */
	const char *debug;	/* -x, the whole name of the level */
	int64_t rule;		/* -R; -1: all */
	int64_t rdomain;	/* -V; -1: all */
	int64_t confirm;	/* --confirm, s; 0: none */
	unsigned verbose;	/* number of -v */
	bool enable, disable;	/* -e, -d */
	bool detail;		/* -g */
	bool json;		/* -j */
	bool matches;		/* -M */
	bool merge;		/* -m */
	bool no_names;		/* -N */
	bool check;		/* -n */
	bool services;		/* -P */
	bool quiet;		/* -q */
	bool reverse;		/* -r */
	bool zero;		/* -z */
	bool recheck;		/* --recheck */
	bool force;		/* --force */
	bool confirmed;		/* `confirm' */
	bool help, version;
	bool ask;		/* the shell: ask before killing by filter */
	char **args;		/* what is left, nargs of them, then NULL */
	int nargs;
	char *joined;		/* owned: words of a shell line, joined */
};

/*
 * options_parse() - Read a command line
 * @o: filled; the caller ends it by options_fini() also after an error.  It
 *     points into @argv.
 * @argv: without the program's name; flags and other words may be mixed, "--"
 *     ends the flags
 * @err: a message for people, without the program's name
 *
 * Return: 0, or -EINVAL or -ENOMEM with a text in @err.
 */
#define OPTIONS_ERR_MAX 160
int options_parse(struct options *o, int argc, char **argv,
    char err[static OPTIONS_ERR_MAX]);
void options_fini(struct options *);

/*
 * options_anchor() - The path that -a means, "" for the main ruleset
 *
 * Return: whether it means all below that as well: NAME and a star.
 */
bool options_anchor(const struct options *,
    char path[static RULE_ANCHOR_PATH_MAX + 1]);

/* options_any() - Does it ask for anything to be done? */
bool options_any(const struct options *);

/*
 * options_command() - Carry words of the shell into the options they stand for
 * @o: as options_parse() left it: flags set, the words in args
 * @special: SH_HELP or SH_QUIT for these two, else 0
 *
 * `show states host X' becomes what `-s states "host X"' is, and so on.
 *
 * Return: 0, or -EINVAL or -ENOMEM with a text in @err.
 */
int options_command(struct options *o, int *special,
    char err[static OPTIONS_ERR_MAX]);

/* options_usage() - The text of -h. */
void options_usage(FILE *);

/* options_shell_help() - The commands of the shell, one line each. */
void options_shell_help(FILE *);

#endif
