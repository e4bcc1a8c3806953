/* SPDX-License-Identifier: ISC */
/*
 * peer: options, and what both sides share.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/resource.h>

#include "tests/net/peer.h"

volatile sig_atomic_t peer_stop;

static const char usage_text[] =
    "usage: peer -l [-u] [-b ADDR] [-n COUNT] PORT\n"
    "       peer [-uk] [-b ADDR] [-s PORT] [-c COUNT] [-z BYTES] [-w MS]\n"
    "            [-i MS] [-d | -f] [-t SECONDS] ADDR PORT\n"
    " -l listen and echo; prints \"from ADDR port N\" for each connection or\n"
    "    datagram; -n ends it after so many\n"
    " -u UDP\n"
    " -k keep exchanging until SIGTERM; prints \"open N\" when all N work\n"
    " -t the same, for so many seconds\n"
    " -c connections; -b, -s own address, own port (of the first)\n"
    " -z bytes of a chunk or datagram; -i ms between chunks; -w ms to wait\n"
    " -d never fragment (probe the path), -f always allow fragments\n";

static void
on_signal(int sig)
{
	(void)sig;
	peer_stop = 1;
}

uint64_t
peer_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* splitmix64 of the connection and the word, one byte of the result. */
uint8_t
peer_byte(uint32_t conn, uint64_t offset)
{
	uint64_t z = ((uint64_t)conn << 40) + (offset >> 3) + 1;

	z *= 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (uint8_t)((z ^ (z >> 31)) >> (8 * (offset & 7)));
}

socklen_t
peer_sockaddr(struct sockaddr_storage *ss, const char *addr, uint16_t port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *res;
	socklen_t len;
	int error;

	error = getaddrinfo(addr == NULL ? "::" : addr, NULL, &hints, &res);
	if (error != 0)
		errx(2, "%s: %s", addr, gai_strerror(error));
	len = res->ai_addrlen;
	memcpy(ss, res->ai_addr, len);
	freeaddrinfo(res);
	if (ss->ss_family == AF_INET)
		((struct sockaddr_in *)ss)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)ss)->sin6_port = htons(port);
	return len;
}

int
peer_socket(const struct peer_opts *o, int family)
{
	int type = o->udp ? SOCK_DGRAM : SOCK_STREAM, on = 1, off = 0, fd;
	int room = 8 << 20;

	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(2, "socket");
	/* UDP: two clients would be given the same port. */
	if (!o->udp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	else {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	}
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (o->df == -1)
		return fd;
	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &o->df, sizeof(o->df));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &o->df,
		    sizeof(o->df));
	return fd;
}

static unsigned long
number(const char *s, unsigned long max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(s, &end, 10);
	if (*s == '\0' || *end != '\0' || errno != 0 || n > max)
		errx(2, "%s: not a number up to %lu", s, max);
	return n;
}

static void
set_up(unsigned int seconds)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct rlimit rl;

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	alarm(seconds);
}

int
main(int argc, char **argv)
{
	struct peer_opts o = { .size = 1000, .wait = 20000, .interval = 100,
		.df = -1 };
	unsigned int seconds = 0;
	bool listens = false;
	int c;

	while ((c = getopt(argc, argv, "b:c:dfi:kln:s:t:uw:z:")) != -1) {
		switch (c) {
		case 'b': o.bind = optarg; break;
		case 'n': /* FALLTHROUGH */
		case 'c': o.count = number(optarg, 100000); break;
		case 'd': o.df = IP_PMTUDISC_DO; break;
		case 'f': o.df = IP_PMTUDISC_DONT; break;
		case 'i': o.interval = number(optarg, 1000000); break;
		case 'k': o.keep = true; break;
		case 'l': listens = true; break;
		case 's': o.sport = number(optarg, 65535); break;
		case 't': seconds = number(optarg, 86400); o.keep = true; break;
		case 'u': o.udp = true; break;
		case 'w': o.wait = number(optarg, 1000000); break;
		case 'z': o.size = number(optarg, 1 << 30); break;
		default: fputs(usage_text, stderr); return 2;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc != (listens ? 1 : 2) || o.size == 0 ||
	    (o.udp && (o.size < 4 || o.size > 65507))) {
		fputs(usage_text, stderr);
		return 2;
	}
	o.port = number(argv[argc - 1], 65535);
	set_up(seconds);
	if (listens)
		return peer_listen(&o);
	o.addr = argv[0];
	if (o.count == 0)
		o.count = 1;
	return peer_connect(&o);
}
