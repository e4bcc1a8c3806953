/* SPDX-License-Identifier: ISC */
/*
 * Unit tests: rulesets and packets through the whole engine.
 */
#define SUITES(X) \
	X(flow) \
	X(icmperr) \
	X(answers) \
	X(sctp) \
	X(through) \
	X(hosttags) \
	X(flowtime) \
	X(flowsize) \
	X(ports) \
	X(pools) \
	X(writers) \
	X(slowway) \
	X(flowmany) \
	X(flowreplay) \
	X(damaged) \
	X(hostsocks) \
	X(neighbour) \
	X(ways) \
	X(sticky) \
	/* end */

#include "tests/suite.h"
