/* SPDX-License-Identifier: ISC */
/*
 * TUN: packets by read(2) and write(2), super-packets with their header.
 *
 * Each queue has BURST_MAX slots.  A packet begins at a cache line, and its
 * virtio-net header lies right before it, so one read fills both:
 *
 *	|  pad  | header, 10 |  packet, up to 65535 ...
 *	0       54           64
 *
 * Super-packets are read and written again at once, so a burst ends early
 * when it has filled what a core's cache holds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/io/io.h"
#include "engine/io/port.h"
#include "engine/io/tun_dev.h"
#include "engine/io/vnet.h"

#define SLOT_DATA 64
#define SLOT_SIZE (SLOT_DATA + (64u << 10) + 64)
#define BURST_BYTES (256u << 10) /* a quarter of a usual second level cache */

struct tun_queue {
	int fd;
	uint8_t *slots;		/* BURST_MAX * SLOT_SIZE */
	struct packet pkt[BURST_MAX];
};

struct tun {
	struct io_port port;	/* first */
	uint16_t ifidx;
	struct tun_queue *q;
};

static const struct tun *
tun_of(const struct io_port *p)
{
	return (const struct tun *)p;
}

static void
tun_close(struct io_port *p)
{
	struct tun *t = (struct tun *)p;
	unsigned i;

	if (t == NULL)
		return;
	for (i = 0; i < t->port.nqueues && t->q != NULL; i++) {
		if (t->q[i].fd != -1)
			close(t->q[i].fd);
		if (t->q[i].slots != NULL)
			munmap(t->q[i].slots, BURST_MAX * SLOT_SIZE);
	}
	free(t->q);
	port_fini(&t->port);
	free(t);
}

static int
tun_queue_init(struct tun_queue *q)
{
	q->slots = mmap(NULL, BURST_MAX * SLOT_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (q->slots == MAP_FAILED) {
		q->slots = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int
tun_new(const struct io_config *cfg, struct tun **out)
{
	struct tun *t;
	unsigned i;
	int error;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return -ENOMEM;
	t->ifidx = cfg->ifidx;
	if ((error = port_init(&t->port, cfg->queues)) == 0 &&
	    (t->q = calloc(cfg->queues, sizeof(*t->q))) == NULL)
		error = -ENOMEM;
	for (i = 0; error == 0 && i < cfg->queues; i++)
		t->q[i].fd = -1;
	for (i = 0; error == 0 && i < cfg->queues; i++)
		error = tun_queue_init(&t->q[i]);
	if (error != 0) {
		tun_close(&t->port);
		return error;
	}
	*out = t;
	return 0;
}

static int
tun_open(const struct io_config *cfg, struct io_port **out, char *why,
    size_t len)
{
	struct tun *t;
	int *fds, error;
	unsigned i;

	if (cfg->queues == 0)
		return port_why(why, len, -EINVAL, "no queues");
	if ((error = tun_new(cfg, &t)) != 0)
		return port_why(why, len, error, "no memory");
	if ((fds = calloc(cfg->queues, sizeof(*fds))) == NULL)
		error = port_why(why, len, -ENOMEM, "no memory");
	else
		error = tun_dev_open(cfg, fds, why, len);
	for (i = 0; error == 0 && i < cfg->queues; i++)
		t->q[i].fd = fds[i];
	free(fds);
	if (error != 0) {
		tun_close(&t->port);
		return error;
	}
	*out = &t->port;
	return 0;
}

static int
tun_fd(const struct io_port *p, unsigned queue)
{
	return tun_of(p)->q[queue].fd;
}

/*
 * tun_read() - One packet into slot @i
 * Return: 1, 0 (nothing there, or a packet that is no good and was counted;
 * *again tells them apart), or -ENODEV.
 */
static int
tun_read(struct tun *t, unsigned queue, unsigned i, int *again)
{
	struct tun_queue *q = &t->q[queue];
	struct io_counters *c = &t->port.queue[queue].c;
	uint8_t *data = q->slots + (size_t)i * SLOT_SIZE + SLOT_DATA;
	struct packet *p = &q->pkt[i];
	struct virtio_net_hdr hdr;
	ssize_t n;

	n = read(q->fd, data - VNET_LEN, PACKET_MAX + VNET_LEN);
	*again = n >= 0;
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		if (errno == EBADFD || errno == EIO || errno == ENODEV)
			return -ENODEV;
		/* one packet that the kernel cannot hand over */
		port_count(&c->rx_errors, 1);
		*again = 1;
		return 0;
	}
	memcpy(&hdr, data - VNET_LEN, VNET_LEN);
	p->data = data;
	p->len = n > (ssize_t)VNET_LEN ? (uint32_t)n - VNET_LEN : 0;
	p->ifidx = t->ifidx;
	p->dir = DIR_IN;
	p->changed = 0;
	p->mark = 0;
	if (vnet_decode(&hdr, p) != 0) {
		port_count(&c->rx_errors, 1);
		return 0;
	}
	port_count(&c->rx_packets, 1);
	port_count(&c->rx_bytes, p->len);
	return 1;
}

static int
tun_rx(struct io_port *port, unsigned queue, struct packet **out,
    unsigned max, uint64_t *now)
{
	struct tun *t = (struct tun *)port;
	uint32_t bytes = 0;
	unsigned n = 0, tries;
	int got, again;

	(void)now; /* a TUN device has no clock of its own */
	if (max > BURST_MAX)
		max = BURST_MAX;
	for (tries = 0; tries < BURST_MAX && n < max && bytes < BURST_BYTES;
	    tries++) {
		if ((got = tun_read(t, queue, n, &again)) < 0)
			return n > 0 ? (int)n : got;
		if (!again)
			break;
		if (got == 0)
			continue;
		out[n] = &t->q[queue].pkt[n];
		bytes += out[n]->len;
		n++;
	}
	return (int)n;
}

static int
tun_tx(struct io_port *port, unsigned queue, struct packet *const *pkts,
    unsigned n)
{
	const struct tun *t = tun_of(port);
	struct io_counters *c = &port->queue[queue].c;
	uint64_t packets = 0, bytes = 0;
	struct virtio_net_hdr hdr;
	struct iovec iov[2];
	unsigned i;

	iov[0].iov_base = &hdr;
	iov[0].iov_len = VNET_LEN;
	for (i = 0; i < n; i++) {
		iov[1].iov_base = pkts[i]->data;
		iov[1].iov_len = pkts[i]->len;
		if (vnet_encode(&hdr, pkts[i]) != 0 ||
		    writev(t->q[queue].fd, iov, 2) < 0)
			continue;
		packets++;
		bytes += pkts[i]->len;
	}
	port_count(&c->tx_packets, packets);
	port_count(&c->tx_bytes, bytes);
	port_count(&c->tx_dropped, n - packets);
	return (int)packets;
}

const struct io_ops io_tun = {
	.name = "tun",
	.open = tun_open,
	.fd = tun_fd,
	.rx = tun_rx,
	.tx = tun_tx,
	.close = tun_close,
};
