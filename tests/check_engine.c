/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the packet engine.
 */
#define SUITES(X) \
	/* end */

#include "tests/suite.h"
