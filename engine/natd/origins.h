/* SPDX-License-Identifier: ISC */
/*
 * Where rules stand in the files of people: file and line travel beside a
 * text, and stay with its rules when it is put into force again.
 */
#ifndef ENGINE_NATD_ORIGINS_H
#define ENGINE_NATD_ORIGINS_H

struct load;
struct revision;
struct ruleset;

/*
 * origins_set() - A text's rules stand where the load says
 * @rev: holds the name of the file from now on
 * @rs: the text alone, without what comes from elsewhere
 */
void origins_set(struct load *, struct revision *rev, const struct ruleset *rs);

/*
 * origins_keep() - Rules that are in force already stand where they stood
 * @from: what is in force, NULL: nothing
 *
 * Return: 0 or -ENOMEM.
 */
int origins_keep(const struct revision *from, struct ruleset *rs);

#endif
