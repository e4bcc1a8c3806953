/* SPDX-License-Identifier: ISC */
/*
 * The divert plane.
 *
 * A burst is one recvmmsg(2) into slots of a whole message each, and one
 * sendmsg(2) of all its verdicts; a changed packet's bytes go back from
 * where they are.  Packets in a row that share a verdict and have not changed
 * take one message for all: the kernel gives it to every packet of the queue
 * up to an id, and those before have theirs already.
 *
 * A burst of trains would leave the second level cache before it is worked
 * off, so the number of slots that are offered follows the size of the last
 * packets.
 *
 * Three sorts of trains the kernel is asked to cut: they get the verdict to wait
 * in the queue of singles.  Of one that is too long for a message, and of one
 * that the engine wants singly (packet.h), the pieces are packets like any
 * other.  One of UDP that was changed and may be for a socket of this host
 * (packet.h) the kernel would lose: where it cuts it for the socket it wants to
 * know where the sum begins, and what the packet said of that has been forgotten
 * with the old bytes.  Here it does not ask yet.  What comes back of that train
 * is decided, bears a word of headwrite.h in its priority by which it is known,
 * and passes.  So that nothing overtakes it, what else is changed and may be for
 * this host goes the same way until the socket has been empty once.
 */
#include "engine/io/divert.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/ifset.h"
#include "engine/io/headwrite.h"
#include "engine/io/mark.h"
#include "engine/io/nfqueue.h"
#include "engine/io/port.h"
#include "engine/io/raw.h"

#define SLOT_SIZE (NFQ_MESSAGE_MAX + 512)
#define BURST_BYTES (512u << 10) /* a quarter of a usual second level cache */
#define SEND_BYTES (2u << 20)	 /* of verdicts at once; half of the buffer */
static_assert(PACKET_QUEUES == 2 * WORKERS_MAX, "two queues for a worker");

#define DROPS_PATH "/proc/net/netfilter/nfnetlink_queue"

struct divert_map {
	uint32_t mask;
	uint32_t ifindex[IFACE_MAX];	/* by the engine's */
	uint32_t mtu[IFACE_MAX];
	struct copy_hop *hops;		/* [nhops] */
	unsigned nhops;
	struct {
		uint32_t ifindex;	/* 0: free */
		uint16_t ifidx;
	} slot[];
};

struct queue {
	int fd;
	uint16_t number, singles;
	struct raw raw;
	struct copier copier;
	uint64_t copies[COPY_FATES];
	uint8_t *slots;		/* BURST_MAX * SLOT_SIZE */
	unsigned offer;		/* slots for the next burst */
	bool detour;		/* pieces of a train are on their way */
	bool clamped[BURST_MAX]; /* changed before the engine saw it */
	bool cut[BURST_MAX];	/* its tail is missing */
	uint16_t of[BURST_MAX];	/* the queue that it waits in */
	struct headwrite head[BURST_MAX]; /* as it came in */
	struct packet pkt[BURST_MAX];
	struct mmsghdr msg[BURST_MAX];
	struct iovec in[BURST_MAX];
	/* verdicts: header, bytes and padding of each */
	struct nfq_verdict verdict[BURST_MAX];
	struct iovec out[BURST_MAX * 3];
	unsigned nout;
	uint32_t outlen;
};

struct divert {
	struct io_port port;	/* first */
	struct divert_map *map;
	struct queue *q;
};

static void
map_add(struct divert_map *m, unsigned ifidx, uint32_t ifindex, uint32_t mtu)
{
	uint32_t at;

	m->ifindex[ifidx] = ifindex;
	m->mtu[ifidx] = mtu;
	if (ifindex == 0)
		return;
	for (at = ifindex & m->mask; m->slot[at].ifindex != 0;
	    at = (at + 1) & m->mask)
		;
	m->slot[at].ifindex = ifindex;
	m->slot[at].ifidx = (uint16_t)ifidx;
}

struct divert_map *
divert_map_new(const struct divert_spec *s)
{
	struct divert_map *m;
	uint32_t size = 16;
	unsigned i;

	while (size < s->n * 2)
		size *= 2;
	if (s->n > IFACE_MAX ||
	    (m = calloc(1, sizeof(*m) + size * sizeof(m->slot[0]))) == NULL)
		return NULL;
	m->mask = size - 1;
	for (i = 1; i < s->n; i++)
		map_add(m, i, s->ifindex[i], s->mtu[i]);
	if ((m->hops = calloc(s->nhops + 1, sizeof(*m->hops))) == NULL) {
		free(m);
		return NULL;
	}
	m->nhops = s->nhops;
	if (s->nhops > 0)
		memcpy(m->hops, s->hops, s->nhops * sizeof(*m->hops));
	return m;
}

void
divert_map_free(struct divert_map *m)
{
	if (m == NULL)
		return;
	free(m->hops);
	free(m);
}

struct divert_map *
divert_map_set(struct io_port *p, struct divert_map *m)
{
	return __atomic_exchange_n(&((struct divert *)p)->map, m,
	    __ATOMIC_ACQ_REL);
}

static uint16_t
map_find(const struct divert_map *m, uint32_t ifindex)
{
	uint32_t at;

	if (m == NULL || ifindex == 0)
		return 0;
	for (at = ifindex & m->mask; m->slot[at].ifindex != 0;
	    at = (at + 1) & m->mask)
		if (m->slot[at].ifindex == ifindex)
			return m->slot[at].ifidx;
	return 0;
}

static void
queue_fini(struct queue *q)
{
	if (q->fd != -1)
		close(q->fd);
	raw_close(&q->raw);
	copy_close(&q->copier);
	if (q->slots != NULL)
		munmap(q->slots, (size_t)BURST_MAX * SLOT_SIZE);
}

static int
queue_init(struct queue *q, uint16_t number)
{
	unsigned i;
	int error;

	q->number = number;
	q->singles = (uint16_t)(number - DIVERT_QUEUE + DIVERT_SINGLES);
	q->offer = BURST_MAX;
	q->slots = mmap(NULL, (size_t)BURST_MAX * SLOT_SIZE,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (q->slots == MAP_FAILED) {
		q->slots = NULL;
		return -ENOMEM;
	}
	for (i = 0; i < BURST_MAX; i++) {
		q->in[i].iov_base = q->slots + (size_t)i * SLOT_SIZE;
		q->in[i].iov_len = SLOT_SIZE;
		q->msg[i].msg_hdr.msg_iov = &q->in[i];
		q->msg[i].msg_hdr.msg_iovlen = 1;
	}
	if ((error = raw_open(&q->raw)) != 0)
		return error;
	/* without packet sockets no copy goes, which is counted */
	(void)copy_open(&q->copier);
	if ((q->fd = nfq_open(number, q->singles, DIVERT_QUEUE_LEN,
	    false)) < 0) {
		error = q->fd;
		q->fd = -1;
	}
	return error;
}

static void
divert_close(struct io_port *p)
{
	struct divert *d = (struct divert *)p;
	unsigned i;

	if (d == NULL)
		return;
	for (i = 0; i < d->port.nqueues && d->q != NULL; i++)
		queue_fini(&d->q[i]);
	free(d->q);
	divert_map_free(d->map);
	port_fini(&d->port);
	free(d);
}

static int
open_error(int error, unsigned number, char *why, size_t len)
{
	switch (error) {
	case -EPERM:
		return port_why(why, len, error, "divert needs CAP_NET_ADMIN "
		    "and CAP_NET_RAW");
	case -EBUSY:
		return port_why(why, len, error, "queue %u is in use: "
		    "another natd runs in this network namespace?", number);
	case -EOPNOTSUPP:
		return port_why(why, len, error, "this kernel has no NFQUEUE "
		    "(nfnetlink_queue)");
	default:
		return port_why(why, len, error, "cannot open queue %u: %s",
		    number, strerror(-error));
	}
}

static int
divert_open(const struct io_config *cfg, struct io_port **out, char *why,
    size_t len)
{
	struct divert *d;
	unsigned i;
	int error;

	why[0] = '\0';
	if (cfg->queues == 0)
		return port_why(why, len, -EINVAL, "no queues");
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return port_why(why, len, -ENOMEM, "no memory");
	if ((error = port_init(&d->port, cfg->queues)) == 0 &&
	    (d->q = calloc(cfg->queues, sizeof(*d->q))) == NULL)
		error = -ENOMEM;
	for (i = 0; error == 0 && i < cfg->queues; i++)
		d->q[i].fd = d->q[i].raw.fd4 = d->q[i].raw.fd6 =
		    d->q[i].copier.fd = -1;
	for (i = 0; error == 0 && i < cfg->queues; i++)
		if ((error = queue_init(&d->q[i],
		    (uint16_t)(DIVERT_QUEUE + i))) != 0)
			open_error(error, DIVERT_QUEUE + i, why, len);
	if (error != 0) {
		divert_close(&d->port);
		return error;
	}
	*out = &d->port;
	return 0;
}

static int
divert_fd(const struct io_port *p, unsigned queue)
{
	return ((const struct divert *)p)->q[queue].fd;
}

void
divert_flags(struct io_port *p, bool pass, bool owners)
{
	const struct divert *d = (const struct divert *)p;
	unsigned i;

	for (i = 0; i < d->port.nqueues; i++) {
		nfq_flags(d->q[i].fd, d->q[i].number, pass, owners);
		nfq_flags(d->q[i].fd, d->q[i].singles, pass, owners);
	}
}

/* Send what is collected. */
static void
flush(struct queue *q)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr m = {
		.msg_name = &kernel, .msg_namelen = sizeof(kernel),
		.msg_iov = q->out, .msg_iovlen = q->nout,
	};

	if (q->nout > 0)
		(void)!sendmsg(q->fd, &m, 0);
	q->nout = 0;
	q->outlen = 0;
}

/* One verdict more; @n is its place in the burst. */
static void
add_verdict(struct queue *q, unsigned n, const struct packet *p,
    const struct nfq_say *say)
{
	static const uint8_t zero[4];
	struct iovec *v = &q->out[q->nout];
	uint32_t bytes = say->payload;
	size_t len;

	len = nfq_verdict(&q->verdict[n], q->of[p - q->pkt], p->cookie, say);
	if (q->outlen + len + bytes > SEND_BYTES) {
		flush(q);
		v = q->out;
	}
	v[0].iov_base = q->verdict[n].bytes;
	v[0].iov_len = len;
	q->nout++;
	if (bytes > 0) {
		v[1].iov_base = p->data;
		v[1].iov_len = bytes;
		v[2].iov_base = (void *)(uintptr_t)zero;
		v[2].iov_len = -bytes & 3;
		q->nout += 2;
	}
	q->outlen += (uint32_t)len + bytes + 4;
}

/* May two packets of a queue share a message, if they come in a row? */
static bool
same_say(const struct nfq_say *a, const struct nfq_say *b)
{
	return a->accept == b->accept && a->to == b->to && a->payload == 0 &&
	    b->payload == 0 && a->set_mark == b->set_mark &&
	    a->mark == b->mark && !a->set_prio && !b->set_prio;
}

/* The word to the kernel's routing, where that is still to come. */
static uint32_t
mark_of(const struct packet *p)
{
	bool routes = p->dir == DIR_IN || p->local;

	if (p->decided)
		return mark_make(MARK_DECIDED, p->out_if);
	/* what leaves is the socket's own */
	if (p->steer.socket != 0 && p->dir == DIR_IN)
		return mark_make(MARK_SOCKET, p->steer.socket - 1u);
	if (p->way != 0 && routes)
		return mark_make(MARK_WAY, p->way);
	if (p->steer.table != 0 && routes)
		return mark_make(MARK_TABLE, p->steer.table - 1u);
	if (p->carry != 0)
		return mark_make(MARK_TAG, p->carry);
	return p->mark;
}

/* What the engine has decided, as far as the kernel can take it. */
static struct nfq_say
say_of(struct queue *q, const struct packet *p)
{
	struct nfq_say say = { .accept = false };
	bool changed = p->changed || q->clamped[p - q->pkt];

	if (p->fate != FATE_SEND || (changed &&
	    (p->len > NFQ_PACKET_MAX || q->cut[p - q->pkt])))
		return say;
	say.accept = true;
	say.to = p->singly ? q->singles : p->steer.queue;
	if (p->singly)
		return say;
	say.payload = changed ? p->len : 0;
	/* nobody behind us is to meet a mark of ours */
	say.set_mark = p->decided || p->mark != 0 || p->way != 0 ||
	    p->carry != 0 || steer_any(&p->steer) ||
	    (p->marked && p->dir == DIR_OUT);
	say.mark = mark_of(p);
	say.set_prio = p->set_prio != 0;
	say.prio = p->set_prio - 1u;
	/* another reader wants the bytes */
	q->detour |= say.to == 0 && p->home && p->gso == GSO_UDP;
	if (say.to == 0 && p->home && q->detour) {
		say.to = q->singles;
		say.set_prio = true;
		say.prio = HEADWRITE_NONE;
	} else if (changed && say.to == 0 && headwrite_say(&q->head[p - q->pkt], p,
	    &say.mark, &say.prio)) {
		say.payload = 0;
		say.set_prio = true;
	}
	return say;
}

/* The segments of a train are no longer than any link lets them be. */
static uint32_t
pieces_mtu(const struct divert_map *map, const struct packet *p)
{
	uint32_t one = map->mtu[p->ifidx], two = map->mtu[p->in_if];

	return two != 0 && (one == 0 || two < one) ? two : one;
}

/* dup-to; before the verdict, which finishes what it sends back. */
static void
copy(struct queue *q, const struct divert_map *map, struct packet *p)
{
	enum copy_fate fate = COPY_NO_HOP;

	if (q->cut[p - q->pkt])
		fate = COPY_TOO_BIG;
	else if (map != NULL && p->copy <= map->nhops)
		fate = copy_send(&q->copier, p, &map->hops[p->copy - 1],
		    pieces_mtu(map, p));
	port_count(&q->copies[fate], 1);
}

void
divert_copies(const struct io_port *p, uint64_t sum[COPY_FATES])
{
	const struct divert *d = (const struct divert *)p;
	unsigned i, fate;

	memset(sum, 0, COPY_FATES * sizeof(*sum));
	for (i = 0; i < p->nqueues; i++)
		for (fate = 0; fate < COPY_FATES; fate++)
			sum[fate] += __atomic_load_n(&d->q[i].copies[fate],
			    __ATOMIC_RELAXED);
}

static void
divert_settle(struct io_port *port, unsigned queue,
    struct packet *const *pkts, unsigned n)
{
	struct queue *q = &((struct divert *)port)->q[queue];
	struct io_counters *c = &port->queue[queue].c;
	uint64_t packets = 0, bytes = 0, lost = 0;
	const struct divert_map *map;
	struct nfq_say say, next = { .accept = false };
	unsigned i;

	map = __atomic_load_n(&((struct divert *)port)->map,
	    __ATOMIC_ACQUIRE);
	for (i = 0; i < n; i++)
		if (pkts[i]->copy != 0 && pkts[i]->fate == FATE_SEND)
			copy(q, map, pkts[i]);
	if (n > 0)
		next = say_of(q, pkts[0]);
	for (i = 0; i < n; i++) {
		say = next;
		packets += say.accept;
		bytes += say.accept ? pkts[i]->len : 0;
		lost += !say.accept && pkts[i]->fate == FATE_SEND;
		if (i + 1 < n)
			next = say_of(q, pkts[i + 1]);
		/* the next one speaks for this one too */
		if (i + 1 < n && q->of[pkts[i] - q->pkt] ==
		    q->of[pkts[i + 1] - q->pkt] && same_say(&say, &next))
			continue;
		if (say.payload > 0)
			nfq_finish(pkts[i]);
		say.all = say.payload == 0 && !say.set_prio;
		add_verdict(q, i, pkts[i], &say);
	}
	flush(q);
	port_count(&c->tx_packets, packets);
	port_count(&c->tx_bytes, bytes);
	port_count(&c->tx_dropped, lost);
}

/* A packet that cannot be judged is dropped. */
static void
refuse(const struct queue *q, const struct nfq_packet *np)
{
	struct nfq_verdict v;
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const struct nfq_say drop = { .accept = false };
	size_t len = nfq_verdict(&v, np->queue, np->id, &drop);

	(void)!sendto(q->fd, v.bytes, len, 0,
	    (const struct sockaddr *)&kernel, sizeof(kernel));
}

/*
 * to_cut() - Is it a train to be cut, or a piece of one that was?
 * Then it does not go to the engine, and @say is its verdict.
 */
static bool
to_cut(const struct queue *q, const struct packet *p,
    const struct nfq_packet *np, int got, struct nfq_say *say)
{
	*say = (struct nfq_say){ .accept = true };
	if (np->queue == q->number) {
		say->to = q->singles;
		return (got == 1 || got == -EMSGSIZE) && p->gso != GSO_NONE;
	}
	say->set_prio = true;
	return np->queue == q->singles && got == 0 && p->dir == DIR_IN &&
	    p->prio == HEADWRITE_NONE;
}

/* Return: whether the message is a packet to be decided. */
static bool
take(struct divert *d, unsigned queue, unsigned i, struct packet *p)
{
	struct queue *q = &d->q[queue];
	struct io_counters *c = &d->port.queue[queue].c;
	const struct divert_map *map;
	struct nfq_packet np = { 0 };
	struct nfq_say say;
	int got;

	got = nfq_decode(q->in[i].iov_base, q->msg[i].msg_len, p, &np);
	q->of[p - q->pkt] = np.queue;
	if (to_cut(q, p, &np, got, &say)) {
		add_verdict(q, i, p, &say);
		return false;
	}
	switch (got) {
	case 0:
	case 1:
		break;
	case -EMSGSIZE:
		refuse(q, &np);
		/* FALLTHROUGH */
	case -EINVAL:
		port_count(&c->rx_errors, 1);
		return false;
	default:
		return false;
	}
	map = __atomic_load_n(&d->map, __ATOMIC_ACQUIRE);
	p->ifidx = map_find(map, np.ifindex);
	p->in_if = map_find(map, np.in_ifindex);
	q->cut[p - q->pkt] = got == 1;
	headwrite_keep(&q->head[p - q->pkt], p);
	q->clamped[p - q->pkt] = p->dir == DIR_OUT && nfq_clamp(p);
	port_count(&c->rx_packets, 1);
	port_count(&c->rx_bytes, p->len);
	return true;
}

static int
divert_rx(struct io_port *port, unsigned queue, struct packet **out,
    unsigned max, uint64_t *now)
{
	struct divert *d = (struct divert *)port;
	struct queue *q = &d->q[queue];
	unsigned n = 0, i;
	uint32_t bytes = 0;
	int got;

	(void)now; /* the kernel's packets are of this moment */
	if (max > q->offer)
		max = q->offer;
	got = recvmmsg(q->fd, q->msg, max, MSG_DONTWAIT, NULL);
	if (got < (int)max)
		q->detour = false;
	if (got < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ?
		    0 : -errno;
	for (i = 0; i < (unsigned)got; i++) {
		if (!take(d, queue, i, &q->pkt[n]))
			continue;
		out[n] = &q->pkt[n];
		bytes += out[n]->len;
		n++;
	}
	flush(q);
	q->offer = BURST_MAX;
	if (bytes > 0 && (uint64_t)BURST_MAX * bytes > (uint64_t)BURST_BYTES *
	    n)
		q->offer = BURST_BYTES / (bytes / n);
	return (int)n;
}

static int
divert_tx(struct io_port *port, unsigned queue, struct packet *const *pkts,
    unsigned n)
{
	const struct divert *d = (const struct divert *)port;
	const struct divert_map *map;
	struct io_counters *c = &port->queue[queue].c;
	uint64_t packets = 0, bytes = 0;
	uint16_t ifidx;
	unsigned i;

	map = __atomic_load_n(&d->map, __ATOMIC_ACQUIRE);
	for (i = 0; i < n; i++) {
		ifidx = pkts[i]->out_if;
		if (raw_send(&d->q[queue].raw, pkts[i],
		    map != NULL && ifidx < IFACE_MAX ? map->ifindex[ifidx] :
		    0) != 0)
			continue;
		packets++;
		bytes += pkts[i]->len;
	}
	port_count(&c->tx_packets, packets);
	port_count(&c->tx_bytes, bytes);
	port_count(&c->tx_dropped, n - packets);
	return (int)packets;
}

/* One of the queues of the first so many workers? */
static bool
is_ours(unsigned number, unsigned queues)
{
	return (number >= DIVERT_QUEUE && number < DIVERT_QUEUE + queues) ||
	    (number >= DIVERT_SINGLES && number < DIVERT_SINGLES + queues);
}

/* Columns of the file: queue, port id, waiting, mode, range, dropped by the
 * kernel, dropped on the way to us. */
int
divert_drops(unsigned queues, struct divert_drops *sum)
{
	unsigned number, waiting, full, overrun;
	char line[256];
	FILE *f;

	memset(sum, 0, sizeof(*sum));
	if ((f = fopen(DROPS_PATH, "re")) == NULL)
		return -errno;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%u %*u %u %*u %*u %u %u", &number, &waiting,
		    &full, &overrun) != 4 || !is_ours(number, queues))
			continue;
		sum->waiting += waiting;
		sum->full += full;
		sum->overrun += overrun;
	}
	fclose(f);
	return 0;
}

bool
divert_read(void)
{
	unsigned number;
	bool found = false;
	char line[256];
	FILE *f;

	if ((f = fopen(DROPS_PATH, "re")) == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "%u", &number) == 1 &&
		    number == DIVERT_QUEUE;
	fclose(f);
	return found;
}

const struct io_ops io_divert = {
	.name = "divert",
	.open = divert_open,
	.fd = divert_fd,
	.rx = divert_rx,
	.tx = divert_tx,
	.settle = divert_settle,
	.close = divert_close,
};
