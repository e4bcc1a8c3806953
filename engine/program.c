/* SPDX-License-Identifier: ISC */
/*
 * Reading a program's parts.
 */
#include "engine/program.h"

#include "engine/progmem.h"
#include "engine/tabhits.h"

#include <stdlib.h>

uint32_t
program_nrules(const struct program *pg)
{
	return pg->rules.n;
}

bool
program_chances(const struct program *pg)
{
	return pg->chances;
}

bool
program_tags(const struct program *pg)
{
	return pg->tags;
}

const struct prule *
program_rule(const struct program *pg, uint32_t i)
{
	return prog_rules(pg) + i;
}

struct prule *
program_rule_mut(struct program *pg, uint32_t i)
{
	return (struct prule *)((char *)pg + pg->rules.off) + i;
}

const struct ppool *
program_pool(const struct program *pg, uint32_t i)
{
	return (const struct ppool *)PROG_AT(pg, pg->pools.off) + i;
}

const struct ppool_addr *
program_pool_addr(const struct program *pg, uint32_t i)
{
	return (const struct ppool_addr *)PROG_AT(pg, pg->pool_addrs.off) + i;
}

const struct prog_options *
program_options(const struct program *pg)
{
	return &pg->options;
}

const uint32_t *
program_timeouts(const struct program *pg, uint32_t set)
{
	if (set == 0)
		return pg->options.timeout;
	return (const uint32_t *)PROG_AT(pg, pg->timeouts.off) +
	    (set - 1) * TM_MAX;
}

const char *
program_str(const struct program *pg, uint32_t off)
{
	return (const char *)PROG_AT(pg, pg->strings.off) + off;
}

void
program_free(struct program *pg)
{
	if (pg != NULL)
		tabhits_free(pg->hits);
	free(pg);
}
