/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: meaning, printing and compiling of rulesets.
 */
#define SUITES(X) \
	/* end */

#include "tests/suite.h"
