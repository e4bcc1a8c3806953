/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: data planes.
 */
#define SUITES(X) \
	X(vnet) \
	X(pcap_plane) \
	X(ethtool) \
	X(headwrite) \
	X(nfqueue) \
	X(sockdiag) \
	/* end */

#include "tests/suite.h"
