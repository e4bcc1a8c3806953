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
	X(registry) \
	X(statetab) \
	/* end */

#include "tests/suite.h"
