/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the control protocol and natctl.
 */
#define SUITES(X) \
	X(show_json) \
	/* end */

#include "tests/suite.h"
