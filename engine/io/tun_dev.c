/* SPDX-License-Identifier: ISC */
/*
 * Making a TUN device.
 *
 * The namespace of the opener of /dev/net/tun is where the device comes to
 * be, so the descriptors are opened there; they stay good everywhere.
 */
#include "engine/io/tun_dev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/addr.h"
#include "engine/io/netlink.h"
#include "engine/io/netns.h"
#include "engine/io/nltalk.h"
#include "engine/io/port.h"
#include "engine/io/vnet.h"

#define TUN_PATH "/dev/net/tun"

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20 /* Linux 6.2 */
#define TUN_F_USO6 0x40
#endif

/* From the best to the least; the text is what is done without. */
static const struct {
	unsigned flags;
	const char *lacks;
} offloads[] = {
	{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN | TUN_F_USO4 |
	    TUN_F_USO6, "" },
	{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
	    "no UDP segmentation offload on this kernel" },
	{ TUN_F_CSUM, "no segmentation offload on this kernel" },
	{ 0, "no offloads on this kernel: every packet is small" },
};

/*
 * The first queue makes the device and insists on that: beside another natd's
 * queues each would get a part of the packets.
 */
static int
tun_queue_open(const struct io_config *cfg, bool first, int *out, char *why,
    size_t len)
{
	struct ifreq ifr = { 0 };
	int fd, error, hdr = (int)VNET_LEN;

	if ((fd = open(TUN_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC)) == -1) {
		error = -errno;
		return port_why(why, len, error, "cannot open %s: %s",
		    TUN_PATH, strerror(-error));
	}
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", cfg->name);
	ifr.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR |
	    IFF_MULTI_QUEUE | (first ? IFF_TUN_EXCL : 0));
	if (ioctl(fd, TUNSETIFF, &ifr) == -1 ||
	    ioctl(fd, TUNSETVNETHDRSZ, &hdr) == -1) {
		error = -errno;
		close(fd);
		return port_why(why, len, error, "cannot make %s: %s",
		    cfg->name, error == -EBUSY || error == -EINVAL ?
		    "there is an interface of that name" : strerror(-error));
	}
	*out = fd;
	return 0;
}

static int
tun_offload(const struct io_config *cfg, int fd, char *why, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(offloads) / sizeof(offloads[0]); i++) {
		if (!cfg->offload && offloads[i].flags != 0)
			continue;
		if (ioctl(fd, TUNSETOFFLOAD, offloads[i].flags) == 0) {
			if (cfg->offload && offloads[i].lacks[0] != '\0')
				port_why(why, len, 0, "%s",
				    offloads[i].lacks);
			return 0;
		}
	}
	return port_why(why, len, -errno, "cannot set the offloads of %s: %s",
	    cfg->name, strerror(errno));
}

/* natd's own address of this family that the kernel's end reaches on link. */
static const struct io_addr *
tun_gateway(const struct io_config *cfg, uint8_t af)
{
	struct addr own = { 0 }, peer = { 0 };
	unsigned i, j;

	for (i = 0; i < cfg->naddr; i++) {
		for (j = 0; j < cfg->npeer; j++) {
			if (cfg->addr[i].af != af || cfg->peer[j].af != af)
				continue;
			memcpy(&own, cfg->addr[i].addr, af == AF_INET ? 4 : 16);
			memcpy(&peer, cfg->peer[j].addr,
			    af == AF_INET ? 4 : 16);
			if (addr_in_prefix(&own, &peer, cfg->peer[j].plen))
				return &cfg->addr[i];
		}
	}
	return NULL;
}

static bool
tun_has_family(const struct io_config *cfg, uint8_t af)
{
	unsigned i;

	for (i = 0; i < cfg->npeer; i++)
		if (cfg->peer[i].af == af)
			return true;
	return false;
}

static int
tun_kernel_end(const struct io_config *cfg, struct nltalk *t, int ifindex,
    char *why, size_t len)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	unsigned i;
	int error;

	if ((error = netlink_link(t, ifindex, cfg->mtu)) != 0)
		return port_why(why, len, error, "cannot bring %s up: %s",
		    cfg->name, strerror(-error));
	for (i = 0; i < cfg->npeer; i++)
		if ((error = netlink_addr(t, ifindex, &cfg->peer[i])) != 0)
			return port_why(why, len, error,
			    "cannot set a peer address of %s: %s", cfg->name,
			    strerror(-error));
	for (i = 0; cfg->make_default && i < 2; i++) {
		if (!tun_has_family(cfg, families[i]))
			continue;
		if ((error = netlink_default(t, ifindex, families[i],
		    tun_gateway(cfg, families[i]))) != 0)
			return port_why(why, len, error,
			    "cannot set the default route to %s: %s",
			    cfg->name, strerror(-error));
	}
	return 0;
}

static int
tun_configure(const struct io_config *cfg, int fd, char *why, size_t len)
{
	struct ifreq ifr = { 0 };
	struct nltalk t;
	int error, s;

	/* the index is asked of this namespace, wherever the caller lives */
	if ((s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", cfg->name);
	error = ioctl(s, SIOCGIFINDEX, &ifr) == -1 ? -errno : 0;
	close(s);
	if (error == 0)
		error = nltalk_open(&t, NETLINK_ROUTE);
	if (error != 0)
		return port_why(why, len, error, "cannot ask about %s: %s",
		    cfg->name, strerror(-error));
	if ((error = tun_offload(cfg, fd, why, len)) == 0)
		error = tun_kernel_end(cfg, &t, ifr.ifr_ifindex, why, len);
	nltalk_close(&t);
	return error;
}

int
tun_dev_open(const struct io_config *cfg, int *fds, char *why, size_t len)
{
	int error = 0, left, back = -1;
	unsigned n;

	why[0] = '\0';
	if (cfg->netns != NULL &&
	    (error = netns_enter(cfg->netns, &back)) != 0)
		return port_why(why, len, error,
		    "cannot enter the namespace %s: %s", cfg->netns,
		    strerror(-error));
	for (n = 0; error == 0 && n < cfg->queues; n++)
		if ((error = tun_queue_open(cfg, n == 0, &fds[n], why,
		    len)) != 0)
			break;
	if (error == 0)
		error = tun_configure(cfg, fds[0], why, len);
	if (back != -1 && (left = netns_leave(back)) != 0)
		error = port_why(why, len, left,
		    "cannot leave the namespace %s: %s", cfg->netns,
		    strerror(-left));
	while (error != 0 && n > 0)
		close(fds[--n]);
	return error;
}
