/* SPDX-License-Identifier: ISC */
/*
 * An engine in memory: a ruleset as text, packets as words, a clock that the
 * test turns.
 *
 * The text has `interface' and `route' statements as natd's own file has; the
 * harness makes the interfaces from them.  Every packet that comes out has its
 * sums checked, and after every call the engine's packets are conserved:
 * in = forwarded + dropped + consumed.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/host.h"
#include "engine/statetab.h"
#include "engine/view.h"
#include "tests/pkttext.h"

#define HARNESS_OUT 64
#define HARNESS_TEXT 512
#define HARNESS_SOCKETS 8

/* A packet that came out. */
struct out {
	char iface[16];
	bool made;		/* the engine made it */
	struct packet p;	/* fate, reason, marks; data points to b */
	struct pkt b;
};

/* A local socket, in host mode. */
struct harness_socket {
	uint8_t af, proto;
	struct addr addr;	/* zero: of all addresses */
	uint16_t port;
	uint16_t ifidx;		/* bound to it; 0: to none */
	uint32_t uid;
};

struct harness {
	void *mem;
	size_t size;
	struct arena *arena;
	struct engine *engine;
	struct worker *worker;
	struct program *program;
	struct ifset *ifs;
	struct table_set *tables;
	uint64_t now;		/* ms; begins at HARNESS_START */
	uint32_t wall;
	struct out *out;	/* of the last call */
	unsigned nout;
	uint8_t fate, reason;	/* of the last packet that went in */
	struct ifway way[HARNESS_SOCKETS];
	uint16_t nways;
	struct engine_host host;
	struct harness_socket socket[HARNESS_SOCKETS];
	unsigned nsockets;
	unsigned asked;		/* how often the host was */
	/* what the data plane says of packets that go in */
	bool owned;
	uint32_t uid, gid, prio;
	bool through;		/* of the options */
	bool local;
	uint16_t routed;
	uint16_t in_if, tag;	/* of the last one in, for those out */
	char text[HARNESS_TEXT];
};

/* 20 s before the lower half of the clock wraps, as it does every 49 days. */
#define HARNESS_START (UINT64_C(4294967296) - 20000)

/* What a test may want otherwise; zeros are the usual. */
struct harness_options {
	uint32_t records;	/* 0: 4096 */
	unsigned workers;	/* 0: 1 */
	uint32_t new_budget;
	bool host;		/* host mode: no routing */
	bool through;		/* ... and both halves at once */
	uint8_t seed;
};

/* harness_new() - Start with a ruleset; a wrong one fails the test. */
void harness_new(struct harness *, const char *ruleset);
void harness_new_with(struct harness *, const char *ruleset,
    const struct harness_options *);
void harness_free(struct harness *);

/* harness_socket() - A socket is opened: "udp 198.51.100.1 1194 UID [IFACE]". */
void harness_socket(struct harness *, const char *text);

/* harness_way() - The next way of host mode: "IFACE|- ADDR|- [copies]". */
void harness_way(struct harness *, const char *text);

/* harness_load() - Another ruleset in place of the one in force. */
void harness_load(struct harness *, const char *ruleset);

/*
 * harness_again() - harness_dir(DIR_OUT) for a packet that was decided when it
 * came in, and leaves by another interface than that
 */
const char *harness_again(struct harness *, const char *iface,
    const char *text);

/* harness_interfaces() - Only the interfaces and routes of another text. */
void harness_interfaces(struct harness *, const char *ruleset);

/*
 * harness_in() - A packet arrives, as pkt_read() reads it, or "hex " and its
 * bytes as hexpkt() does
 *
 * Return: what came out, in words: "IFACE PACKET", several with " | " between
 * them, the packet's own first; "drop REASON", "held" if nothing did.  What
 * the engine made besides follows either.  A packet whose priority was set
 * ends in "prio N", one that is to go by a way in "way N" (harness_way()).
 */
const char *harness_in(struct harness *, const char *iface, const char *text);
const char *harness_packet(struct harness *, const char *iface,
    const struct pkt *);

/*
 * harness_dir() - The same in host mode: a packet on its way in or out
 *
 * What goes out has come in by the interface of the last packet in, with the
 * tag that it brought, unless `local' says that this host has made it.
 */
const char *harness_dir(struct harness *, const char *iface, unsigned dir,
    const char *text);

/*
 * harness_run() - A burst of the caller's own packets; what comes out stands
 * in h->out.  harness_tell() - the words that harness_in() gives for it.
 */
void harness_run(struct harness *, struct packet *const *, unsigned n);
const char *harness_tell(struct harness *);

/* harness_burst() - Several at once, up to BURST_MAX, by one interface. */
void harness_burst(struct harness *, const char *iface,
    const char *const *text, unsigned n);

/*
 * harness_restart() - The engine dies and another one takes the arena over
 * What it holds of rules and interfaces comes anew, from another text.
 */
void harness_restart(struct harness *, const char *ruleset);

/*
 * harness_end(), harness_begin() - The same in two steps, between which the
 * memory (h->mem) may be changed
 *
 * Return: 0, or what arena_open() says; then there is no engine.
 */
void harness_end(struct harness *);
int harness_begin(struct harness *, const char *ruleset,
    struct statetab_rebuilt *);

/* harness_wait() - Let time pass, with ticks on the way. */
void harness_wait(struct harness *, uint64_t ms);

/* harness_states() - How many states there are, as pf counts. */
unsigned harness_states(const struct harness *);

/*
 * harness_state() - One state as "natctl -s states" shows it, by number in
 * the order of indexes; NULL: there are not that many.
 */
const char *harness_state(struct harness *, unsigned n);

uint64_t harness_reason(const struct harness *, enum reason);

#define ck_in(h, iface, text, want) \
	ck_assert_str_eq(harness_in(h, iface, text), want)

#endif
