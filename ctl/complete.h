/* SPDX-License-Identifier: ISC */
/*
 * What may stand at the end of a line of the shell.
 *
 * The words come from natctl's table and, where names of natd are wanted
 * (interfaces, tables, labels), from the caller.
 */
#ifndef CTL_COMPLETE_H
#define CTL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/options.h"

struct completion {
	char **word;		/* sorted as they come; owned */
	const char **help;	/* beside each; "" for a name */
	size_t n;
	size_t start;		/* where the word that is begun begins */
	bool end;		/* the line may also end here */
	enum cmdword_arg arg;	/* what is wanted, if it is no word */
	const char *argname;	/* what usage calls it; NULL: nothing */
};

/*
 * complete_line() - What may follow
 * @line: up to the cursor, @len bytes
 * @names: gives names: calls @add with @c for each of kind @arg (ARG_IFACE,
 *     ARG_TABLE, ARG_LABEL, ARG_ANCHOR); may be NULL
 *
 * File names are found here.
 *
 * Return: 0 or -ENOMEM; *out is the caller's to end by completion_fini() in
 * both cases.
 */
typedef void complete_names(void *ctx, enum cmdword_arg arg,
    void (*add)(struct completion *c, const char *name),
    struct completion *c);
int complete_line(const char *line, size_t len, complete_names *names,
    void *ctx, struct completion *out);
void completion_fini(struct completion *);

/* completion_common() - Bytes that all words have in common. */
size_t completion_common(const struct completion *);

#endif
