/* SPDX-License-Identifier: ISC */
/*
 * natd's own file: what natd does with it at the start and on its command
 * line.  What goes wrong is said where an administrator looks: on the terminal,
 * with carets, or in the system's log.
 */
#ifndef NATD_START_H
#define NATD_START_H

struct load;
struct natd;

/*
 * start_rules() - Memory, workers, planes and the first ruleset
 *
 * A file that is no ruleset blocks everything until a good one is loaded;
 * what natd cannot run without ends it.
 */
void start_rules(struct natd *);

/* start_load() - The file as it stands, to be loaded; NULL: no memory. */
struct load *start_load(const struct natd *);

/* start_say() - What a load has to say. */
void start_say(const struct natd *, const struct load *);

/* natd -n, -b and -u; each returns an exit status. */
int start_check(struct natd *);
int start_shut(struct natd *);
int start_open(struct natd *);

#endif
