/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the daemon.
 */
#define SUITES(X) \
	X(request) \
	X(replay) \
	/* end */

#include "tests/suite.h"
