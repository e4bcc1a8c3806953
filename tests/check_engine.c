/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the packet engine.
 */
#define SUITES(X) \
	X(table) \
	X(pdesc) \
	X(rewrite) \
	X(route) \
	X(reass) \
	X(reass_bounds) \
	X(emit) \
	X(registry) \
	X(hash) \
	X(cksum) \
	X(tcp) \
	X(statetab) \
	X(statetab_threads) \
	X(recover) \
	X(had) \
	X(wheel) \
	/* end */

#include "tests/suite.h"
