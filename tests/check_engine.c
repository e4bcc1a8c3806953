/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the packet engine.
 */
#define SUITES(X) \
	X(registry) \
	X(table) \
	/* end */

#include "tests/suite.h"
