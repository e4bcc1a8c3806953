/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the daemon.
 */
#define SUITES(X) \
	X(request) \
	/* end */

#include "tests/suite.h"
