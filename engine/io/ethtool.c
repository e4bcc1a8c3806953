/* SPDX-License-Identifier: ISC */
/*
 * SIOCETHTOOL.  The kernel's features are bits, whose numbers change from
 * kernel to kernel: it tells their names, the same for all devices.
 */
#include "engine/io/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const names[] = {
	[ETHTOOL_GRO] = "rx-gro",
	[ETHTOOL_UDP_GRO] = "rx-udp-gro-forwarding",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == ETHTOOL_FEATURES,
    "a feature lacks its name");

/* Return: what the kernel says, or negative errno. */
static int
ask(const struct ethtool *t, const char *ifname, void *cmd)
{
	struct ifreq ifr = { .ifr_data = cmd };
	int n;

	if (strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name)) >=
	    sizeof(ifr.ifr_name))
		return -ENODEV;
	n = ioctl(t->fd, SIOCETHTOOL, &ifr);
	return n < 0 ? -errno : n;
}

int
ethtool_open(struct ethtool *t)
{
	memset(t, 0, sizeof(*t));
	t->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return t->fd == -1 ? -errno : 0;
}

void
ethtool_close(struct ethtool *t)
{
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
}

bool
ethtool_name(uint32_t ifindex, char name[ETHTOOL_NAMELEN])
{
	_Static_assert(ETHTOOL_NAMELEN == IF_NAMESIZE, "names' length");

	return if_indextoname(ifindex, name) != NULL;
}

/* How many features the kernel knows. */
static int
count(const struct ethtool *t, const char *ifname, uint32_t *n)
{
	struct ethtool_sset_info *s;
	int error;

	if ((s = calloc(1, sizeof(*s) + sizeof(s->data[0]))) == NULL)
		return -ENOMEM;
	s->cmd = ETHTOOL_GSSET_INFO;
	s->sset_mask = UINT64_C(1) << ETH_SS_FEATURES;
	if ((error = ask(t, ifname, s)) >= 0) {
		*n = s->sset_mask != 0 ? s->data[0] : 0;
		error = *n != 0 ? 0 : -EOPNOTSUPP;
	}
	free(s);
	return error;
}

static void
find_bits(struct ethtool *t, const struct ethtool_gstrings *s, uint32_t n)
{
	unsigned f;
	uint32_t i;

	for (f = 0; f < ETHTOOL_FEATURES; f++) {
		for (i = 0; i < n; i++)
			if (strncmp((const char *)s->data +
			    (size_t)i * ETH_GSTRING_LEN, names[f],
			    ETH_GSTRING_LEN) == 0)
				break;
		t->bit[f] = i;
	}
	t->n = n;
}

/* Once: their numbers.  Any interface can be asked. */
static int
learn(struct ethtool *t, const char *ifname)
{
	struct ethtool_gstrings *s;
	uint32_t n;
	int error;

	if (t->n != 0)
		return 0;
	if ((error = count(t, ifname, &n)) != 0)
		return error;
	s = calloc(1, sizeof(*s) + (size_t)n * ETH_GSTRING_LEN);
	if (s == NULL)
		return -ENOMEM;
	s->cmd = ETHTOOL_GSTRINGS;
	s->string_set = ETH_SS_FEATURES;
	s->len = n;
	if ((error = ask(t, ifname, s)) >= 0 && s->len == n)
		find_bits(t, s, n);
	free(s);
	return error < 0 ? error : t->n == 0 ? -EOPNOTSUPP : 0;
}

static uint32_t
words(const struct ethtool *t)
{
	return (t->n + 31) / 32;
}

int
ethtool_read(struct ethtool *t, const char *ifname,
    bool on[ETHTOOL_FEATURES])
{
	struct ethtool_gfeatures *g;
	unsigned f;
	int error;

	if ((error = learn(t, ifname)) != 0)
		return error;
	g = calloc(1, sizeof(*g) + words(t) * sizeof(g->features[0]));
	if (g == NULL)
		return -ENOMEM;
	g->cmd = ETHTOOL_GFEATURES;
	g->size = words(t);
	if ((error = ask(t, ifname, g)) >= 0)
		for (f = 0; f < ETHTOOL_FEATURES; f++)
			on[f] = t->bit[f] < t->n &&
			    (g->features[t->bit[f] / 32].active >>
			    t->bit[f] % 32 & 1) != 0;
	free(g);
	return error < 0 ? error : 0;
}

int
ethtool_switch(struct ethtool *t, const char *ifname,
    enum ethtool_feature f, bool on)
{
	struct ethtool_sfeatures *s;
	uint32_t bit;
	int error;

	if ((error = learn(t, ifname)) != 0)
		return error;
	if (t->bit[f] >= t->n)
		return -EOPNOTSUPP;
	s = calloc(1, sizeof(*s) + words(t) * sizeof(s->features[0]));
	if (s == NULL)
		return -ENOMEM;
	s->cmd = ETHTOOL_SFEATURES;
	s->size = words(t);
	bit = UINT32_C(1) << t->bit[f] % 32;
	s->features[t->bit[f] / 32].valid = bit;
	s->features[t->bit[f] / 32].requested = on ? bit : 0;
	error = ask(t, ifname, s);
	free(s);
	/* a word of ethtool_flags: noted, but not done */
	return error > 0 ? -EOPNOTSUPP : error;
}
