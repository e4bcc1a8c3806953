/* SPDX-License-Identifier: ISC */
/*
 * Where rules stand in the files of people: file and line travel beside a
 * text, and stay with its rules when it is put into force again.
 */
#ifndef ENGINE_NATD_ORIGINS_H
#define ENGINE_NATD_ORIGINS_H

#include <jansson.h>

struct origins;		/* what a load says about its rules */
struct revision;
struct ruleset;

/*
 * origins_add() - Rows of the request "load": {"origins": ...}
 * @to: made with the first of them; origins_free() ends it
 * @rows: of rules of @file, see ctl/proto.h
 *
 * Return: 0, -EINVAL, -E2BIG or -ENOMEM.
 */
int origins_add(struct origins **to, const char *file, const json_t *rows);
void origins_free(struct origins *);

/*
 * origins_set() - A text's rules stand where the load says
 * @o: NULL: it says nothing
 * @rs: the text alone, without what comes from elsewhere; takes copies
 *
 * Return: 0 or -ENOMEM.
 */
int origins_set(const struct origins *o, const struct ruleset *rs);

/*
 * origins_keep() - Rules that are in force already stand where they stood
 * @from: what is in force, NULL: nothing
 *
 * Return: 0 or -ENOMEM.
 */
int origins_keep(const struct revision *from, struct ruleset *rs);

#endif
