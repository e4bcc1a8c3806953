/* SPDX-License-Identifier: ISC */
/*
 * Next hops of rules that stand in tables, where the kernel routes: it knows
 * what the tables hold, all the time.  Control's thread only.
 */
#ifndef ENGINE_NATD_HOPS_H
#define ENGINE_NATD_HOPS_H

#include <stdint.h>

struct natd;

/*
 * hops_follow() - A table has been edited, and is best not published yet: a
 * worker may choose any address that it finds there
 * @table: TABLE_NONE: any
 */
void hops_follow(struct natd *, uint32_t table);

/*
 * hops_adopt() - The next hops of states that an earlier process has left
 *
 * Their rules may be gone, and what natctl had put into tables is.  Before the
 * workers start.
 */
void hops_adopt(struct natd *);

/* hops_second() - Once a second: end next hops that nobody has any more. */
void hops_second(struct natd *);

/* hops_lost() - The kernel's tables are to be set anew: a load is to help. */
void hops_lost(struct natd *);

/*
 * hops_say() - Log what is too much; the names of tables are known now
 * hops_tell() - Tell it to who has loaded rules, or changed this table
 */
void hops_say(struct natd *);
void hops_tell(const struct natd *, uint32_t table,
    void (*tell)(void *arg, const char *text), void *arg);

#endif
