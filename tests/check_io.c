/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: data planes.
 */
#define SUITES(X) \
	/* end */

#include "tests/suite.h"
