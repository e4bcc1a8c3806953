/* SPDX-License-Identifier: ISC */
/*
 * Established flows in the kernel: an XDP program over the state arena.
 *
 * The arena's header, buckets, lines and extension records are four maps, of
 * BPF_F_MMAPABLE memory that natd has mapped at its arena's regions; so this
 * program and the engine work on the same states.
 *
 * What it knows how to do it does completely: an IPv4 or IPv6 packet over
 * Ethernet, without options or fragments, TCP without SYN, UDP, or an echo
 * with its state.  It looks it up, tracks and translates it, and passes it to
 * the kernel, which routes.  Every other packet passes as it came, and the
 * engine decides it.
 *
 * Freestanding: the few declarations it needs of the kernel's interface stand
 * here.
 */
#define FAST_ACCESS
#include "engine/fast/access.h"

#define SEC(name) __attribute__((section(name), used))
#define MAP_UINT(name, value) int(*name)[value]
#define MAP_TYPE(name, type) type *name
#define BPF_MAP_TYPE_ARRAY 2
#define BPF_F_MMAPABLE 1024
#define XDP_PASS 2

struct xdp_md {
	uint32_t data, data_end, data_meta, ingress_ifindex, rx_queue_index;
	uint32_t egress_ifindex;
};

static void *(*const map_lookup)(void *, const void *) = (void *)1;
static uint64_t (*const ktime_get_ns)(void) = (void *)5;

/* Sizes are set by the loader from the arena's. */
struct {
	MAP_UINT(type, BPF_MAP_TYPE_ARRAY);
	MAP_UINT(map_flags, BPF_F_MMAPABLE);
	MAP_UINT(max_entries, 1);
	MAP_TYPE(key, uint32_t);
	MAP_TYPE(value, struct fast_head);
} header SEC(".maps");

struct {
	MAP_UINT(type, BPF_MAP_TYPE_ARRAY);
	MAP_UINT(map_flags, BPF_F_MMAPABLE);
	MAP_UINT(max_entries, 64);
	MAP_TYPE(key, uint32_t);
	MAP_TYPE(value, struct bucket);
} buckets SEC(".maps");

struct {
	MAP_UINT(type, BPF_MAP_TYPE_ARRAY);
	MAP_UINT(map_flags, BPF_F_MMAPABLE);
	MAP_UINT(max_entries, 64);
	MAP_TYPE(key, uint32_t);
	MAP_TYPE(value, struct line);
} lines SEC(".maps");

struct {
	MAP_UINT(type, BPF_MAP_TYPE_ARRAY);
	MAP_UINT(map_flags, BPF_F_MMAPABLE);
	MAP_UINT(max_entries, 64);
	MAP_TYPE(key, uint32_t);
	MAP_TYPE(value, struct ext);
} exts SEC(".maps");

/* The engine's number of a kernel interface: index ifindex, 0: not natd's. */
struct {
	MAP_UINT(type, BPF_MAP_TYPE_ARRAY);
	MAP_UINT(map_flags, BPF_F_MMAPABLE);
	MAP_UINT(max_entries, 4096);
	MAP_TYPE(key, uint32_t);
	MAP_TYPE(value, uint64_t);
} interfaces SEC(".maps");

struct fast {
	struct fast_head *head;
};

static inline struct fast_head *
head_at(const struct fast *f)
{
	return f->head;
}

static inline struct bucket *
bucket_at(const struct fast *f, uint32_t i)
{
	(void)f;
	return map_lookup(&buckets, &i);
}

static inline struct line *
line_at(const struct fast *f, uint32_t i)
{
	(void)f;
	return map_lookup(&lines, &i);
}

static inline struct ext *
ext_at(const struct fast *f, uint32_t i)
{
	(void)f;
	return map_lookup(&exts, &i);
}

#include "engine/fast/lookup.h"
#include "engine/fast/track.h"
#include "engine/fast/translate.h"

#define ETHER 14
#define ICMP_ECHO 8
#define ICMP_ECHOREPLY 0
#define CLASS_ECHO_REQUEST 2 /* enum icmp_class, pdesc.h */
#define CLASS_ECHO_REPLY 3

/* A packet while it is read; the pointers stay in registers. */
struct view {
	uint16_t sport, dport;
	uint32_t bytes;
	struct tcp_seg seg;
};

static inline uint16_t
net16(uint16_t v)
{
	return __builtin_bswap16(v);
}

/* The numbers of a segment; @l4len: bytes the IP header leaves for it. */
FAST_INLINE int
read_tcp(const uint8_t *l4, uint32_t l4len, struct view *v)
{
	uint32_t hlen = (l4[12] >> 4) * 4;

	if (hlen < 20 || hlen > l4len || l4[13] & TCPF_SYN)
		return 0;
	v->sport = get16(l4);
	v->dport = get16(l4 + 2);
	v->seg.seq = __builtin_bswap32(get32(l4 + 4));
	v->seg.ack = __builtin_bswap32(get32(l4 + 8));
	v->seg.len = l4len - hlen;
	v->seg.win = net16(get16(l4 + 14));
	v->seg.flags = l4[13] & (TCPF_FIN | TCPF_RST | TCPF_PSH | TCPF_ACK);
	v->seg.wscale = 0xff;
	return 1;
}

FAST_INLINE int
read_echo(const uint8_t *l4, struct view *v)
{
	if (l4[1] != 0 || (l4[0] != ICMP_ECHO && l4[0] != ICMP_ECHOREPLY))
		return 0;
	v->sport = get16(l4 + 4);
	v->dport = net16(l4[0] == ICMP_ECHO ? CLASS_ECHO_REQUEST :
					      CLASS_ECHO_REPLY);
	return 1;
}

/*
 * Layer 4 of a packet: 0 if the engine must look at it.
 * The checks against @end are what the verifier lets reads and writes go by.
 */
FAST_INLINE int
read_l4(const uint8_t *l4, const uint8_t *end, uint8_t proto, uint32_t l4len,
    struct view *v)
{
	switch (proto) {
	case L4_TCP:
		return l4 + 20 <= end && l4len >= 20 && read_tcp(l4, l4len, v);
	case L4_UDP:
		if (l4 + 8 > end || l4len < 8 || net16(get16(l4 + 4)) > l4len)
			return 0;
		v->sport = get16(l4);
		v->dport = get16(l4 + 2);
		return 1;
	case L4_ICMP:
		return l4 + 8 <= end && l4len >= 8 && read_echo(l4, v);
	}
	return 0;
}

/* Find the state, judge the packet, count it.  Return: may it be rewritten? */
FAST_INLINE int
flow_track(const struct fast *f, const struct skey *k, const struct view *v,
    uint64_t hash, uint16_t ifidx, uint32_t *lref, struct line **own)
{
	uint32_t now = (uint32_t)(ktime_get_ns() / 1000000);
	struct line *peer;
	enum track t;

	*lref = lookup(f, k, hash, ifidx);
	if (*lref >= LOOKUP_BUSY)
		return 0;
	*own = line_at(f, *lref);
	peer = line_at(f, *lref ^ 1);
	if (*own == (void *)0 || peer == (void *)0 ||
	    load_relaxed(&(*own)->flags) & LINE_SLOW)
		return 0;
	/* what would change the timeout class is the engine's, and its answer:
	 * so is every packet that is not simply good */
	t = k->proto == L4_TCP ?
	    track_tcp_upto(*own, peer, &v->seg, now, v->bytes, TRACK_OK) :
	    track_other_steady(*own, now, v->bytes);
	return t == TRACK_OK;
}

static inline uint16_t
flow_ifidx(uint32_t ifindex)
{
	uint64_t *v = map_lookup(&interfaces, &ifindex);

	return v == (void *)0 ? 0 : (uint16_t)*v;
}

FAST_INLINE void
flow_ipv4(const struct fast *f, uint8_t *ip, const uint8_t *end,
    uint16_t ifidx)
{
	uint8_t *l4 = ip + 20, proto;
	struct line *own;
	struct view v = { .bytes = 0 };
	struct skey k;
	uint32_t lref;

	if (ip + 20 > end || ip[0] != 0x45 || get16(ip + 6) & net16(0x3fff) ||
	    ip[8] <= 1)
		return;
	v.bytes = net16(get16(ip + 2));
	proto = ip[9];
	if (v.bytes < 20 || ip + v.bytes > end ||
	    !read_l4(l4, end, proto, v.bytes - 20, &v))
		return;
	key_make4(&k, get32(ip + 12), get32(ip + 16), v.sport, v.dport, proto,
	    0, 0);
	if (!flow_track(f, &k, &v, key_hash4(f->head->hash_key, &k), ifidx,
	    &lref, &own))
		return;
	if (proto == L4_TCP && l4 + 20 <= end)
		translate4_as(ip, l4, own, L4_TCP, 0);
	else if (proto == L4_UDP && l4 + 8 <= end)
		translate4_as(ip, l4, own, L4_UDP, 0);
	else if (proto == L4_ICMP && l4 + 8 <= end)
		translate4_as(ip, l4, own, L4_ICMP, 0);
}

FAST_INLINE void
flow_ipv6(const struct fast *f, uint8_t *ip, const uint8_t *end,
    uint16_t ifidx)
{
	uint8_t *l4 = ip + 40, proto;
	struct line *own;
	struct view v = { .bytes = 0 };
	uint32_t lref, src[4], dst[4];
	struct ext *x;
	struct skey k;

	if (ip + 40 > end || ip[0] >> 4 != 6 || ip[7] <= 1)
		return;
	v.bytes = net16(get16(ip + 4));
	proto = ip[6];
	if (proto == L4_ICMP || ip + 40 + v.bytes > end ||
	    !read_l4(l4, end, proto, v.bytes, &v))
		return;
	v.bytes += 40;
	__builtin_memcpy(src, ip + 8, 16);
	__builtin_memcpy(dst, ip + 24, 16);
	key_make6(&k, src, dst, v.sport, v.dport, proto, 0, 0);
	if (!flow_track(f, &k, &v, key_hash6(f->head->hash_key, &k), ifidx,
	    &lref, &own) || (x = ext_at(f, own->nsrc)) == (void *)0)
		return;
	if (proto == L4_TCP && l4 + 20 <= end)
		translate6_as(ip, l4, own, x, lref & 1, L4_TCP, 0);
	else if (proto == L4_UDP && l4 + 8 <= end)
		translate6_as(ip, l4, own, x, lref & 1, L4_UDP, 0);
}

SEC("xdp")
int
natd_flow(struct xdp_md *ctx)
{
	uint8_t *data = (uint8_t *)(unsigned long)ctx->data;
	const uint8_t *end = (const uint8_t *)(unsigned long)ctx->data_end;
	uint16_t ifidx = flow_ifidx(ctx->ingress_ifindex);
	uint32_t zero = 0;
	struct fast f;

	f.head = map_lookup(&header, &zero);
	if (f.head == (void *)0 || ifidx == 0 || data + ETHER > end)
		return XDP_PASS;
	if (data[12] == 0x08 && data[13] == 0x00)
		flow_ipv4(&f, data + ETHER, end, ifidx);
	else if (data[12] == 0x86 && data[13] == 0xdd)
		flow_ipv6(&f, data + ETHER, end, ifidx);
	return XDP_PASS;
}

/* No helper that it calls is for programs under the GPL only. */
char _license[] SEC("license") = "ISC";
