/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: data planes.
 */
#define SUITES(X) \
	X(vnet) \
	X(pcap_plane) \
	X(nfqueue) \
	/* end */

#include "tests/suite.h"
