/* SPDX-License-Identifier: ISC */
/*
 * sock_diag by libmnl: linux/inet_diag.h is the reference.
 *
 * In a question about UDP the kernel takes source and destination the other
 * way round than in one about TCP (udp_dump_one in net/ipv4/udp_diag.c).
 */
#include "engine/io/sockdiag.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALL_STATES 0xffffffffu

int
sockdiag_open(struct sockdiag *sd)
{
	sd->seq = 0;
	sd->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_SOCK_DIAG);
	return sd->fd == -1 ? -errno : 0;
}

void
sockdiag_close(struct sockdiag *sd)
{
	if (sd->fd != -1)
		close(sd->fd);
	sd->fd = -1;
}

static struct nlmsghdr *
question(char *buf, const struct sockdiag_ask *ask, uint32_t seq)
{
	bool tcp = ask->proto == IPPROTO_TCP;
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *q;

	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = seq;
	q = mnl_nlmsg_put_extra_header(h, sizeof(*q));
	q->sdiag_family = ask->af;
	q->sdiag_protocol = ask->proto;
	q->idiag_states = ALL_STATES;
	q->id.idiag_sport = tcp ? ask->lport : ask->rport;
	q->id.idiag_dport = tcp ? ask->rport : ask->lport;
	memcpy(q->id.idiag_src, tcp ? ask->local : ask->remote,
	    sizeof(q->id.idiag_src));
	memcpy(q->id.idiag_dst, tcp ? ask->remote : ask->local,
	    sizeof(q->id.idiag_dst));
	q->id.idiag_if = ask->ifindex;
	q->id.idiag_cookie[0] = q->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return h;
}

/* What waits of older questions is passed over. */
static const struct nlmsghdr *
answer(const struct sockdiag *sd, char *buf, size_t size)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)buf;
	ssize_t n;

	while ((n = recv(sd->fd, buf, size, MSG_DONTWAIT)) >= 0)
		if (mnl_nlmsg_ok(h, (int)n) && h->nlmsg_seq == sd->seq)
			return h;
	return NULL;
}

bool
sockdiag_find(struct sockdiag *sd, const struct sockdiag_ask *ask,
    uint32_t *uid)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	_Alignas(struct nlmsghdr) char buf[4096];
	const struct inet_diag_msg *m;
	const struct nlmsghdr *h;

	if (sd->fd == -1 ||
	    (ask->proto != IPPROTO_TCP && ask->proto != IPPROTO_UDP))
		return false;
	h = question(buf, ask, ++sd->seq);
	if (sendto(sd->fd, h, h->nlmsg_len, 0,
	    (const struct sockaddr *)&kernel, sizeof(kernel)) == -1 ||
	    (h = answer(sd, buf, sizeof(buf))) == NULL ||
	    h->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return false;
	m = mnl_nlmsg_get_payload(h);
	/* what stands in for a socket says 0, which would be root */
	*uid = m->idiag_state == TCP_TIME_WAIT ||
	    m->idiag_state == TCP_SYN_RECV ? SOCKDIAG_NOBODY : m->idiag_uid;
	return true;
}
