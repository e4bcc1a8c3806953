/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the daemon.
 */
#define SUITES(X) \
	X(control) \
	X(memory) \
	X(request) \
	X(replay) \
	X(workers) \
	/* end */

#include "tests/suite.h"
