/* SPDX-License-Identifier: ISC */
/*
 * What the kernel can do is found by trying: the best first.  chains.c draws
 * the rules, nft.c writes them.
 */
#include "engine/io/hooks.h"

#include <errno.h>
#include <string.h>

#include "engine/io/chains.h"
#include "engine/io/nft.h"
#include "engine/io/port.h"

static int
apply(const struct hooks *hk, const struct chains_can *can, bool keep)
{
	struct nft_batch b;
	int error;

	if ((error = nft_begin(&b, HOOKS_TABLE)) != 0)
		return error;
	chains_replace(&b, hk, can, keep);
	return nft_commit(&b);
}

static int
why_not(int error, char *why, size_t len)
{
	switch (error) {
	case -ENOENT:
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
		return port_why(why, len, -EOPNOTSUPP, "this kernel has "
		    "neither the queue expression of nf_tables (nft_queue) "
		    "nor the NFQUEUE target for it (nft_compat, xt_NFQUEUE)");
	case -EPERM:
		return port_why(why, len, error, "divert needs CAP_NET_ADMIN "
		    "to set its hooks");
	default:
		return port_why(why, len, error, "cannot set the hooks of "
		    "divert: %s", strerror(-error));
	}
}

/* -ENOENT is the kernel's word for an expression that it has not. */
static int
try_all(const struct hooks *hk, bool keep, const struct chains_can **did)
{
	static const struct chains_can tries[] = {
		{ HOOKS_QUEUE, true }, { HOOKS_TARGET, true },
		{ HOOKS_QUEUE, false }, { HOOKS_TARGET, false },
	};
	int error = -ENOENT;
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]) && error == -ENOENT;
	    i++) {
		*did = &tries[i];
		error = apply(hk, &tries[i], keep);
	}
	return error;
}

int
hooks_set(const struct hooks *hk, enum hooks_kind *kind, char *why,
    size_t len)
{
	const struct chains_can *did;
	int error = -ENOENT;

	why[0] = '\0';
	if (*kind != HOOKS_NONE)
		error = try_all(hk, true, &did);
	/* none yet, or somebody has laid hands on them */
	if (error != 0)
		error = try_all(hk, false, &did);
	if (error != 0)
		return why_not(error, why, len);
	*kind = did->kind;
	if (!did->tproxy)
		port_why(why, len, 0, "no tproxy in this kernel's "
		    "nf_tables: fragments over IPv6 are not forwarded%s",
		    hk->nsockets > 0 ? ", and nothing reaches the "
		    "socket of a divert-to" : "");
	return 0;
}

int
hooks_clear(void)
{
	static const struct chains_can none = { HOOKS_NONE, false };

	return apply(NULL, &none, false);
}

const char *
hooks_name(enum hooks_kind kind)
{
	static const char *const names[] = {
		[HOOKS_NONE] = "no hooks",
		[HOOKS_QUEUE] = "nftables queue",
		[HOOKS_TARGET] = "nftables with the NFQUEUE target",
	};

	return names[kind];
}
