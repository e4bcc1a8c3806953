/* SPDX-License-Identifier: ISC */
/*
 * Reasons: what became of a packet, or why a state ended, each with a name
 * and a counter.
 *
 * The first seventeen are pf's, in pf's order and with pf's names (as
 * "natctl -s info" shows them); the rest are natd's own and are shown below
 * them.  REASON_MATCH stands for "a rule decided".
 */
#ifndef ENGINE_REASON_H
#define ENGINE_REASON_H

#define REASONS(X)                                                            \
	X(MATCH, "match")                                                     \
	X(BADOFF, "bad-offset")                                               \
	X(FRAG, "fragment")                                                   \
	X(SHORT, "short")                                                     \
	X(NORM, "normalize")                                                  \
	X(MEMORY, "memory")                                                   \
	X(TS, "bad-timestamp")                                                \
	X(CONGEST, "congestion")                                              \
	X(IPOPTION, "ip-option")                                              \
	X(PROTCKSUM, "proto-cksum")                                           \
	X(BADSTATE, "state-mismatch")                                         \
	X(STATEINS, "state-insert")                                           \
	X(MAXSTATES, "state-limit")                                           \
	X(SRCLIMIT, "src-limit")                                              \
	X(SYNPROXY, "synproxy")                                               \
	X(TRANSLATE, "translate")                                             \
	X(NOROUTE, "no-route")                                                \
	/* natd's own */                                                      \
	X(UNSUPPORTED, "unsupported")	/* no IPv4, no IPv6 */                \
	X(HDRCKSUM, "header-cksum")	/* IPv4 header sum wrong */           \
	X(TTL, "ttl-exceeded")		/* router: answered or silent */      \
	X(TOOBIG, "too-big")		/* router: DF set or IPv6 */          \
	X(MARTIAN, "martian")		/* impossible source or target */     \
	X(ICMPERR, "icmp-no-state")	/* error that quotes nothing known */ \
	X(ICMPINNER, "icmp-malformed")	/* error whose quote is broken */     \
	X(CHALLENGE, "challenge-ack")	/* RFC 5961: answered, not passed */  \
	X(REASSTIME, "reassembly-timeout")                                    \
	X(REASSMEM, "reassembly-limit")                                       \
	X(LOCAL, "local")		/* consumed by natd's own addresses */\
	X(IFDOWN, "interface-gone")                                           \
	X(WAY, "way-changed")	/* decided for another interface */   \
	X(TAG, "tag-and-mark")	/* no state, and room for one only */ \
	X(BUDGET, "burst-budget")	/* first packets beyond the budget */

enum reason {
#define X(id, name) REASON_##id,
	REASONS(X)
#undef X
	REASON_MAX
};

/* reason_name() - The name users see; never NULL for a value of the enum. */
const char *reason_name(enum reason);

#endif
