/* SPDX-License-Identifier: ISC */
/*
 * The texts that people read about the words of natctl.
 */
#include "ctl/options.h"

static void
print_words(FILE *f, const char *title, const char *lead,
    enum cmdword_kind kind)
{
	const struct cmdword *w = NULL;
	char left[48];

	fprintf(f, "\n%s\n", title);
	while ((w = cmdword_next(kind, w)) != NULL) {
		if (w->missing != NULL)
			continue;
		snprintf(left, sizeof(left), "%s%s%s%s", lead, w->name,
		    w->argname != NULL ? " " : "",
		    w->argname != NULL ? w->argname : "");
		fprintf(f, "  %-20s %s\n", left, w->help);
	}
}

/* Flags of more than a letter go on below the others. */
static void
print_long(FILE *f)
{
	const struct cmdword *w = NULL;
	char left[48];

	while ((w = cmdword_next(CW_LONG, w)) != NULL) {
		snprintf(left, sizeof(left), "--%s%s%s", w->name,
		    w->argname != NULL ? " " : "",
		    w->argname != NULL ? w->argname : "");
		fprintf(f, "  %-20s %s\n", left, w->help);
	}
}

void
options_usage(FILE *f)
{
	fputs("usage: natctl [-f FILE] [-s WHAT [FILTER]] [FLAG...]\n"
	    "       natctl -t TABLE -T COMMAND [ADDRESS...]\n"
	    "       natctl COMMAND ...\n"
	    "       natctl            (on a terminal: the shell)\n", f);
	print_words(f, "Flags:", "-", CW_FLAG);
	print_long(f);
	print_words(f, "What -s shows (any beginning that is unique will do):",
	    "", CW_SHOW);
	print_words(f, "What -F flushes:", "", CW_FLUSH);
	print_words(f, "Commands of -T:", "", CW_TABLE);
	print_words(f, "Commands, here and in the shell:", "", CW_CMD);
	fputs("\nA filter: host, src, dst, net ADDRESS[/BITS]; port, src port,"
	    " dst port N[-M];\n  proto NAME, tcp, udp, icmp, inet, inet6, in,"
	    " out, iface NAME, state NAME,\n  label L, rule ID, nr N, id ID,"
	    " age, packets, bytes N (at least);\n  and, or, not, parentheses."
	    "  Example: 'tcp and not port 22'\n", f);
}

void
options_shell_help(FILE *f)
{
	const struct cmdword *w = NULL;
	char left[48];

	while ((w = cmdword_next(CW_CMD, w)) != NULL) {
		snprintf(left, sizeof(left), "%s%s%s", w->name,
		    w->argname != NULL ? " " : "",
		    w->argname != NULL ? w->argname : "");
		fprintf(f, "  %-34s %s\n", left, w->help);
	}
	fputs("  TAB completes, ? behind a word explains what may follow;\n"
	    "  -v, -vv, -j and other flags may stand anywhere in a line;\n"
	    "  \"| count\" at the end counts lines.\n", f);
}
