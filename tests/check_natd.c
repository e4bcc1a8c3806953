/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the daemon.
 */
#define SUITES(X) \
	X(control) \
	X(hurry) \
	X(memory) \
	X(request) \
	X(replay) \
	X(workers) \
	/* end */

#include "tests/suite.h"
