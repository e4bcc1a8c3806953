/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the scanner and the grammar, and all that begins with text.
 */
#define SUITES(X) \
	X(compile) \
	X(fields) \
	X(load) \
	X(warn) \
	/* end */

#include "tests/suite.h"
