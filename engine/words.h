/* SPDX-License-Identifier: ISC */
/*
 * Words of the language that mean the same in a plain rule (rules/rule.h) and
 * in a program (engine/program.h).
 */
#ifndef ENGINE_WORDS_H
#define ENGINE_WORDS_H

/* How a pool chooses among its addresses. */
enum pool_type {
	POOL_NONE = 0,		/* the one address, or that of the packet */
	POOL_BITMASK,		/* network part from the pool, host part kept */
	POOL_RANDOM,
	POOL_SRCHASH,		/* by the pool's key */
	POOL_ROUNDROBIN,
	POOL_LEASTSTATES,
};

/*
 * Timeouts, in the order of state options in a rule's print.  Seconds, but
 * states for adaptive.*.
 */
enum timeout {
	TM_TCP_FIRST,
	TM_TCP_OPENING,
	TM_TCP_ESTABLISHED,
	TM_TCP_CLOSING,
	TM_TCP_FINWAIT,
	TM_TCP_CLOSED,
	TM_UDP_FIRST,
	TM_UDP_SINGLE,
	TM_UDP_MULTIPLE,
	TM_ICMP_FIRST,
	TM_ICMP_ERROR,
	TM_OTHER_FIRST,
	TM_OTHER_SINGLE,
	TM_OTHER_MULTIPLE,
	TM_FRAG,		/* global only */
	TM_INTERVAL,		/* global only */
	TM_ADAPTIVE_START,
	TM_ADAPTIVE_END,
	TM_SRC_TRACK,
	TM_TCP_TSDIFF,
	TM_SCTP_FIRST,
	TM_SCTP_OPENING,
	TM_SCTP_ESTABLISHED,
	TM_SCTP_CLOSING,
	TM_SCTP_CLOSED,
	TM_MAX,
};

#endif
