/* SPDX-License-Identifier: ISC */
/*
 * The engine as control sees it: making it, what is in force, counters.
 *
 * Each change of program, interfaces, tables or the enabled bit makes a new
 * struct inforce and publishes it.  The one before is retired: control notes
 * every worker's epoch behind the publication, and frees it, at a later
 * change, when each of those was even (the worker was outside) or is another
 * number by now.  Both sides use sequentially consistent accesses, so a worker
 * that was seen outside cannot have read the old pointer.
 */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core.h"
#include "engine/ifbind.h"
#include "engine/ifchange.h"
#include "engine/reass.h"
#include "engine/record.h"
#include "engine/registry.h"
#include "engine/tabhits.h"
#include "engine/scrub.h"
#include "engine/srcnode.h"
#include "engine/sticky.h"
#include "engine/wheel.h"
#include "engine/worker.h"

#define MADE_MAX 256	      /* if the caller says nothing */
#define REASS_BYTES (8 << 20)
#define REASS_PER_SOURCE 256

static struct inforce *
force_copy(const struct engine *e)
{
	struct inforce *f = calloc(1, sizeof(*f));

	if (f != NULL) {
		f->prog = e->force->prog;
		f->ifs = e->force->ifs;
		f->tables = e->force->tables;
		f->enabled = e->force->enabled;
		f->ifchange = e->force->ifchange;
		f->loosen = e->force->loosen;
	}
	return f;
}

/* Have all workers dealt with the last change of interfaces? */
static bool
ifchange_done(const struct engine *e)
{
	unsigned i;

	for (i = 0; i < e->cfg.nworkers; i++)
		if (__atomic_load_n(&e->worker[i]->ifseen, __ATOMIC_RELAXED) !=
		    e->force->ifchange)
			return false;
	return true;
}

/* force_new() - What is in force, to be changed; its lost addresses too. */
static struct inforce *
force_new(const struct engine *e, struct ifset *ifs)
{
	struct inforce *f = force_copy(e);

	if (f == NULL)
		return NULL;
	f->gone = ifchange_gone(ifs != f->ifs ? f->ifs : NULL, ifs,
	    ifchange_done(e) ? NULL : e->force->gone);
	if (f->gone == NULL) {
		free(f);
		return NULL;
	}
	if (ifs != f->ifs)
		f->ifchange++;
	f->ifs = ifs;
	return f;
}

static void
force_free(struct inforce *f)
{
	ifbind_free(f->bind);
	free(f->gone);
	free(f);
}

static void
note_epochs(const struct engine *e, uint64_t *seen)
{
	unsigned i;

	for (i = 0; i < e->cfg.nworkers; i++)
		seen[i] = __atomic_load_n(&e->worker[i]->epoch,
		    __ATOMIC_SEQ_CST);
}

/* Has every worker been outside since these were noted? */
static bool
been_outside(const struct engine *e, const uint64_t *seen)
{
	unsigned i;

	for (i = 0; i < e->cfg.nworkers; i++)
		if (seen[i] & 1 && __atomic_load_n(&e->worker[i]->epoch,
		    __ATOMIC_SEQ_CST) == seen[i])
			return false;
	return true;
}

static void
reclaim(struct engine *e)
{
	struct inforce **p = &e->retired, *f;

	while ((f = *p) != NULL) {
		if (been_outside(e, f->seen)) {
			*p = f->next;
			force_free(f);
		} else {
			p = &f->next;
		}
	}
}

static void
retire(struct engine *e, struct inforce *f)
{
	note_epochs(e, f->seen);
	f->next = e->retired;
	e->retired = f;
	reclaim(e);
}

/*
 * publish() - Bind and put into force
 * Return: 0, or -ENOMEM: nothing has changed, and @f is gone.
 */
static int
publish(struct engine *e, struct inforce *f)
{
	struct inforce *old = e->force;

	if (f->prog != NULL && f->ifs != NULL &&
	    ifbind_new(f->prog, f->ifs, &f->bind) != 0) {
		force_free(f);
		return -ENOMEM;
	}
	__atomic_store_n(&e->force, f, __ATOMIC_SEQ_CST);
	if (f->ifchange != old->ifchange)
		ifchange_leave(e->arena, f->ifs, f->gone);
	retire(e, old);
	return 0;
}

static int
new_workers(struct engine *e)
{
	unsigned i;
	int error;

	for (i = 0; i < e->cfg.nworkers; i++)
		if ((error = worker_new(e, i, &e->worker[i])) != 0)
			return error;
	for (i = 0; i < e->cfg.nworkers; i++)
		wheel_adopt(e->worker[i]->wheel, e->cfg.nworkers, e->cfg.now);
	record_recount(e->worker[0]);
	return 0;
}

static int
new_reass(struct engine *e)
{
	struct reass_config rc = {
		.datagrams = ENGINE_FRAGS_MAX,
		.bytes = REASS_BYTES,
		.per_source = REASS_PER_SOURCE,
	};
	struct random rnd;
	size_t size = reass_size(&rc);

	random_init(&rnd, e->cfg.key, RANDOM_REASS);
	rc.key[0] = random_u64(&rnd);
	rc.key[1] = random_u64(&rnd);
	if ((e->reass_mem = aligned_alloc(64, (size + 63) & ~(size_t)63)) ==
	    NULL)
		return -ENOMEM;
	e->reass = reass_init(e->reass_mem, &rc);
	return 0;
}

static int
new_sources(struct engine *e)
{
	struct random hash;

	random_init(&hash, e->cfg.key, RANDOM_SOURCES);
	if ((e->sources = srcnodes_new(&hash)) == NULL)
		return -ENOMEM;
	return sticky_adopt(e);
}

int
engine_new(const struct engine_config *cfg, struct engine **out)
{
	struct engine *e;

	if (cfg->arena == NULL || cfg->nworkers == 0 ||
	    cfg->nworkers > WORKERS_MAX)
		return -EINVAL;
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return -ENOMEM;
	e->cfg = *cfg;
	if (e->cfg.made_max == 0)
		e->cfg.made_max = MADE_MAX;
	if (e->cfg.new_budget == 0)
		e->cfg.new_budget = BURST_MAX;
	e->arena = cfg->arena;
	ports_init(&e->ports, cfg->key);
	random_init(&e->ranges, cfg->key, RANDOM_RANGES);
	random_init(&e->pools, cfg->key, RANDOM_POOLS);
	if ((e->force = calloc(1, sizeof(*e->force))) != NULL)
		e->force->gone = ifchange_left(e->arena);
	e->nrows = e->arena->header->row_max;
	e->actions = calloc(e->nrows, sizeof(*e->actions));
	if (e->force == NULL || e->force->gone == NULL || e->actions == NULL ||
	    new_reass(e) != 0 || new_sources(e) != 0 || new_workers(e) != 0) {
		engine_free(e);
		return -ENOMEM;
	}
	e->force->enabled = true;
	/* states of an earlier process may have what is gone since */
	e->force->ifchange = 1;
	*out = e;
	return 0;
}

void
engine_free(struct engine *e)
{
	struct inforce *f;
	unsigned i;

	if (e == NULL)
		return;
	for (i = 0; i < e->cfg.nworkers; i++)
		worker_free(e->worker[i]);
	while ((f = e->retired) != NULL) {
		e->retired = f->next;
		force_free(f);
	}
	if (e->force != NULL)
		force_free(e->force);
	if (e->reass != NULL)
		reass_fini(e->reass);
	srcnodes_free(e->sources);
	free(e->reass_mem);
	free(e->actions);
	free(e);
}

/* Give back the rows of a program's first @n rules. */
static void
unbind_rows(struct engine *e, struct program *pg, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		registry_unref(e->arena, program_rule(pg, i)->row);
}

static int
bind_row(struct engine *e, struct program *pg, struct prule *r)
{
	int error;

	error = registry_add(e->arena, r->id, program_str(pg, r->text),
	    &r->row);
	if (error != 0)
		return error;
	registry_set_max(e->arena, r->row, r->max_states);
	action_bind(e, r);
	if (r->timeouts == 0)
		return 0;
	error = registry_set_timeouts(e->arena, r->row,
	    program_timeouts(pg, r->timeouts), TM_MAX);
	if (error != 0)
		registry_unref(e->arena, r->row);
	return error;
}

uint32_t
engine_rows(const struct program *pg)
{
	const struct prule *r;
	uint32_t i, n = 0;

	for (i = 0; i < program_nrules(pg); i++) {
		r = program_rule(pg, i);
		n += 1 + (uint32_t)strlen(program_str(pg, r->text)) / ROW_TEXT;
		n += r->timeouts != 0 ? 2 : 0;
	}
	return n;
}

/* Sets that states of an earlier process have left. */
static void
bind_sets(struct engine *e)
{
	uint32_t row;

	for (row = 0; row < e->nrows; row++)
		if (registry_kind(e->arena, row) == ROW_SET)
			action_bind_set(e, row);
}

static int
bind_rows(struct engine *e, struct program *pg)
{
	uint32_t i;
	int error;

	for (i = 0; i < program_nrules(pg); i++)
		if ((error = bind_row(e, pg, program_rule_mut(pg, i))) != 0) {
			unbind_rows(e, pg, i);
			return error;
		}
	bind_sets(e);
	if ((error = tabhits_bind(pg)) != 0)
		unbind_rows(e, pg, program_nrules(pg));
	return error;
}

/* The limit of source nodes that a program has. */
static int
limit_sources(struct engine *e, const struct program *pg)
{
	return srcnodes_set_limit(e->sources, pg == NULL ? SRCNODES_USUAL :
	    program_options(pg)->limit_srcnodes);
}

/* What a program needs before it is in force. */
static int
bind_program(struct engine *e, struct program *pg)
{
	int error;

	if ((error = bind_rows(e, pg)) != 0)
		return error;
	if ((error = limit_sources(e, pg)) != 0)
		unbind_rows(e, pg, program_nrules(pg));
	return error;
}

/* It does not come into force; the limit before has its room already. */
static void
unbind_program(struct engine *e, struct program *pg)
{
	unbind_rows(e, pg, program_nrules(pg));
	(void)limit_sources(e, e->force->prog);
}

void
engine_collect(struct engine *e)
{
	reclaim(e);
	if (e->retired != NULL || !been_outside(e, e->collected))
		return;
	registry_collect(e->arena);
	note_epochs(e, e->collected);
}

int
engine_set_rules(struct engine *e, struct program *pg, struct ifset *ifs,
    struct program **old, struct ifset **old_ifs)
{
	struct program *before = e->force->prog;
	struct ifset *ifs_before = e->force->ifs;
	struct inforce *f;
	int error;

	engine_collect(e);
	if ((f = force_new(e, ifs)) == NULL)
		return -ENOMEM;
	f->prog = pg;
	if (pg != NULL && (error = bind_program(e, pg)) != 0) {
		force_free(f);
		return error;
	}
	if ((error = publish(e, f)) != 0) {
		if (pg != NULL)
			unbind_program(e, pg);
		return error;
	}
	if (pg != NULL) {
		arena_set_limit(e->arena,
		    program_options(pg)->limit_states);
		reass_set_limit(e->reass, program_options(pg)->limit_frags);
	}
	if (before != NULL)
		unbind_rows(e, before, program_nrules(before));
	if (old != NULL)
		*old = before;
	if (old_ifs != NULL)
		*old_ifs = ifs_before;
	return 0;
}

int
engine_set_ifset(struct engine *e, struct ifset *ifs, struct ifset **old)
{
	struct ifset *before = e->force->ifs;
	struct inforce *f;
	int error = -ENOMEM;

	if ((f = force_new(e, ifs)) != NULL)
		error = publish(e, f);
	if (error == 0 && old != NULL)
		*old = before;
	return error;
}

int
engine_set_tables(struct engine *e, struct table_set *ts,
    struct table_set **old)
{
	struct table_set *before = e->force->tables;
	struct inforce *f;
	int error = -ENOMEM;

	if ((f = force_new(e, e->force->ifs)) != NULL) {
		f->tables = ts;
		error = publish(e, f);
	}
	if (error == 0 && old != NULL)
		*old = before;
	return error;
}

int
engine_set_enabled(struct engine *e, bool enabled)
{
	struct inforce *f;

	if ((f = force_new(e, e->force->ifs)) == NULL)
		return -ENOMEM;
	f->enabled = enabled;
	f->loosen = ++f->ifchange;
	return publish(e, f);
}

bool
engine_enabled(const struct engine *e)
{
	return e->force->enabled;
}

bool
engine_forget(struct engine *e, uint32_t ref)
{
	return srcnode_kill(e->sources, ref);
}

struct worker *
engine_worker(struct engine *e, unsigned i)
{
	return i < e->cfg.nworkers ? e->worker[i] : NULL;
}

uint32_t
engine_frags(const struct engine *e)
{
	uint32_t n;
	uint64_t bytes;

	reass_used(e->reass, &n, &bytes);
	return n;
}
