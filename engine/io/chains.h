/* SPDX-License-Identifier: ISC */
/*
 * natd's chains: which rules the hooks of the divert plane are made of.
 *
 * chains.c draws them; nft.h tells how a rule is written, hooks.h when which
 * ones come into force.
 */
#ifndef ENGINE_IO_CHAINS_H
#define ENGINE_IO_CHAINS_H

#include <stdbool.h>

#include "engine/io/hooks.h"

struct nft_batch;

/* What this kernel can do. */
struct chains_can {
	enum hooks_kind kind;
	bool tproxy;
};

/*
 * chains_replace() - Say that these chains stand instead of those there are
 * @hk: NULL: none, and no table
 * @keep: those there are have been drawn here, and stay with other rules: when
 *	a chain goes from its hook the kernel drops all that waits in queues
 */
void chains_replace(struct nft_batch *, const struct hooks *hk,
    const struct chains_can *, bool keep);

#endif
