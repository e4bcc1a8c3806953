/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: the control protocol and natctl.
 */
#define SUITES(X) \
	/* end */

#include "tests/suite.h"
