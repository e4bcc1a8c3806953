/* SPDX-License-Identifier: ISC */
/*
 * Packets as words, to and fro.
 */
#include "tests/pkttext.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hexpkt.h"

#define FLAG_LETTERS "FSRPAU"

struct words {
	const char *text;
	char buf[512];
	char *rest;
};

static void
wrong(const char *text, const char *what)
{
	fprintf(stderr, "no packet, %s: %s\n", what, text);
	exit(EXIT_FAILURE);
}

static const char *
word(struct words *w)
{
	char *s;

	while ((s = strsep(&w->rest, " ")) != NULL)
		if (*s != '\0')
			return s;
	return NULL;
}

static const char *
need(struct words *w)
{
	const char *s = word(w);

	if (s == NULL)
		wrong(w->text, "too short");
	return s;
}

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* An end point: ADDR, ADDR:PORT, [ADDR]:PORT.  Return: family. */
static int
endpoint(struct words *w, uint8_t addr[16], unsigned *port)
{
	char s[128], *p = s, *colon;
	const char *from = need(w);

	snprintf(s, sizeof(s), "%s", from);
	*port = 0;
	if (*p == '[') {
		p++;
		if ((colon = strchr(p, ']')) == NULL)
			wrong(w->text, from);
		*colon++ = '\0';
		if (*colon == ':')
			*port = (unsigned)atoi(colon + 1);
	} else if (strchr(p, '.') != NULL &&
	    (colon = strchr(p, ':')) != NULL) {
		*colon = '\0';
		*port = (unsigned)atoi(colon + 1);
	}
	if (inet_pton(AF_INET, p, addr) == 1)
		return 4;
	if (inet_pton(AF_INET6, p, addr) != 1)
		wrong(w->text, from);
	return 6;
}

/* All that may follow the end points. */
struct facts {
	long len, seq, ack, win, wscale, mss, ttl, tos, ipid, id, no, mtu;
	int df;
};

static const struct {
	const char *name;
	size_t off;
} fact_names[] = {
	{ "len", offsetof(struct facts, len) },
	{ "seq", offsetof(struct facts, seq) },
	{ "ack", offsetof(struct facts, ack) },
	{ "win", offsetof(struct facts, win) },
	{ "wscale", offsetof(struct facts, wscale) },
	{ "mss", offsetof(struct facts, mss) },
	{ "ttl", offsetof(struct facts, ttl) },
	{ "tos", offsetof(struct facts, tos) },
	{ "ipid", offsetof(struct facts, ipid) },
	{ "id", offsetof(struct facts, id) },
	{ "no", offsetof(struct facts, no) },
	{ "mtu", offsetof(struct facts, mtu) },
};

#define NFACTS (sizeof(fact_names) / sizeof(fact_names[0]))

static void
facts(struct words *w, struct facts *f)
{
	const char *s;
	size_t i;

	memset(f, 0, sizeof(*f));
	f->wscale = f->mss = -1;
	f->win = 65535;
	f->ttl = 64;
	f->ipid = 1;
	while ((s = word(w)) != NULL) {
		if (strcmp(s, "df") == 0) {
			f->df = 1;
			continue;
		}
		for (i = 0; i < NFACTS; i++)
			if (strcmp(s, fact_names[i].name) == 0)
				break;
		if (i == NFACTS)
			wrong(w->text, s);
		*(long *)((char *)f + fact_names[i].off) = atol(need(w));
	}
}

static size_t
header(uint8_t *p, int version, unsigned proto, const uint8_t *src,
    const uint8_t *dst, const struct facts *f, size_t payload)
{
	if (version == 6) {
		memset(p, 0, 40);
		put16(p, 0x6000 | (unsigned)f->tos << 4);
		put16(p + 4, (unsigned)payload);
		p[6] = (uint8_t)proto;
		p[7] = (uint8_t)f->ttl;
		memcpy(p + 8, src, 16);
		memcpy(p + 24, dst, 16);
		return 40;
	}
	memset(p, 0, 20);
	p[0] = 0x45;
	p[1] = (uint8_t)f->tos;
	put16(p + 2, 20 + (unsigned)payload);
	put16(p + 4, (unsigned)f->ipid);
	put16(p + 6, f->df ? 0x4000 : 0);
	p[8] = (uint8_t)f->ttl;
	p[9] = (uint8_t)proto;
	memcpy(p + 12, src, 4);
	memcpy(p + 16, dst, 4);
	put16(p + 10, ~sum16(0, p, 20) & 0xffff);
	return 20;
}

static size_t
tcp_header(uint8_t *p, unsigned sport, unsigned dport, const char *letters,
    const struct facts *f)
{
	size_t n = 20;
	const char *l;

	memset(p, 0, 60);
	put16(p, sport);
	put16(p + 2, dport);
	put32(p + 4, (uint32_t)f->seq);
	put32(p + 8, (uint32_t)f->ack);
	for (l = letters; *l != '\0'; l++)
		if (strchr(FLAG_LETTERS, *l) != NULL)
			p[13] |= (uint8_t)(1 <<
			    (strchr(FLAG_LETTERS, *l) - FLAG_LETTERS));
	put16(p + 14, (unsigned)f->win);
	if (f->mss >= 0) {
		put16(p + n, 0x0204);
		put16(p + n + 2, (unsigned)f->mss);
		n += 4;
	}
	if (f->wscale >= 0) {
		put32(p + n, 0x01030300 | (uint32_t)f->wscale);
		n += 4;
	}
	p[12] = (uint8_t)(n << 2);
	return n;
}

/* Where the sum of a layer 4 header is; 0: it has none. */
static size_t
sum_place(unsigned proto)
{
	return proto == 6 ? 16 : proto == 17 ? 6 : proto == 1 || proto == 58 ?
	    2 : 0;
}

static void
finish(uint8_t *p, size_t len, size_t off, unsigned proto)
{
	size_t at = sum_place(proto);
	uint32_t sum;

	if (proto == 132)
		sctp_sum(p + off, len - off, p + off + 8);
	if (at == 0)
		return;
	put16(p + off + at, 0);
	sum = proto == 1 ? sum16(0, p + off, len - off) :
	    l4_sum(p, len, off, (uint8_t)proto);
	sum = ~sum & 0xffff;
	if (sum == 0 && proto == 17)
		sum = 0xffff;
	put16(p + off + at, sum);
}

static const struct {
	const char *name;
	unsigned proto;
} protos[] = {
	{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmp6", 58 },
	{ "gre", 47 }, { "sctp", 132 },
};

#define NPROTOS (sizeof(protos) / sizeof(protos[0]))

static unsigned
protocol(struct words *w)
{
	const char *s = need(w);
	size_t i;

	for (i = 0; i < NPROTOS; i++)
		if (strcmp(s, protos[i].name) == 0)
			return protos[i].proto;
	wrong(w->text, s);
	return 0;
}

/* The packet in braces, as the payload; the text in front is cut off. */
static void
quoted(struct words *w, struct pkt *inner)
{
	char *open = strchr(w->buf, '{'), *close;

	inner->len = 0;
	if (open == NULL)
		return;
	*open++ = '\0';
	if ((close = strrchr(open, '}')) == NULL)
		wrong(w->text, "no }");
	*close = '\0';
	pkt_read(inner, open);
}

void
pkt_read(struct pkt *pk, const char *text)
{
	struct words w = { .text = text, .rest = w.buf };
	uint8_t src[16], dst[16], l4[64] = { 0 };
	unsigned proto, sport, dport;
	const char *what = "";
	struct pkt *inner = malloc(sizeof(*inner));
	size_t n = 0, off, i;
	struct facts f;
	int version;

	snprintf(w.buf, sizeof(w.buf), "%s", text);
	if (inner == NULL)
		wrong(text, "no memory");
	quoted(&w, inner);
	proto = protocol(&w);
	version = endpoint(&w, src, &sport);
	if (strcmp(need(&w), ">") != 0)
		wrong(text, "no >");
	endpoint(&w, dst, &dport);
	if (proto == 6 || proto == 1 || proto == 58)
		what = need(&w);
	facts(&w, &f);
	if (proto == 6) {
		n = tcp_header(l4, sport, dport, what, &f);
	} else if (proto == 17) {
		put16(l4, sport);
		put16(l4 + 2, dport);
		put16(l4 + 4, 8 + (unsigned)f.len);
		n = 8;
	} else if (proto == 1 || proto == 58) {
		l4[0] = (uint8_t)atoi(what);
		l4[1] = strchr(what, '/') == NULL ? 0 :
		    (uint8_t)atoi(strchr(what, '/') + 1);
		put16(l4 + 4, (unsigned)f.id);
		put16(l4 + 6, (unsigned)f.no);
		n = 8;
	} else if (proto == 132) {
		put16(l4, sport);
		put16(l4 + 2, dport);
		put32(l4 + 4, (uint32_t)f.id);
		n = 12;
	}
	if (inner->len > 0) {
		put16(l4 + 6, (unsigned)f.mtu);
		f.len = inner->len;
	}
	off = header(pk->b, version, proto, src, dst, &f, n + (size_t)f.len);
	memcpy(pk->b + off, l4, n);
	for (i = 0; i < (size_t)f.len; i++)
		pk->b[off + n + i] = inner->len > 0 ? inner->b[i] : (uint8_t)i;
	free(inner);
	pk->len = (uint32_t)(off + n + (size_t)f.len);
	finish(pk->b, pk->len, off, proto);
}

/* An end point as pkt_read() takes it. */
static int
show_end(char *out, size_t room, int version, const uint8_t *addr, int port)
{
	char a[64];

	inet_ntop(version == 6 ? AF_INET6 : AF_INET, addr, a, sizeof(a));
	if (port < 0)
		return snprintf(out, room, "%s", a);
	return snprintf(out, room, version == 6 ? "[%s]:%d" : "%s:%d", a,
	    port);
}

static int
is_error(int version, const uint8_t *l4)
{
	return version == 6 ? l4[0] < 128 :
	    l4[0] == 3 || l4[0] == 4 || l4[0] == 5 || l4[0] == 11 ||
	    l4[0] == 12;
}

static size_t
show_l4(char *out, size_t room, int version, unsigned proto,
    const uint8_t *l4, size_t len)
{
	char inner[PKT_TEXT], letters[8];
	size_t n = 0, i, k = 0;

	if (proto == 6 && len >= 20) {
		for (i = 0; i < 6; i++)
			if (l4[13] & 1 << i)
				letters[k++] = FLAG_LETTERS[i];
		if (k == 0)
			letters[k++] = '.';
		letters[k] = '\0';
		n = (size_t)snprintf(out, room, " %s seq %u ack %u", letters,
		    get32(l4 + 4), get32(l4 + 8));
		k = (size_t)(l4[12] >> 4) * 4;
	} else if (proto == 17 && len >= 8) {
		k = 8;
	} else if (proto == 132 && len >= 12) {
		k = 12;
	} else if ((proto == 1 || proto == 58) && len >= 8) {
		if (is_error(version, l4)) {
			pkt_text(l4 + 8, len - 8, inner);
			return (size_t)snprintf(out, room, " %d/%d {%.200s}",
			    l4[0], l4[1], inner);
		}
		n = (size_t)snprintf(out, room, " %d/%d id %u", l4[0], l4[1],
		    get16(l4 + 4));
		k = 8;
	}
	if (len > k && n < room)
		n += (size_t)snprintf(out + n, room - n, " len %zu", len - k);
	return n;
}

const char *
pkt_text(const uint8_t *p, size_t len, char out[PKT_TEXT])
{
	int version = p[0] >> 4, ports;
	size_t off = version == 6 ? 40 : (size_t)(p[0] & 15) * 4, n, i;
	unsigned proto = version == 6 ? p[6] : p[9];
	const uint8_t *l4 = p + off;
	const char *name = "?";

	for (i = 0; i < NPROTOS; i++)
		if (protos[i].proto == proto)
			name = protos[i].name;
	ports = (proto == 6 || proto == 17 || proto == 132) && len >= off + 4 &&
	    (version == 6 || (get16(p + 6) & 0x1fff) == 0);
	n = (size_t)snprintf(out, PKT_TEXT, "%s ", name);
	n += (size_t)show_end(out + n, PKT_TEXT - n, version,
	    p + (version == 6 ? 8 : 12), ports ? (int)get16(l4) : -1);
	n += (size_t)snprintf(out + n, PKT_TEXT - n, " > ");
	n += (size_t)show_end(out + n, PKT_TEXT - n, version,
	    p + (version == 6 ? 24 : 16), ports ? (int)get16(l4 + 2) : -1);
	if (version == 4 && (get16(p + 6) & 0x1fff) != 0)
		snprintf(out + n, PKT_TEXT - n, " piece %u len %zu",
		    (get16(p + 6) & 0x1fff) * 8, len - off);
	else if (len > off && n < PKT_TEXT)
		show_l4(out + n, PKT_TEXT - n, version, proto, l4, len - off);
	return out;
}

const char *
pkt_sums(const uint8_t *p, size_t len)
{
	int version = p[0] >> 4;
	size_t off = version == 6 ? 40 : (size_t)(p[0] & 15) * 4, at;
	unsigned proto = version == 6 ? p[6] : p[9];
	const char *inner = NULL;

	if (version == 4 && sum16(0, p, off) != 0xffff)
		return "IPv4 header";
	if (version == 4 && (get16(p + 6) & 0x3fff) != 0)
		return NULL; /* a fragment */
	if ((version == 6 ? 40 + get16(p + 4) : get16(p + 2)) != len)
		return NULL; /* not all of it */
	if (proto == 132)
		return len < off + 12 ||
		    l4_sum(p, len, off, 132) == 0xffff ? NULL : "SCTP";
	at = sum_place(proto);
	if (at == 0 || (proto == 17 && get16(p + off + 6) == 0))
		return NULL;
	if (at == 2 && len > off + 8 && is_error(version, p + off))
		inner = pkt_sums(p + off + 8, len - off - 8);
	if (inner != NULL)
		return inner;
	if (proto == 1)
		return sum16(0, p + off, len - off) == 0xffff ? NULL : "ICMP";
	return l4_sum(p, len, off, (uint8_t)proto) == 0xffff ? NULL :
	    "layer 4";
}
