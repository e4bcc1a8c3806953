/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: meaning, printing and compiling of rulesets.
 */
#define SUITES(X) \
	X(names) \
	/* end */

#include "tests/suite.h"
