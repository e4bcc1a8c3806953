/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the control protocol and natctl.
 */
#define SUITES(X) \
	X(show_json) \
	X(client) \
	X(complete) \
	X(filter) \
	X(natctl) \
	X(format) \
	X(options) \
	/* end */

#include "tests/suite.h"
