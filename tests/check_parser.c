/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the scanner and the grammar.
 */
#define SUITES(X) \
	/* end */

#include "tests/suite.h"
