/* SPDX-License-Identifier: ISC */
/*
 * What a ruleset asks of this very natd: interfaces, memory, tables.
 *
 * A refusal is a message at the place where the file asks for it.  Options and
 * interfaces of a text from the socket have none here: such a message is about
 * a name, "limit states" or "interface NAME", and natctl knows the place.
 */
#ifndef ENGINE_NATD_LOAD_CHECK_H
#define ENGINE_NATD_LOAD_CHECK_H

struct load;
struct natd;
struct revision;
struct ruleset;

/*
 * load_check_ifaces() - natd's own file says what they are, others must agree;
 * fills rev->ifaces
 * load_check_states() - The memory that was reserved
 * load_check_tables() - Those of the load's plan, with what their files hold
 *
 * load_check_hops() - Warn about next hops that are addresses of this host now,
 *	where the kernel routes; when the rules are in force
 *
 * Return: 0; -EINVAL, -ENOSPC: said in l->diag; -ENOMEM.
 */
int load_check_ifaces(const struct natd *, struct load *, struct revision *);
int load_check_states(const struct natd *, struct load *,
    const struct ruleset *);
int load_check_tables(const struct natd *, struct load *,
    const struct ruleset *);
void load_check_hops(const struct natd *, struct load *,
    const struct ruleset *);

#endif
