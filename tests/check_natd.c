/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the daemon.
 */
#define SUITES(X) \
	X(control) \
	X(request) \
	X(replay) \
	/* end */

#include "tests/suite.h"
