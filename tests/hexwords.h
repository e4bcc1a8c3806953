/* SPDX-License-Identifier: ISC */
/*
 * Headers of packets in the language of hexpkt.h, to be put together.
 */
#ifndef TESTS_HEXWORDS_H
#define TESTS_HEXWORDS_H

#define A "0a000001 c0000201 "		/* 10.0.0.1 to 192.0.2.1 */
#define B "c0000201 0a000001 "
#define V4F(frag, proto, addrs) "4500 L 0001 " frag " 40 " proto " S " addrs
#define V4(proto) V4F("4000", proto, A)
#define A6 "20010db8 00000000 00000000 00000001 " \
	"20010db8 00000000 00000000 00000002 "
#define B6 "20010db8 00000000 00000000 00000002 " \
	"20010db8 00000000 00000000 00000001 "
#define V6A(next, addrs) "60000000 M " next " 40 " addrs
#define V6(next) V6A(next, A6)
#define ND6A(addrs) "60000000 M 3a ff " addrs /* hop limit 255 */
#define ND6 ND6A(A6)
#define TCP "04d2 0050 00000001 00000002 5010 ffff T 0000 "
#define TCPF(flags) "04d2 0050 00000001 00000002 50" flags " ffff T 0000 "
#define UDP "04d2 0035 000c U 61626364 "
#define ECHO "0800 C 1234 0001 61626364 "
#define ECHO6 "8000 K 1234 0001 61626364 "
/* An error from 192.0.2.1 about a datagram of 10.0.0.1, not yet complete. */
#define ERR V4F("0000", "01", B) "0301 C 00000000 "
#define ERR6 V6A("3a", B6) "0100 K 00000000 "
#define IN4(proto) "4500 0100 0001 4000 3f " proto " S " A
#define IN6(next) "60000000 0100 " next " 3f " A6
#define PORTS "04d2 0035 000c 0000 "
#define HBH(next) next "00 010400000000 "	/* padding only */
#define DST(next) next "00 010400000000 "
#define RT2(next) next "02 0200 00000000 Z10 "
#define FRAG(next, off) next "00 " off " 00000007 "

#endif
