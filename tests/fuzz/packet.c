/* SPDX-License-Identifier: ISC */
/*
 * Packet fuzzer: the packets of the parser's tests, mutated, through the
 * parts of the packet path and through the engine.
 *
 *	packet [runs [seed]]
 *
 * The same runs and seed are the same packets; without arguments FUZZ_RUNS
 * and TEST_SEED say.  The input that is under way when the program is killed
 * by a failed check is written as hex to standard error.  Built with
 * -DFUZZ_LIBFUZZER -fsanitize=fuzzer, LLVMFuzzerTestOneInput() is the entry
 * instead, and its inputs are those of fuzz_one().
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/packet.h"
#include "tests/hexpkt.h"
#include "tests/packets.h"

#define RUNS 200000

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* fuzz_one() - One input through all stages. */
static void
fuzz_one(const uint8_t *in, size_t len)
{
	static const uint8_t odd_mtus[] = { 0, 28, 68, 69, 255 };
	struct fuzz_how how;

	if (len < FUZZ_HEAD || len > FUZZ_MAX)
		return;
	how.csum = in[0] & 1;
	how.dir = in[0] >> 1 & 1;
	how.gso = in[0] >> 2 & 7 ? GSO_NONE : (uint8_t)(in[0] >> 5 & 3);
	how.gso_size = (uint16_t)(in[1] << 8 | in[2]);
	how.mtu = in[3] < 5 ? odd_mtus[in[3]] : (uint16_t)(in[3] * 37);
	memcpy(&how.rnd, in + 4, sizeof(how.rnd));
	fuzz_parts(&how, in + FUZZ_HEAD, len - FUZZ_HEAD);
	fuzz_engine(&how, in + FUZZ_HEAD, len - FUZZ_HEAD);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	fuzz_one(in, len);
	return 0;
}

#ifndef FUZZ_LIBFUZZER

static uint64_t rnd_state;
static uint8_t input[FUZZ_MAX];
static size_t input_len;

static uint32_t
rnd(uint32_t below)
{
	rnd_state = rnd_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((rnd_state >> 32) * below >> 32);
}

/* mend4() - A right sum for what may be an IPv4 header. */
static void
mend4(uint8_t *p, size_t len)
{
	uint32_t hlen = (p[0] & 15) * 4u, sum;

	if (len < 20 || p[0] >> 4 != 4 || hlen < 20 || hlen > len)
		return;
	p[10] = p[11] = 0;
	sum = ~sum16(0, p, hlen);
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
}

/* mend_icmp() - The same for ICMP and what it quotes. */
static void
mend_icmp(uint8_t *p, size_t len)
{
	size_t l4 = p[0] >> 4 == 4 ? (p[0] & 15) * 4u : 40;
	uint32_t sum;

	if (len < l4 + 8 || p[p[0] >> 4 == 4 ? 9 : 6] !=
	    (p[0] >> 4 == 4 ? 1 : 58))
		return;
	mend4(p + l4 + 8, len - l4 - 8);
	p[l4 + 2] = p[l4 + 3] = 0;
	sum = p[0] >> 4 == 4 ? sum16(0, p + l4, len - l4)
			     : l4_sum(p, len, l4, 58);
	p[l4 + 2] = (uint8_t)(~sum >> 8);
	p[l4 + 3] = (uint8_t)~sum;
}

/* mend_length() - The length that the header says is that of the bytes. */
static void
mend_length(uint8_t *p, size_t len)
{
	size_t n = p[0] >> 4 == 4 ? len : len - 40;

	if (len < 40 || n > 65535)
		return;
	p[p[0] >> 4 == 4 ? 2 : 4] = (uint8_t)(n >> 8);
	p[p[0] >> 4 == 4 ? 3 : 5] = (uint8_t)n;
}

/* as_fragment() - A piece of a datagram that others belong to. */
static void
as_fragment(uint8_t *p, size_t len)
{
	static const uint16_t places4[] = { 0x2000, 0x2001, 0x2002, 0x2004,
		0x0002, 0x0003, 0x0004, 0x0008, 0x1fff, 0x3fff, 0x4000,
		0x6000 };
	static const uint16_t places6[] = { 0x0001, 0x0009, 0x0011, 0x0019,
		0x0008, 0x0010, 0x0018, 0x0020, 0x0000, 0xfff8, 0xfff9 };
	uint16_t v;

	if (len >= 28 && p[0] >> 4 == 4) {
		v = places4[rnd(sizeof(places4) / sizeof(places4[0]))];
		p[5] = (uint8_t)rnd(8);
		p[6] = (uint8_t)(v >> 8);
		p[7] = (uint8_t)v;
		p[1] = (uint8_t)rnd(4);
	}
	if (len >= 48 && p[0] >> 4 == 6 && p[6] == 44) {
		v = places6[rnd(sizeof(places6) / sizeof(places6[0]))];
		p[42] = (uint8_t)(v >> 8);
		p[43] = (uint8_t)v;
		p[47] = (uint8_t)rnd(4);
		p[1] = (uint8_t)(rnd(4) << 4);
	}
}

static void
mutate(uint8_t *p, size_t *len)
{
	static const uint8_t odd[] = { 0, 1, 4, 7, 8, 0x7f, 0x80, 0xfe, 0xff,
		0x45, 0x60, 6, 17, 44, 58, 60 };
	size_t at, n;

	if (*len == 0)
		return;
	at = rnd((uint32_t)(rnd(2) && *len > 64 ? 64 : *len));
	switch (rnd(9)) {
	case 0:
		p[at] ^= (uint8_t)(1 << rnd(8));
		break;
	case 1:
		p[at] = (uint8_t)rnd(256);
		break;
	case 2:
		p[at] = odd[rnd(sizeof(odd))];
		break;
	case 3: /* shorter */
		*len = at;
		break;
	case 4: /* longer */
		n = 1 + rnd(rnd(8) ? 40 : 1400);
		memset(p + *len, (int)rnd(256), n);
		*len += n;
		break;
	case 5: /* cut out */
		n = 1 + rnd(16);
		if (at + n <= *len) {
			memmove(p + at, p + at + n, *len - at - n);
			*len -= n;
		}
		break;
	case 6: /* say it twice */
		n = 1 + rnd(48);
		if (at + n <= *len) {
			memmove(p + at + n, p + at, *len - at);
			*len += n;
		}
		break;
	case 7:
		as_fragment(p, *len);
		break;
	case 8: /* swap the ends: the other direction */
		if (*len >= 20 && p[0] >> 4 == 4) {
			uint8_t t[4];

			memcpy(t, p + 12, 4);
			memmove(p + 12, p + 16, 4);
			memcpy(p + 16, t, 4);
		}
		break;
	}
}

static void
generate(void)
{
	uint8_t *p = input + FUZZ_HEAD;
	const size_t nrows = sizeof(packets) / sizeof(packets[0]);
	size_t len;
	uint32_t i;

	for (i = 0; i < FUZZ_HEAD; i++)
		input[i] = (uint8_t)rnd(256);
	len = hexpkt(p, FUZZ_MAX - FUZZ_HEAD, packets[rnd((uint32_t)nrows)].text);
	for (i = rnd(5); i > 0; i--)
		mutate(p, &len);
	if (len > 0 && rnd(4) != 0)
		mend_length(p, len);
	if (len >= 20 && rnd(8) != 0) {
		mend_icmp(p, len);
		mend4(p, len);
	}
	input_len = FUZZ_HEAD + len;
}

/* on_abort() - Say which input it was; only what a handler may call. */
static void
on_abort(int sig)
{
	static const char hex[] = "0123456789abcdef";
	static char line[2 * FUZZ_MAX + 1];
	size_t i;

	for (i = 0; i < input_len; i++) {
		line[2 * i] = hex[input[i] >> 4];
		line[2 * i + 1] = hex[input[i] & 15];
	}
	line[2 * i] = '\n';
	if (write(STDERR_FILENO, line, 2 * i + 1) < 0)
		_exit(2);
	signal(sig, SIG_DFL);
	raise(sig);
}

static uint64_t
number(const char *arg, const char *name, uint64_t otherwise)
{
	if (arg == NULL)
		arg = getenv(name);
	return arg != NULL ? strtoull(arg, NULL, 0) : otherwise;
}

int
main(int argc, char **argv)
{
	uint64_t runs, seed, i;

	runs = number(argc > 1 ? argv[1] : NULL, "FUZZ_RUNS", RUNS);
	seed = number(argc > 2 ? argv[2] : NULL, "TEST_SEED", 1);
	rnd_state = seed;
	signal(SIGABRT, on_abort);
	for (i = 0; i < runs; i++) {
		generate();
		fuzz_one(input, input_len);
	}
	printf("packet: %llu inputs from seed %llu\n",
	    (unsigned long long)runs, (unsigned long long)seed);
	return 0;
}

#endif
