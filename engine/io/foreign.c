/* SPDX-License-Identifier: ISC */
/*
 * Three questions to the kernel, each only if the one before asks for it: the
 * chains of type nat, the rules of their tables, and, of iptables before
 * nf_tables, how many entries a table has.
 */
#include "engine/io/foreign.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/io/hooks.h"
#include "engine/io/nltalk.h"

#define TABLES_MAX 16
#define NAME_LEN 64
/* Entries of a nat table of iptables without a rule: each chain's policy, and
 * the end. */
#define LEGACY_EMPTY (4 + 1)

struct foreign {
	uint8_t family;
	char table[NAME_LEN];
	char found[FOREIGN_LEN]; /* "chain a: masquerade, chain b: dnat" */
};

struct search {
	struct foreign v[TABLES_MAX];
	unsigned n;
	struct foreign *now;	/* whose rules are read */
};

/* Attributes of one level, by type. */
struct attrs {
	const struct nlattr *a[32];
};

static int
collect(const struct nlattr *attr, void *arg)
{
	struct attrs *at = arg;
	uint16_t type = mnl_attr_get_type(attr);

	if (type < sizeof(at->a) / sizeof(at->a[0]))
		at->a[type] = attr;
	return MNL_CB_OK;
}

static const char *
word(const struct attrs *at, unsigned type)
{
	return at->a[type] == NULL ||
	    mnl_attr_validate(at->a[type], MNL_TYPE_NUL_STRING) < 0 ? "" :
	    mnl_attr_get_str(at->a[type]);
}

static int
take_chain(const struct nlmsghdr *h, void *arg)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(h);
	struct search *s = arg;
	struct attrs at = { 0 };
	const char *table;
	unsigned i;

	if (mnl_attr_parse(h, sizeof(*nfg), collect, &at) < 0 ||
	    strcmp(word(&at, NFTA_CHAIN_TYPE), "nat") != 0 ||
	    strcmp(table = word(&at, NFTA_CHAIN_TABLE), HOOKS_TABLE) == 0)
		return MNL_CB_OK;
	for (i = 0; i < s->n; i++)
		if (s->v[i].family == nfg->nfgen_family &&
		    strcmp(s->v[i].table, table) == 0)
			return MNL_CB_OK;
	if (s->n < TABLES_MAX && strlen(table) < NAME_LEN) {
		s->v[s->n].family = nfg->nfgen_family;
		strcpy(s->v[s->n++].table, table);
	}
	return MNL_CB_OK;
}

/* The word for a translation; NULL: the expression is none. */
static const char *
translation(const struct nlattr *elem)
{
	static const char *const targets[] = {
		"MASQUERADE", "SNAT", "DNAT", "REDIRECT", "NETMAP",
	};
	struct attrs e = { 0 }, data = { 0 };
	const char *name;
	unsigned i;

	if (mnl_attr_parse_nested(elem, collect, &e) < 0)
		return NULL;
	name = word(&e, NFTA_EXPR_NAME);
	if (strcmp(name, "masq") == 0)
		return "masquerade";
	if (strcmp(name, "redir") == 0)
		return "redirect";
	if (e.a[NFTA_EXPR_DATA] == NULL ||
	    mnl_attr_parse_nested(e.a[NFTA_EXPR_DATA], collect, &data) < 0)
		return NULL;
	if (strcmp(name, "nat") == 0)
		return data.a[NFTA_NAT_TYPE] != NULL && ntohl(mnl_attr_get_u32(
		    data.a[NFTA_NAT_TYPE])) == NFT_NAT_DNAT ? "dnat" : "snat";
	for (i = 0; strcmp(name, "target") == 0 &&
	    i < sizeof(targets) / sizeof(targets[0]); i++)
		if (strcmp(word(&data, NFTA_TARGET_NAME), targets[i]) == 0)
			return targets[i];
	return NULL;
}

static void
add(struct foreign *f, const char *chain, const char *what)
{
	char text[NAME_LEN * 2];

	snprintf(text, sizeof(text), "chain %s: %s", chain, what);
	if (strstr(f->found, text) != NULL ||
	    strlen(f->found) + strlen(text) + 3 > sizeof(f->found))
		return;
	if (f->found[0] != '\0')
		strcat(f->found, ", ");
	strcat(f->found, text);
}

static int
take_rule(const struct nlmsghdr *h, void *arg)
{
	struct search *s = arg;
	const struct nlattr *elem;
	struct attrs at = { 0 };
	const char *what;

	if (mnl_attr_parse(h, sizeof(struct nfgenmsg), collect, &at) < 0 ||
	    strcmp(word(&at, NFTA_RULE_TABLE), s->now->table) != 0 ||
	    at.a[NFTA_RULE_EXPRESSIONS] == NULL)
		return MNL_CB_OK;
	mnl_attr_for_each_nested(elem, at.a[NFTA_RULE_EXPRESSIONS])
		if ((what = translation(elem)) != NULL)
			add(s->now, word(&at, NFTA_RULE_CHAIN), what);
	return MNL_CB_OK;
}

static int
dump(struct nltalk *t, uint16_t type, uint8_t family, const char *table,
    mnl_cb_t take, struct search *s)
{
	char req[512];
	struct nlmsghdr *h = mnl_nlmsg_put_header(req);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(h, sizeof(*nfg));

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	h->nlmsg_flags = NLM_F_DUMP;
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	if (table != NULL)
		mnl_attr_put_strz(h, NFTA_RULE_TABLE, table);
	return nltalk_ask(t, h, take, s);
}

static const char *
family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	default:
		return "inet";
	}
}

static int
search_tables(struct search *s, void (*fn)(void *, const char *), void *arg)
{
	char what[FOREIGN_LEN + NAME_LEN + 16];
	struct nltalk t;
	unsigned i;
	int error;

	if ((error = nltalk_open(&t, NETLINK_NETFILTER)) != 0)
		return error;
	error = dump(&t, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC, NULL, take_chain,
	    s);
	for (i = 0; error == 0 && i < s->n; i++) {
		s->now = &s->v[i];
		error = dump(&t, NFT_MSG_GETRULE, s->now->family,
		    s->now->table, take_rule, s);
		snprintf(what, sizeof(what), "table %s %s, %s",
		    family_name(s->now->family), s->now->table, s->now->found);
		if (s->now->found[0] != '\0')
			fn(arg, what);
	}
	nltalk_close(&t);
	return error;
}

/* To ask for a table of iptables makes it: so only for one that is there. */
static bool
legacy_there(const char *path)
{
	char line[64];
	bool found = false;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strcmp(line, "nat\n") == 0;
	fclose(f);
	return found;
}

/* Has the nat table of iptables a rule?  Both families ask alike. */
static bool
legacy_rules(int af)
{
	struct ipt_getinfo info = { .name = "nat" };
	socklen_t len = sizeof(info);
	bool rules = false;
	int fd;

	_Static_assert(sizeof(struct ipt_getinfo) ==
	    sizeof(struct ip6t_getinfo), "one struct for both");
	if ((fd = socket(af, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)) == -1)
		return false;
	if (af == AF_INET)
		rules = getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info,
		    &len) == 0;
	else
		rules = getsockopt(fd, IPPROTO_IPV6, IP6T_SO_GET_INFO, &info,
		    &len) == 0;
	close(fd);
	return rules && info.num_entries > LEGACY_EMPTY;
}

int
foreign_nat(void (*fn)(void *arg, const char *what), void *arg)
{
	struct search *s;
	int error;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	error = search_tables(s, fn, arg);
	free(s);
	if (legacy_there("/proc/net/ip_tables_names") &&
	    legacy_rules(AF_INET))
		fn(arg, "the nat table of iptables");
	if (legacy_there("/proc/net/ip6_tables_names") &&
	    legacy_rules(AF_INET6))
		fn(arg, "the nat table of ip6tables");
	return error;
}
