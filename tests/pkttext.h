/* SPDX-License-Identifier: ISC */
/*
 * Packets as words, to and fro, for tests of the engine.
 *
 *	udp 10.0.0.2:1000 > 198.51.100.80:53 [len N]
 *	tcp [2001:db8::2]:1000 > [2001:db8::80]:80 S [seq N] [ack N] [win N]
 *	    [wscale N] [mss N] [len N]
 *	icmp 10.0.0.2 > 198.51.100.80 TYPE/CODE [id N] [no N] [len N]
 *	icmp 192.0.2.9 > 198.51.100.1 3/4 [mtu N] {udp ...}	an error
 *	sctp 10.0.0.2:1000 > 198.51.100.80:2905 [id TAG] [len N]
 *	gre 10.0.0.2 > 198.51.100.80 [len N]
 *
 * Everywhere: [ttl N] [tos N] [df] [ipid N].  TCP flags are letters of SFRPAU,
 * or `.' for none.  icmp6 is ICMPv6.  Sums are right, payload bytes count up.
 * The code that reads and writes these is independent of the engine's.
 */
#ifndef TESTS_PKTTEXT_H
#define TESTS_PKTTEXT_H

#include <stddef.h>
#include <stdint.h>

#define PKT_BYTES 66000
#define PKT_TEXT 256

struct pkt {
	uint32_t len;
	uint8_t b[PKT_BYTES];
};

/* pkt_read() - Words to bytes; wrong words end the program. */
void pkt_read(struct pkt *, const char *text);

/*
 * pkt_text() - Bytes to words: what it is, from and to, and what tells it
 * from others: flags and numbers of TCP, type and id of ICMP; "len" if there
 * is payload.  An error is followed by `{' the quoted packet `}'; a fragment
 * that is not the first is a "piece" from its offset on.
 */
const char *pkt_text(const uint8_t *p, size_t len, char out[PKT_TEXT]);

/*
 * pkt_sums() - Which sum is wrong, or NULL: all are right
 * Those of a packet that an ICMP error quotes count too, if it is all there.
 */
const char *pkt_sums(const uint8_t *p, size_t len);

#endif
