/* SPDX-License-Identifier: ISC */
/*
 * Binding a program to interfaces: a bit matrix, and lists of prefixes.
 *
 * Dynamic address d has the prefixes from first[f][d] up to first[f][d + 1] of
 * family f's array; each keeps the interface's address beside its length.
 */
#include "engine/ifbind.h"

#include "engine/ifset.h"
#include "engine/progmem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct prefix {
	struct addr addr;
	uint8_t plen;
};

struct ifbind {
	uint64_t *rows;		/* [nifaces + 1][words] */
	uint32_t words;
	uint16_t nifaces;
	uint32_t *first[2];
	struct prefix *prefix[2];
	uint32_t nprefix[2], cap[2];
};

static unsigned
family(uint8_t af)
{
	return af == AF_INET ? 0 : 1;
}

static bool
cond_holds(const struct program *pg, const struct mif *c,
    const struct iface *i)
{
	bool is;

	switch (c->kind) {
	case COND_IF_WORD:
		is = i != NULL && iface_answers(i, program_str(pg, c->name));
		break;
	case COND_IF_ANY:
		is = i != NULL && (i->flags & IFACE_LOOPBACK) == 0;
		break;
	default:
		return true;
	}
	return is != c->neg;
}

static int
bind_rows(struct ifbind *b, const struct program *pg, const struct ifset *ifs)
{
	uint32_t c, i;

	b->nifaces = ifs->nifaces;
	b->words = pg->ifs.n / 64 + 1;
	b->rows = calloc((size_t)(b->nifaces + 1) * b->words, sizeof(*b->rows));
	if (b->rows == NULL)
		return -ENOMEM;
	for (i = 0; i <= b->nifaces; i++)
		for (c = 0; c < pg->ifs.n; c++)
			if (cond_holds(pg, prog_ifs(pg) + c,
			    i == 0 ? NULL : &ifs->ifaces[i]))
				b->rows[i * b->words + c / 64] |=
				    UINT64_C(1) << c % 64;
	return 0;
}

static int
prefix_add(struct ifbind *b, uint8_t af, const struct addr *a, unsigned plen)
{
	unsigned f = family(af);
	struct prefix *v;

	if (b->nprefix[f] == b->cap[f]) {
		b->cap[f] = b->cap[f] == 0 ? 16 : b->cap[f] * 2;
		v = reallocarray(b->prefix[f], b->cap[f], sizeof(*v));
		if (v == NULL)
			return -ENOMEM;
		b->prefix[f] = v;
	}
	v = &b->prefix[f][b->nprefix[f]++];
	v->addr = *a;
	v->plen = plen;
	return 0;
}

static bool
addr_linklocal(uint8_t af, const struct addr *a)
{
	return af == AF_INET6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* One address of an interface as a dynamic address with modifiers has it. */
static int
bind_addr(struct ifbind *b, const struct mifdyn *d, const struct ifaddr *ia)
{
	unsigned bits = addr_bits(ia->af);
	struct addr a = ia->addr;

	if (d->mods & DYN_NETWORK) {
		if (addr_linklocal(ia->af, &a))
			return 0;
		addr_apply_plen(&a, ia->plen);
		return prefix_add(b, ia->af, &a, ia->plen);
	}
	if (d->mods & DYN_BROADCAST) {
		if (ia->af != AF_INET || addr_is_zero(&ia->broadcast))
			return 0;
		a = ia->broadcast;
	}
	if (d->mods & DYN_PEER) {
		if (addr_is_zero(&ia->peer))
			return 0;
		a = ia->peer;
	}
	return prefix_add(b, ia->af, &a, d->plen < bits ? d->plen : bits);
}

/* All addresses of one interface; :0 takes the first of each family. */
static int
bind_iface(struct ifbind *b, const struct mifdyn *d, const struct ifset *ifs,
    const struct iface *i)
{
	bool had[2] = { false, false };
	const struct ifaddr *ia;
	uint32_t n, before;
	int error;

	for (n = 0; n < i->naddr; n++) {
		ia = &ifs->addrs[i->addr + n];
		if ((d->mods & DYN_NOALIAS) && had[family(ia->af)])
			continue;
		before = b->nprefix[family(ia->af)];
		if ((error = bind_addr(b, d, ia)) != 0)
			return error;
		if (b->nprefix[family(ia->af)] != before)
			had[family(ia->af)] = true;
	}
	return 0;
}

static int
bind_dyns(struct ifbind *b, const struct program *pg, const struct ifset *ifs)
{
	const struct mifdyn *d = prog_ifdyns(pg);
	uint32_t n = pg->ifdyns.n, i, j;
	const char *name;
	int error;

	for (i = 0; i < 2; i++)
		if ((b->first[i] = calloc(n + 1, sizeof(uint32_t))) == NULL)
			return -ENOMEM;
	for (i = 0; i < n; i++) {
		name = program_str(pg, d[i].name);
		for (j = 1; j <= ifs->nifaces; j++)
			if ((strcmp(name, "self") == 0 ||
			    iface_answers(&ifs->ifaces[j], name)) &&
			    (error = bind_iface(b, &d[i], ifs,
			    &ifs->ifaces[j])) != 0)
				return error;
		b->first[0][i + 1] = b->nprefix[0];
		b->first[1][i + 1] = b->nprefix[1];
	}
	return 0;
}

int
ifbind_new(const struct program *pg, const struct ifset *ifs,
    struct ifbind **out)
{
	struct ifbind *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return -ENOMEM;
	if (bind_rows(b, pg, ifs) != 0 || bind_dyns(b, pg, ifs) != 0) {
		ifbind_free(b);
		return -ENOMEM;
	}
	*out = b;
	return 0;
}

void
ifbind_free(struct ifbind *b)
{
	unsigned f;

	if (b == NULL)
		return;
	for (f = 0; f < 2; f++) {
		free(b->first[f]);
		free(b->prefix[f]);
	}
	free(b->rows);
	free(b);
}

const uint64_t *
ifbind_row(const struct ifbind *b, uint16_t ifidx)
{
	return b->rows + (size_t)(ifidx <= b->nifaces ? ifidx : 0) * b->words;
}

uint32_t
ifbind_dyn_count(const struct ifbind *b, uint32_t dyn, uint8_t af)
{
	const uint32_t *first = b->first[family(af)];

	return first[dyn + 1] - first[dyn];
}

void
ifbind_dyn_get(const struct ifbind *b, uint32_t dyn, uint8_t af, uint32_t n,
    struct addr *a, uint8_t *plen)
{
	const struct prefix *p;

	p = &b->prefix[family(af)][b->first[family(af)][dyn] + n];
	*a = p->addr;
	*plen = p->plen;
}

bool
ifbind_dyn_match(const struct ifbind *b, uint32_t dyn, uint8_t af,
    const struct addr *a)
{
	uint32_t f = family(af), i;

	for (i = b->first[f][dyn]; i < b->first[f][dyn + 1]; i++)
		if (addr_in_prefix(a, &b->prefix[f][i].addr,
		    b->prefix[f][i].plen))
			return true;
	return false;
}
