/* SPDX-License-Identifier: ISC */
/*
 * The suite's own TCP and UDP peer: one program that listens and returns what
 * it gets, or connects and checks what comes back.
 *
 * A client's connection sends a stream of pseudo-random bytes that only the
 * connection's number determines, in chunks; the next chunk goes out when the
 * whole of the last one has come back and was compared.
 */
#ifndef TESTS_NET_PEER_H
#define TESTS_NET_PEER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>
#include <sys/socket.h>

struct peer_opts {
	bool udp;
	bool keep;		/* exchange until SIGTERM */
	const char *bind;	/* own address, or NULL */
	uint16_t sport;		/* own port of the first connection, or 0 */
	unsigned int count;	/* connections; listening: accept so many */
	size_t size;		/* bytes of a chunk, or of a datagram */
	int wait;		/* ms that a chunk may take */
	int interval;		/* ms between two chunks */
	int df;			/* IP_PMTUDISC_*, or -1 */
	const char *addr;	/* to connect to */
	uint16_t port;
};

/* Set by SIGTERM, SIGINT and SIGALRM. */
extern volatile sig_atomic_t peer_stop;

/* Milliseconds of a clock that never goes back. */
uint64_t peer_now(void);

/* Byte @offset of the stream of connection @conn. */
uint8_t peer_byte(uint32_t conn, uint64_t offset);

/*
 * A numeric address and port as a socket address; NULL means any, of both
 * families.  Return: its length; ends the program if it is no address.
 */
socklen_t peer_sockaddr(struct sockaddr_storage *, const char *addr,
    uint16_t port);

/* A new non-blocking socket with the options set; ends the program if none. */
int peer_socket(const struct peer_opts *, int family);

/* Listen and echo until told to stop.  Return: exit status. */
int peer_listen(const struct peer_opts *);

/* Connect, exchange, report.  Return: exit status. */
int peer_connect(const struct peer_opts *);

#endif
