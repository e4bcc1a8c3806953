/* SPDX-License-Identifier: ISC */
/*
 * Writes the completion file of a shell from natctl's table of words.
 *
 *	gencomp bash|zsh|fish
 *
 * Runs while natd is built; it is not installed.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/options.h"

/* How to find names that only natd knows. */
static const struct {
	enum cmdword_arg arg;
	const char *what, *command;
} names[] = {
	{ ARG_TABLE, "tables", "natctl -s Tables 2>/dev/null | grep -v @" },
	{ ARG_IFACE, "interfaces", "natctl -s Interfaces 2>/dev/null" },
	{ ARG_LABEL, "labels",
	  "natctl -s labels 2>/dev/null | cut -d' ' -f1" },
	{ ARG_ANCHOR, "anchors",
	  "natctl -s Anchors -v 2>/dev/null | tr -d ' ' | grep -v '^_'" },
};
#define NNAMES (sizeof(names) / sizeof(names[0]))

static const char *
names_command(enum cmdword_arg arg)
{
	size_t i;

	for (i = 0; i < NNAMES; i++)
		if (names[i].arg == arg)
			return names[i].command;
	return NULL;
}

static const char *
names_what(enum cmdword_arg arg)
{
	size_t i;

	for (i = 0; i < NNAMES; i++)
		if (names[i].arg == arg)
			return names[i].what;
	return "";
}

/* The next row that works. */
static const struct cmdword *
next(enum cmdword_kind kind, const struct cmdword *w)
{
	do
		w = cmdword_next(kind, w);
	while (w != NULL && w->missing != NULL);
	return w;
}

static void
word_list(enum cmdword_kind kind)
{
	const struct cmdword *w = NULL;
	const char *blank = "";

	while ((w = next(kind, w)) != NULL) {
		printf("%s%s", blank, w->name);
		blank = " ";
	}
}

/* A help text within single quotes. */
static void
quoted(const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			printf("'\\''");
		else if (strchr(special, *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

/* bash: what completes an argument of this kind. */
static void
bash_action(enum cmdword_arg arg)
{
	enum cmdword_kind kind = cmdword_kind_of_arg(arg);
	const char *command = names_command(arg);

	if (kind != CW_KIND_MAX) {
		printf("COMPREPLY=($(compgen -W '");
		word_list(kind);
		printf("' -- \"$cur\"))");
	} else if (command != NULL) {
		printf("COMPREPLY=($(compgen -W \"$(%s)\" -- \"$cur\"))",
		    command);
	} else if (arg == ARG_FILE || arg == ARG_SOCKET) {
		printf("COMPREPLY=($(compgen -f -- \"$cur\"))");
	} else {
		printf("COMPREPLY=()");
	}
}

static void
bash_arms(enum cmdword_kind kind, const char *dashes)
{
	const struct cmdword *w = NULL;

	while ((w = next(kind, w)) != NULL) {
		if (w->arg == ARG_NONE || w->arg == ARG_FILTER)
			continue;
		printf("\t%s%s) ", dashes, w->name);
		bash_action(w->arg);
		printf("; return ;;\n");
	}
}

static void
bash(void)
{
	const struct cmdword *w = NULL;

	printf("# natctl: completion for bash; written by the build\n"
	    "_natctl() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	    "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	    "\tlocal before=${COMP_WORDS[COMP_CWORD-2]:-}\n"
	    "\t[ \"$COMP_CWORD\" -ge 2 ] || before=\n"
	    "\tif [ \"$before\" = table ]; then\n\t\t");
	bash_action(ARG_TCMD);
	printf("\n\t\treturn\n\tfi\n\tcase $prev in\n");
	bash_arms(CW_FLAG, "-");
	bash_arms(CW_LONG, "--");
	bash_arms(CW_CMD, "");
	/* -k KIND -k NAME; kill KIND NAME */
	bash_arms(CW_KILL, "");
	printf("\tesac\n\tif [ \"${cur#-}\" != \"$cur\" ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W '");
	while ((w = next(CW_FLAG, w)) != NULL)
		printf("-%s ", w->name);
	while ((w = next(CW_LONG, w)) != NULL)
		printf("--%s ", w->name);
	printf("' -- \"$cur\"))\n"
	    "\telif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W '");
	word_list(CW_CMD);
	printf("' -- \"$cur\"))\n\tfi\n}\ncomplete -F _natctl natctl\n");
}

/* zsh: the action behind the second colon of _arguments. */
static void
zsh_action(enum cmdword_arg arg)
{
	enum cmdword_kind kind = cmdword_kind_of_arg(arg);
	const struct cmdword *w = NULL;
	const char *command = names_command(arg);

	if (kind != CW_KIND_MAX) {
		printf("((");
		while ((w = next(kind, w)) != NULL) {
			printf("%s\\:\"", w->name);
			quoted(w->help, ":\"()[]");
			printf("\" ");
		}
		printf("))");
	} else if (command != NULL) {
		printf("_natctl_%s", names_what(arg));
	} else if (arg == ARG_FILE || arg == ARG_SOCKET) {
		printf("_files");
	} else {
		printf(" ");
	}
}

static void
zsh_functions(void)
{
	size_t i;

	for (i = 0; i < NNAMES; i++)
		printf("_natctl_%s() {\n\tlocal -a names\n"
		    "\tnames=(${(f)\"$(%s)\"})\n"
		    "\tcompadd -a names\n}\n", names[i].what,
		    names[i].command);
}

static void
zsh_flags(enum cmdword_kind kind, const char *dashes)
{
	const struct cmdword *w = NULL;

	while ((w = next(kind, w)) != NULL) {
		printf("\t'*%s%s[", dashes, w->name);
		quoted(w->help, "[]:");
		putchar(']');
		if (w->argname != NULL) {
			printf(":%s:", w->argname);
			zsh_action(w->arg);
		}
		printf("' \\\n");
	}
}

static void
zsh(void)
{
	const struct cmdword *w = NULL;

	printf("#compdef natctl\n"
	    "# natctl: completion for zsh; written by the build\n");
	zsh_functions();
	printf("_natctl_words() {\n\tcase $words[1] in\n");
	while ((w = next(CW_CMD, w)) != NULL) {
		if (w->arg == ARG_NONE)
			continue;
		printf("\t%s) _arguments '1:%s:", w->name, w->argname);
		zsh_action(w->arg);
		printf("'");
		if (w->arg == ARG_TABLE) {
			printf(" '2:COMMAND:");
			zsh_action(ARG_TCMD);
			printf("'");
		}
		if (w->arg == ARG_KILL)
			printf(" '2:NAME:{[[ $words[2] = label ]] && "
			    "_natctl_labels}'");
		printf(" ;;\n");
	}
	printf("\tesac\n}\n_natctl() {\n\tlocal state line\n"
	    "\ttypeset -A opt_args\n\t_arguments -C -s \\\n");
	zsh_flags(CW_FLAG, "-");
	zsh_flags(CW_LONG, "--");
	printf("\t'1:command:((");
	while ((w = next(CW_CMD, w)) != NULL) {
		printf("%s\\:\"", w->name);
		quoted(w->help, ":\"()[]");
		printf("\" ");
	}
	printf("))' \\\n\t'*::word:_natctl_words'\n}\n_natctl \"$@\"\n");
}

static void
fish_action(enum cmdword_arg arg)
{
	enum cmdword_kind kind = cmdword_kind_of_arg(arg);
	const char *command = names_command(arg);

	if (kind != CW_KIND_MAX) {
		printf(" -x -a '");
		word_list(kind);
		printf("'");
	} else if (command != NULL) {
		printf(" -x -a '(");
		quoted(command, "");
		printf(")'");
	} else if (arg == ARG_FILE || arg == ARG_SOCKET) {
		printf(" -r -F");
	} else if (arg != ARG_NONE) {
		printf(" -x");
	}
}

static void
fish_flags(enum cmdword_kind kind, const char *how)
{
	const struct cmdword *w = NULL;

	while ((w = next(kind, w)) != NULL) {
		printf("complete -c natctl %s %s", how, w->name);
		fish_action(w->arg);
		printf(" -d '");
		quoted(w->help, "");
		printf("'\n");
	}
}

/* @n words stand before the one that is begun, the last of them this one. */
static void
fish_behind(int n, const char *command, const char *word, enum cmdword_arg arg)
{
	printf("complete -c natctl -n '__fish_seen_subcommand_from %s; and "
	    "test (count (commandline -opc)) -eq %d", command, n);
	if (word != NULL)
		printf("; and test (commandline -opc)[-1] = %s", word);
	printf("'");
	fish_action(arg);
	printf("\n");
}

static void
fish(void)
{
	const struct cmdword *k = NULL;
	const struct cmdword *w = NULL;

	printf("# natctl: completion for fish; written by the build\n"
	    "complete -c natctl -f\n");
	fish_flags(CW_FLAG, "-s");
	fish_flags(CW_LONG, "-l");
	while ((w = next(CW_CMD, w)) != NULL) {
		printf("complete -c natctl -n __fish_use_subcommand -a %s "
		    "-d '", w->name);
		quoted(w->help, "");
		printf("'\n");
		if (w->arg == ARG_NONE)
			continue;
		fish_behind(2, w->name, NULL, w->arg);
		if (w->arg == ARG_TABLE)
			fish_behind(3, w->name, NULL, ARG_TCMD);
		while (w->arg == ARG_KILL && (k = next(CW_KILL, k)) != NULL)
			if (k->arg == ARG_LABEL)
				fish_behind(3, w->name, k->name, k->arg);
	}
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*write)(void);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(argv[1], shells[i].name) == 0) {
			shells[i].write();
			return fflush(stdout) == 0 ? 0 : 1;
		}
	fprintf(stderr, "usage: gencomp bash|zsh|fish\n");
	return 1;
}
