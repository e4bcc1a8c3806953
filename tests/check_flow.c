/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: rulesets and packets through the whole engine.
 */
#define SUITES(X) \
	X(flow) \
	/* end */

#include "tests/suite.h"
