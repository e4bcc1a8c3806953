/* SPDX-License-Identifier: ISC */
/*
 * The interactive shell: natctl alone on a terminal.
 */
#ifndef CTL_SHELL_H
#define CTL_SHELL_H

#include <stddef.h>

struct natctl;
struct options;

/*
 * shell_run() - Read and carry out lines until quit or the end of input
 * @o: flags of the command line, which hold for every line
 *
 * Return: the exit status.
 */
int shell_run(struct natctl *, const struct options *o);

/*
 * shell_line() - Carry out one line
 *
 * "| count" at its end prints the number of lines instead of them.
 *
 * Return: the status of the command, or -1 for `quit'.
 */
int shell_line(struct natctl *, const struct options *o, const char *line);

#endif
