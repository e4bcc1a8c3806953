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
apply(const struct hooks *hk, const struct chains_can *can)
{
	struct nft_batch b;
	int error;

	if ((error = nft_begin(&b, HOOKS_TABLE)) != 0)
		return error;
	chains_replace(&b, hk, can);
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

int
hooks_set(const struct hooks *hk, enum hooks_kind *kind, char *why,
    size_t len)
{
	static const struct chains_can tries[] = {
		{ HOOKS_QUEUE, true }, { HOOKS_TARGET, true },
		{ HOOKS_QUEUE, false }, { HOOKS_TARGET, false },
	};
	int error = -ENOENT;
	size_t i;

	why[0] = '\0';
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]) && error == -ENOENT;
	    i++) {
		*kind = tries[i].kind;
		error = apply(hk, &tries[i]);
		if (error == 0 && !tries[i].tproxy)
			port_why(why, len, 0, "no tproxy in this kernel's "
			    "nf_tables: fragments over IPv6 are not forwarded%s",
			    hk->nsockets > 0 ? ", and nothing reaches the "
			    "socket of a divert-to" : "");
	}
	if (error == 0)
		return 0;
	*kind = HOOKS_NONE;
	return why_not(error, why, len);
}

int
hooks_clear(void)
{
	static const struct chains_can none = { HOOKS_NONE, false };

	return apply(NULL, &none);
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
