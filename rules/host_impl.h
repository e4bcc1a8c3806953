/* SPDX-License-Identifier: ISC */
/*
 * What the files of the host description share.
 */
#ifndef RULES_HOST_IMPL_H
#define RULES_HOST_IMPL_H

#include "rules/host.h"

struct zone;

struct host_name {
	const char *name;
	struct host_result *v;
	uint32_t n;
	struct host_name *next;
};

struct host_id {		/* user, group, protocol, service */
	const char *name;
	uint32_t id;
	uint8_t proto;		/* service: 6, 17, 132 */
	bool alias;
	struct host_id *next;
};

struct host {
	struct zone *zone;
	bool use_system;
	bool system_ifs_read;
	bool file_told;		/* a record of the file was an answer */

	struct host_if **file_ifs, **sys_ifs, **decl_ifs;
	uint32_t nfile_ifs, nsys_ifs, ndecl_ifs;
	const struct host_if **all;	/* the answer of host_ifs() */
	uint32_t nall;
	bool all_valid;

	struct host_name *names, *resolved;
	bool file_names;
	struct host_id *users, *groups, *services, *protos;
	struct host_id *users_tail, *groups_tail, *services_tail,
	    *protos_tail;
	uint8_t rtables[32];		/* bit set */
	bool file_rtables;
};

/* The system's part (host_sys.c); they add to the host or answer. */
void host_sys_ifs(struct host *);
int host_sys_resolve(struct host *, const char *name, struct host_name *);
bool host_sys_user(const char *name, uint32_t *uid);
bool host_sys_group(const char *name, uint32_t *gid);
int host_sys_service(const char *name);
const char *host_sys_service_name(struct host *, unsigned port,
    unsigned proto);
int host_sys_proto(const char *name);
/* host_sys_rtable() - Has table @n a name, a route, or a rule that leads to
 * it?  (host_rtable.c) */
bool host_sys_rtable(unsigned n);

struct host_if *host_if_add(struct host *, struct host_if ***v, uint32_t *n,
    const char *name);
struct host_addr *host_addr_add(struct host *, struct host_if *);
void host_group_add(struct host *, struct host_if *, const char *group);

#endif
