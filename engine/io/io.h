/* SPDX-License-Identifier: ISC */
/*
 * Data planes: an operating system's packet interface as bursts.
 *
 * A plane knows nothing of rules.  One file per kind fills a struct io_ops;
 * a struct io_port is one declared interface, with a number of queues, each
 * of which is read by one worker.  Buffers belong to the plane and stay valid
 * until the next rx on the same queue.
 */
#ifndef ENGINE_IO_IO_H
#define ENGINE_IO_IO_H

#include <stddef.h>
#include <stdint.h>

#include "engine/packet.h"

struct io_port;

struct io_addr {
	uint8_t af, plen;
	uint8_t addr[16];
};

/* What an `interface` statement says. */
struct io_config {
	const char *name;
	uint16_t ifidx;		/* the engine's index for it */
	unsigned queues;
	uint32_t mtu;		/* 0: the plane's default */
	const char *netns;	/* path or NULL */
	const struct io_addr *addr;	/* natd's own */
	unsigned naddr;
	const struct io_addr *peer;	/* for the kernel's end */
	unsigned npeer;
	int make_default;	/* default route of that namespace to natd */
	int offload;		/* TSO, USO and partial checksums */
	const char *read_path, *write_path; /* pcap */
	/* microseconds of unix time that sent packets are stamped with; the
	 * caller moves it (pcap) */
	const uint64_t *clock;
};

struct io_ops {
	const char *name;
	/*
	 * Open the device with its queues.  0 or negative errno; `why` gets a
	 * text for people ("cannot open /dev/net/tun").  It may also get one
	 * on success: what the system lacks and is done without.
	 */
	int (*open)(const struct io_config *, struct io_port **, char *why,
	    size_t whylen);
	/* Descriptor to poll for input on a queue, or -1. */
	int (*fd)(const struct io_port *, unsigned queue);
	/*
	 * Time of the next packet, microseconds of unix time, for a plane
	 * that brings its own clock; -ENODATA: none will come.  NULL: there
	 * is no such clock, and rx leaves `now` alone.
	 */
	int (*peek)(struct io_port *, unsigned queue, uint64_t *when);
	/*
	 * Up to `max` packets into `out`; never blocks.  Number of packets,
	 * 0 when there is nothing, or negative errno (-ENODEV: interface
	 * gone, -ENODATA: end of the capture).
	 */
	int (*rx)(struct io_port *, unsigned queue, struct packet **out,
	    unsigned max, uint64_t *now);
	/*
	 * Send packets; never blocks.  Number sent; the rest was dropped and
	 * counted by the plane.
	 */
	int (*tx)(struct io_port *, unsigned queue, struct packet *const *,
	    unsigned n);
	/*
	 * For a plane whose packets wait for an answer: give each packet of
	 * the last burst its verdict, by its fate; it passes with the bytes
	 * that it has now, or is dropped.  tx is then for packets that the
	 * engine made.  NULL: packets that go on are sent by tx.
	 */
	void (*settle)(struct io_port *, unsigned queue,
	    struct packet *const *, unsigned n);
	void (*close)(struct io_port *);
};

/* Counters of a port, summed over queues. */
struct io_counters {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_errors, tx_dropped;
};
void io_port_counters(const struct io_port *, struct io_counters *);

extern const struct io_ops io_divert;
extern const struct io_ops io_tun;
extern const struct io_ops io_pcap;

#endif
