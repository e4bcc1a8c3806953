/* SPDX-License-Identifier: ISC */
/*
 * blast: small packets of UDP, as many as one processor can send, or so many
 * a second.
 *
 * Some sockets take turns, each a flow of its own.  A turn is one write, which
 * the kernel cuts into packets (udp(7), UDP_SEGMENT), so that the sender is
 * not what limits.  The device must not take them as one: ethtool -K IF
 * tx-udp-segmentation off.  Nobody answers: what arrives is counted on the
 * way.  Paced, each turn waits for its moment, and what could not be sent in
 * time is not made up for.
 *
 * usage: blast ADDR PORT MILLISECONDS [PACKETS-A-SECOND]
 * Prints how many packets were sent.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define FLOWS 16
#define BATCH 16	/* packets of one turn */
#define BYTES 18	/* of payload: 60 on Ethernet */

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int
flow(const char *addr, uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};
	int fd, size = BYTES;

	if (inet_pton(AF_INET, addr, &sin.sin_addr) != 1)
		errx(1, "%s: no address", addr);
	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)) == -1)
		err(1, "socket");
	return fd;
}

/* A batch of one flow; how many went off. */
static unsigned
turn(int fd)
{
	static char data[BATCH * BYTES];

	if (send(fd, data, sizeof(data), 0) == -1) {
		/* the way may have no room, or somebody is not there */
		if (errno != ENOBUFS && errno != ECONNREFUSED)
			err(1, "send");
		return 0;
	}
	return BATCH;
}

int
main(int argc, char *argv[])
{
	uint64_t sent = 0, end, next, gap = 0, now;
	unsigned i;
	int fd[FLOWS];

	if (argc != 4 && argc != 5)
		errx(2, "usage: blast ADDR PORT MILLISECONDS "
		    "[PACKETS-A-SECOND]");
	if (argc == 5)
		gap = 1000000000ull * BATCH / strtoull(argv[4], NULL, 10);
	for (i = 0; i < FLOWS; i++)
		fd[i] = flow(argv[1], (uint16_t)atoi(argv[2]));
	now = next = now_ns();
	end = now + strtoull(argv[3], NULL, 10) * 1000000;
	for (i = 0; now < end; i = (i + 1) % FLOWS) {
		sent += turn(fd[i]);
		now = now_ns();
		next = next + gap > now ? next + gap : now;
		while (gap != 0 && now < next)
			now = now_ns();
	}
	printf("%llu\n", (unsigned long long)sent);
	return 0;
}
