/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: rulesets and packets through the whole engine.
 */
#define SUITES(X) \
	X(flow) \
	X(icmperr) \
	X(flowtime) \
	/* end */

#include "tests/suite.h"
