/* SPDX-License-Identifier: ISC */
/*
 * Capture files as an interface: packets and their times from one file, what
 * leaves into another.
 *
 * One queue.  A packet is read ahead, so that its time is known before it is
 * wanted; a burst holds packets of one millisecond only, because it has one
 * time.  Written packets are raw IP, stamped with the caller's clock.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <pcap/pcap.h>

#include "engine/io/io.h"
#include "engine/io/linktype.h"
#include "engine/io/port.h"

struct capture {
	struct io_port port;	/* first */
	uint16_t ifidx;
	const uint64_t *clock;
	pcap_t *in, *dead;
	pcap_dumper_t *out;
	int dlt;
	int ahead;		/* 1: `next' holds a packet, -1: no more */
	uint64_t when;		/* of it, microseconds */
	uint32_t len;
	uint8_t *next;		/* PACKET_MAX */
	uint8_t *slots;		/* BURST_MAX * PACKET_MAX */
	struct packet pkt[BURST_MAX];
};

static void
capture_close(struct io_port *p)
{
	struct capture *c = (struct capture *)p;

	if (c == NULL)
		return;
	if (c->out != NULL)
		pcap_dump_close(c->out);
	if (c->in != NULL)
		pcap_close(c->in);
	if (c->dead != NULL)
		pcap_close(c->dead);
	free(c->next);
	free(c->slots);
	port_fini(&c->port);
	free(c);
}

static int
capture_open_in(struct capture *c, const char *path, char *why, size_t len)
{
	char err[PCAP_ERRBUF_SIZE];
	const uint8_t none[64] = { 0 };

	if (path == NULL)
		return 0;
	if ((c->in = pcap_open_offline_with_tstamp_precision(path,
	    PCAP_TSTAMP_PRECISION_MICRO, err)) == NULL)
		return port_why(why, len, -EIO, "%s", err);
	c->dlt = pcap_datalink(c->in);
	if (linktype_offset(c->dlt, none, sizeof(none)) == -EPROTONOSUPPORT)
		return port_why(why, len, -EPROTONOSUPPORT,
		    "%s: no IP in link type %s", path,
		    pcap_datalink_val_to_description_or_dlt(c->dlt));
	return 0;
}

static int
capture_open_out(struct capture *c, const char *path, char *why, size_t len)
{
	if (path == NULL)
		return 0;
	if ((c->dead = pcap_open_dead(DLT_RAW, PACKET_MAX)) == NULL)
		return port_why(why, len, -ENOMEM, "no memory");
	if ((c->out = pcap_dump_open(c->dead, path)) == NULL)
		return port_why(why, len, -EIO, "%s", pcap_geterr(c->dead));
	return 0;
}

static int
capture_open(const struct io_config *cfg, struct io_port **out, char *why,
    size_t len)
{
	struct capture *c;
	int error;

	why[0] = '\0';
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return -ENOMEM;
	c->ifidx = cfg->ifidx;
	c->clock = cfg->clock;
	c->next = malloc(PACKET_MAX);
	c->slots = malloc((size_t)BURST_MAX * PACKET_MAX);
	if (c->next == NULL || c->slots == NULL ||
	    port_init(&c->port, 1) != 0)
		error = port_why(why, len, -ENOMEM, "no memory");
	else if ((error = capture_open_in(c, cfg->read_path, why, len)) == 0)
		error = capture_open_out(c, cfg->write_path, why, len);
	if (error != 0) {
		capture_close(&c->port);
		return error;
	}
	*out = &c->port;
	return 0;
}

static int
capture_fd(const struct io_port *p, unsigned queue)
{
	(void)p;
	(void)queue;
	return -1;
}

/* Fill `next' with the next packet that is one. */
static void
capture_ahead(struct capture *c)
{
	struct io_counters *cnt = &c->port.queue[0].c;
	struct pcap_pkthdr *h;
	const uint8_t *frame;
	int off;

	while (c->ahead == 0) {
		if (c->in == NULL || pcap_next_ex(c->in, &h, &frame) != 1) {
			c->ahead = -1;
			return;
		}
		off = linktype_offset(c->dlt, frame, h->caplen);
		if (off < 0 || h->caplen - (uint32_t)off > PACKET_MAX) {
			port_count(&cnt->rx_errors, 1);
			continue;
		}
		c->len = h->caplen - (uint32_t)off;
		memcpy(c->next, frame + off, c->len);
		c->when = (uint64_t)h->ts.tv_sec * 1000000 +
		    (uint64_t)h->ts.tv_usec;
		c->ahead = 1;
	}
}

static int
capture_peek(struct io_port *p, unsigned queue, uint64_t *when)
{
	struct capture *c = (struct capture *)p;

	(void)queue;
	capture_ahead(c);
	if (c->ahead < 0)
		return -ENODATA;
	*when = c->when;
	return 0;
}

static void
capture_take(struct capture *c, unsigned i)
{
	struct io_counters *cnt = &c->port.queue[0].c;
	struct packet *p = &c->pkt[i];

	memset(p, 0, sizeof(*p));
	p->data = c->slots + (size_t)i * PACKET_MAX;
	p->len = c->len;
	p->ifidx = c->ifidx;
	p->dir = DIR_IN;
	memcpy(p->data, c->next, c->len);
	c->ahead = 0;
	port_count(&cnt->rx_packets, 1);
	port_count(&cnt->rx_bytes, p->len);
}

static int
capture_rx(struct io_port *port, unsigned queue, struct packet **out,
    unsigned max, uint64_t *now)
{
	struct capture *c = (struct capture *)port;
	uint64_t when = 0;
	unsigned n;

	(void)queue;
	for (n = 0; n < max && n < BURST_MAX; n++) {
		capture_ahead(c);
		if (c->ahead < 0)
			break;
		if (n == 0)
			when = c->when / 1000;
		else if (c->when / 1000 != when)
			break;
		capture_take(c, n);
		out[n] = &c->pkt[n];
	}
	if (n == 0)
		return -ENODATA;
	*now = when;
	return (int)n;
}

static int
capture_tx(struct io_port *port, unsigned queue, struct packet *const *pkts,
    unsigned n)
{
	struct capture *c = (struct capture *)port;
	struct io_counters *cnt = &port->queue[queue].c;
	uint64_t now = c->clock != NULL ? *c->clock : 0;
	struct pcap_pkthdr h = { 0 };
	unsigned i;

	h.ts.tv_sec = (time_t)(now / 1000000);
	h.ts.tv_usec = (suseconds_t)(now % 1000000);
	for (i = 0; i < n; i++) {
		h.caplen = h.len = pkts[i]->len;
		if (c->out != NULL)
			pcap_dump((u_char *)c->out, &h, pkts[i]->data);
		port_count(&cnt->tx_packets, 1);
		port_count(&cnt->tx_bytes, pkts[i]->len);
	}
	if (c->out != NULL)
		pcap_dump_flush(c->out);
	return (int)n;
}

const struct io_ops io_pcap = {
	.name = "pcap",
	.open = capture_open,
	.fd = capture_fd,
	.peek = capture_peek,
	.rx = capture_rx,
	.tx = capture_tx,
	.close = capture_close,
};
