/* SPDX-License-Identifier: ISC */
/*
 * nfnetlink_queue.
 */
#include "engine/io/nfqueue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/io/l4.h"
#include "engine/io/mark.h"

#define RCVBUF (32 << 20)	/* room for 500 trains */
#define SNDBUF (4 << 20)	/* a burst of trains, changed */
/* The kernel does not say how long the pieces of a train are.  It is asked
 * for only where an answer quotes the first: the least that any IPv6 path
 * carries (RFC 8200 5), less its headers. */
#define GSO_SIZE 1220
#define MSS_MAX 65400	/* NFQ_PACKET_MAX less headers with options */
#define SYN_MAX 200	/* bytes; longer ones are no usual SYN */

static struct nlmsghdr *
put_header(void *buf, uint16_t type, uint16_t queue)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST;
	nfg = mnl_nlmsg_put_extra_header(h, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(queue);
	return h;
}

static int
send_message(int fd, const struct nlmsghdr *h)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(fd, h, h->nlmsg_len, 0, (const struct sockaddr *)&kernel,
	    sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* Ask, and wait for the answer; the kernel answers within sendto(2). */
static int
ask(int fd, struct nlmsghdr *h)
{
	char buf[4096];
	const struct nlmsghdr *r = (const struct nlmsghdr *)buf;
	const struct nlmsgerr *e;
	ssize_t n;
	int error;

	h->nlmsg_flags |= NLM_F_ACK;
	if ((error = send_message(fd, h)) != 0)
		return error;
	/* packets of a queue that is bound already may come in between */
	while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0) {
		if ((size_t)n < sizeof(*r) || r->nlmsg_type != NLMSG_ERROR)
			continue;
		e = mnl_nlmsg_get_payload(r);
		return e->error;
	}
	return -errno;
}

static int
command(int fd, uint16_t queue, uint8_t cmd)
{
	const struct nfqnl_msg_config_cmd c = { .command = cmd };
	char buf[256];
	struct nlmsghdr *h = put_header(buf, NFQNL_MSG_CONFIG, queue);

	mnl_attr_put(h, NFQA_CFG_CMD, sizeof(c), &c);
	return ask(fd, h);
}

static void
put_flags(struct nlmsghdr *h, bool pass, bool owners)
{
	mnl_attr_put_u32(h, NFQA_CFG_FLAGS, htonl(
	    (pass ? NFQA_CFG_F_FAIL_OPEN : 0) |
	    (owners ? NFQA_CFG_F_UID_GID : 0)));
	mnl_attr_put_u32(h, NFQA_CFG_MASK, htonl(NFQA_CFG_F_FAIL_OPEN |
	    NFQA_CFG_F_UID_GID));
}

/* Trains as they are, or none. */
static int
trains(int fd, uint16_t queue, bool on)
{
	char buf[256];
	struct nlmsghdr *h = put_header(buf, NFQNL_MSG_CONFIG, queue);

	mnl_attr_put_u32(h, NFQA_CFG_FLAGS, htonl(on ? NFQA_CFG_F_GSO : 0));
	mnl_attr_put_u32(h, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	return ask(fd, h);
}

/* Whole packets; before that the queue holds nothing. */
static struct nlmsghdr *
parameters(char *buf, uint16_t queue, uint32_t len, bool pass)
{
	struct nfqnl_msg_config_params p = { .copy_mode = NFQNL_COPY_PACKET };
	struct nlmsghdr *h = put_header(buf, NFQNL_MSG_CONFIG, queue);
	uint32_t range = htonl(0xffff);

	memcpy(&p.copy_range, &range, sizeof(range));
	mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof(p), &p);
	mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(len));
	put_flags(h, pass, false);
	return h;
}

/* What waits for an answer would lose the packets that come before it. */
static int
begin(int fd, const uint16_t queue[2], uint32_t len, bool pass)
{
	char buf[256];
	int error;

	if ((error = trains(fd, queue[0], true)) != 0 ||
	    (error = trains(fd, queue[1], false)) != 0 ||
	    (error = ask(fd, parameters(buf, queue[0], len, pass))) != 0)
		return error;
	return send_message(fd, parameters(buf, queue[1], len, pass));
}

/* Without the right to force it a buffer has the size that it may have. */
static void
buffer(int fd, int force, int plain, int size)
{
	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) == -1)
		(void)setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

/*
 * Bind: PF_BIND does nothing any more, but is refused to those without
 * CAP_NET_ADMIN; so a refusal of BIND means that the queue is somebody's.
 */
static int
bind_queue(int fd, uint16_t queue)
{
	int error;

	if ((error = command(fd, queue, NFQNL_CFG_CMD_PF_BIND)) == 0 &&
	    (error = command(fd, queue, NFQNL_CFG_CMD_BIND)) == -EPERM)
		error = -EBUSY;
	return error == -EINVAL ? -EOPNOTSUPP : error;
}

int
nfq_open(uint16_t queue, uint16_t singles, uint32_t len, bool overload_pass)
{
	const uint16_t both[2] = { queue, singles };
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	int fd, error = 0, one = 1;

	if ((fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_NETFILTER)) == -1)
		return errno == EPROTONOSUPPORT ? -EOPNOTSUPP : -errno;
	buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RCVBUF);
	buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SNDBUF);
	/* what is lost is counted by the kernel, and is no error to us */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &one,
	    sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1)
		error = -errno;
	if (error == 0 && (error = bind_queue(fd, queue)) == 0 &&
	    (error = bind_queue(fd, singles)) == 0)
		error = begin(fd, both, len, overload_pass);
	if (error == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		error = -errno;
	if (error != 0) {
		close(fd);
		return error;
	}
	return fd;
}

/* The answer, if there is one, is read and left by the queue's worker. */
int
nfq_flags(int fd, uint16_t queue, bool pass, bool owners)
{
	char buf[256];
	struct nlmsghdr *h = put_header(buf, NFQNL_MSG_CONFIG, queue);

	put_flags(h, pass, owners);
	return send_message(fd, h);
}

struct attrs {
	const struct nlattr *a[NFQA_MAX + 1];
};

static int
collect(const struct nlattr *attr, void *arg)
{
	struct attrs *at = arg;
	uint16_t type = mnl_attr_get_type(attr);

	if (type <= NFQA_MAX)
		at->a[type] = attr;
	return MNL_CB_OK;
}

static uint32_t
get_u32(const struct nlattr *a)
{
	if (a == NULL || mnl_attr_get_payload_len(a) < sizeof(uint32_t))
		return 0;
	return ntohl(mnl_attr_get_u32(a));
}

/* What the kernel says of sums and trains. */
static int
decode_offload(uint32_t info, struct packet *p)
{
	bool v6 = p->data[0] >> 4 == 6;
	struct l4 l;

	p->csum = info & (NFQA_SKB_CSUMNOTREADY | NFQA_SKB_GSO) ?
	    CSUM_PARTIAL : CSUM_FULL;
	p->gso = GSO_NONE;
	p->gso_size = 0;
	if (p->csum == CSUM_FULL)
		return 0;
	if (l4_find(p, &l) != 0) {
		/* the sum of something inside: not ours to update */
		p->csum = CSUM_FULL;
		return info & NFQA_SKB_GSO ? -EINVAL : 0;
	}
	if (info & NFQA_SKB_GSO) {
		p->gso = l.proto == IPPROTO_UDP ? GSO_UDP :
		    v6 ? GSO_TCP6 : GSO_TCP4;
		p->gso_size = GSO_SIZE;
	}
	return 0;
}

/* Who has sent it; both or none. */
static void
decode_owner(const struct attrs *at, struct packet *p)
{
	if (at->a[NFQA_UID] == NULL || at->a[NFQA_GID] == NULL)
		return;
	p->owned = 1;
	p->uid = get_u32(at->a[NFQA_UID]);
	p->gid = get_u32(at->a[NFQA_GID]);
}

/* What is known of it since it came in; no mark of a local socket is. */
static void
decode_forwarded(const struct attrs *at, struct packet *p,
    struct nfq_packet *q)
{
	uint32_t mark = get_u32(at->a[NFQA_MARK]);

	q->in_ifindex = get_u32(at->a[NFQA_IFINDEX_INDEV]);
	/* the kernel has asked because it leaves elsewhere (chains.c) */
	p->again = mark_is(mark, MARK_DECIDED);
	if (mark_is(mark, MARK_TAG))
		p->tag = (uint16_t)mark_arg(mark);
}

/*
 * The attribute's length has 16 bits, and so a packet of the last four
 * lengths does not fit.  The payload is the last attribute: what is missing
 * may stand as zero behind it.
 */
static int
decode_cut(struct packet *p, uint32_t whole)
{
	if (whole > PACKET_MAX || whole < p->len)
		return -EMSGSIZE;
	memset(p->data + p->len, 0, whole - p->len);
	p->len = whole;
	return 1;
}

int
nfq_decode(void *buf, size_t len, struct packet *p, struct nfq_packet *q)
{
	const struct nlmsghdr *h = buf;
	const struct nfqnl_msg_packet_hdr *ph;
	struct attrs at = { 0 };
	uint32_t mark;

	if (!mnl_nlmsg_ok(h, (int)len) || h->nlmsg_type !=
	    (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
		return -ENOMSG;
	if (mnl_attr_parse(h, sizeof(struct nfgenmsg), collect, &at) < 0 ||
	    at.a[NFQA_PACKET_HDR] == NULL ||
	    mnl_attr_get_payload_len(at.a[NFQA_PACKET_HDR]) < sizeof(*ph))
		return -EINVAL;
	ph = mnl_attr_get_payload(at.a[NFQA_PACKET_HDR]);
	memset(p, 0, sizeof(*p));
	q->in_ifindex = 0;
	q->queue = ntohs(((const struct nfgenmsg *)
	    mnl_nlmsg_get_payload(h))->res_id);
	q->id = p->cookie = ntohl(ph->packet_id);
	p->dir = ph->hook == NF_INET_LOCAL_OUT ||
	    ph->hook == NF_INET_POST_ROUTING ? DIR_OUT : DIR_IN;
	if (ph->hook == NF_INET_POST_ROUTING)
		decode_forwarded(&at, p, q);
	q->ifindex = get_u32(at.a[p->dir == DIR_IN ? NFQA_IFINDEX_INDEV :
	    NFQA_IFINDEX_OUTDEV]);
	p->local = ph->hook == NF_INET_LOCAL_OUT;
	mark = get_u32(at.a[NFQA_MARK]);
	p->marked = (uint8_t)mark_natd(mark);
	if (mark_is(mark, MARK_WAY))
		p->routed = (uint16_t)mark_arg(mark);
	p->prio = get_u32(at.a[NFQA_PRIORITY]);
	decode_owner(&at, p);
	if (at.a[NFQA_PAYLOAD] == NULL)
		return -EMSGSIZE;
	p->data = mnl_attr_get_payload(at.a[NFQA_PAYLOAD]);
	p->len = mnl_attr_get_payload_len(at.a[NFQA_PAYLOAD]);
	if (p->len == 0)
		return -EMSGSIZE;
	if (decode_offload(get_u32(at.a[NFQA_SKB_INFO]), p) != 0)
		return -EMSGSIZE;
	return at.a[NFQA_CAP_LEN] == NULL ? 0 :
	    decode_cut(p, get_u32(at.a[NFQA_CAP_LEN]));
}

/* Carry a change of 16 bits into a whole sum, RFC 1624 equation 3. */
static void
sum_change(uint8_t *sum, uint16_t from, uint16_t to)
{
	uint16_t field;
	uint32_t s;

	memcpy(&field, sum, sizeof(field));
	s = (uint16_t)~field + (uint32_t)(uint16_t)~from + to;
	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	field = (uint16_t)~s;
	memcpy(sum, &field, sizeof(field));
}

/* The MSS option of a TCP header, or NULL (RFC 9293 3.2). */
static uint8_t *
mss_option(uint8_t *tcp, uint32_t hdrlen)
{
	uint32_t i = 20;

	while (i + 4 <= hdrlen && tcp[i] != TCPOPT_EOL) {
		if (tcp[i] == TCPOPT_NOP) {
			i++;
			continue;
		}
		if (tcp[i] == TCPOPT_MAXSEG && tcp[i + 1] == 4)
			return tcp + i + 2;
		if (tcp[i + 1] < 2)
			return NULL;
		i += tcp[i + 1];
	}
	return NULL;
}

bool
nfq_clamp(struct packet *p)
{
	const uint16_t most = htons(MSS_MAX);
	uint16_t mss;
	uint8_t *opt;
	struct l4 l;

	if (p->len > SYN_MAX || p->gso != GSO_NONE || l4_find(p, &l) != 0 ||
	    l.proto != IPPROTO_TCP || (p->data[l.off + 13] & TH_SYN) == 0 ||
	    (opt = mss_option(p->data + l.off, l.hdrlen)) == NULL)
		return false;
	memcpy(&mss, opt, sizeof(mss));
	if (ntohs(mss) <= MSS_MAX)
		return false;
	memcpy(opt, &most, sizeof(most));
	/* the option lies on an even offset, or NOPs have moved it */
	if (p->csum == CSUM_FULL && (opt - p->data - l.off) % 2 == 0)
		sum_change(p->data + l.off + l.csum_off, mss, most);
	else if (p->csum == CSUM_FULL)
		sum_change(p->data + l.off + l.csum_off,
		    (uint16_t)(mss << 8 | mss >> 8),
		    (uint16_t)(most << 8 | most >> 8));
	return true;
}

size_t
nfq_verdict(struct nfq_verdict *v, uint16_t queue, uint32_t id,
    const struct nfq_say *say)
{
	struct nfqnl_msg_verdict_hdr vh = {
		.verdict = htonl(!say->accept ? NF_DROP : say->to == 0 ?
		    NF_ACCEPT : NF_QUEUE_NR(say->to)),
		.id = htonl(id),
	};
	struct nlmsghdr *h = put_header(v->bytes, say->all ?
	    NFQNL_MSG_VERDICT_BATCH : NFQNL_MSG_VERDICT, queue);
	struct nlattr *a;
	size_t len;

	mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof(vh), &vh);
	if (say->set_mark)
		mnl_attr_put_u32(h, NFQA_MARK, htonl(say->mark));
	if (say->set_prio)
		mnl_attr_put_u32(h, NFQA_PRIORITY, htonl(say->prio));
	len = h->nlmsg_len;
	if (say->payload > 0) {
		a = mnl_nlmsg_get_payload_tail(h);
		a->nla_type = NFQA_PAYLOAD;
		a->nla_len = (uint16_t)(MNL_ATTR_HDRLEN + say->payload);
		len += MNL_ATTR_HDRLEN;
		h->nlmsg_len = (uint32_t)(len + MNL_ALIGN(say->payload));
	}
	return len;
}

void
nfq_finish(struct packet *p)
{
	struct l4 l;

	if (p->csum != CSUM_PARTIAL || l4_find(p, &l) != 0)
		return;
	if (p->gso == GSO_NONE ||
	    (p->gso != GSO_UDP && p->dir == DIR_IN && !p->decided))
		l4_finish(p, l.off, l.off + l.csum_off);
}
