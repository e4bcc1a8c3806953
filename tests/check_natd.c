/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the daemon.
 */
#define SUITES(X) \
	/* end */

#include "tests/suite.h"
