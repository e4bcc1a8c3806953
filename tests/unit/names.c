/* SPDX-License-Identifier: ISC */
/*
 * Name tables, addresses as text, suggestions, host descriptions.
 */
#include <arpa/inet.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/addr_text.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/names.h"
#include "rules/ruleset.h"
#include "rules/zone.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

Suite *suite_names(void);

START_TEST(test_timeouts_both_ways)
{
	unsigned i;

	for (i = 0; i < TM_MAX; i++)
		ck_assert_int_eq(timeout_number(timeout_name(i)), (int)i);
	ck_assert_int_eq(timeout_default(TM_TCP_ESTABLISHED), 86400);
	ck_assert_int_eq(timeout_number("tcp"), -1);
	for (i = 0; i < LIMIT_MAX; i++)
		ck_assert_int_eq(limit_number(limit_name(i)), (int)i);
}
END_TEST

START_TEST(test_icmp_both_ways)
{
	static const uint8_t afs[] = { AF_INET, AF_INET6 };
	unsigned i, type, code;
	const char *name;

	for (i = 0; i < 2; i++)
		for (type = 0; type < 256; type++) {
			name = icmp_type_name(type, afs[i]);
			if (name != NULL)
				ck_assert_int_eq(icmp_type_number(name,
				    afs[i]), (int)type);
			for (code = 0; code < 256; code++) {
				name = icmp_code_name(type, code, afs[i]);
				if (name != NULL)
					ck_assert_int_eq(icmp_code_number(
					    type, name, afs[i]), (int)code);
			}
		}
	ck_assert_int_eq(icmp_type_number("niqry", AF_INET6), 139);
	ck_assert_int_eq(icmp_code_number(1, "notnbr-unr", AF_INET6), 2);
}
END_TEST

START_TEST(test_flags_both_ways)
{
	char buf[TCP_FLAGS_TEXT_MAX];
	unsigned i;

	for (i = 0; i < 256; i++)
		ck_assert_int_eq(tcp_flags(tcp_flags_text(buf, i)), (int)i);
	ck_assert_str_eq(tcp_flags_text(buf, 0x12), "SA");
	ck_assert_int_eq(tcp_flags("SX"), -1);
}
END_TEST

START_TEST(test_protocols)
{
	ck_assert_int_eq(proto_number("icmp6"), 58);
	ck_assert_str_eq(proto_name(58), "ipv6-icmp");
	ck_assert_str_eq(proto_name(103), "pim");
	ck_assert_ptr_null(proto_name(254));
	ck_assert_int_eq(service_port("http", 0), 80);
	ck_assert_int_eq(service_port("http", 1), -1);
	ck_assert_str_eq(service_name(53, 1), "domain");
	ck_assert_int_eq(tos_number("AF11"), 0x28);
}
END_TEST

static const struct {
	const char *text, *print;	/* print NULL: none */
} addrs[] = {
	{ "192.0.2.1", "192.0.2.1" }, { "192.0.2", NULL },
	{ "256.0.0.1", NULL }, { "2001:DB8::0:1", "2001:db8::1" },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" }, { "fe80::1%em0", NULL },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" }, { "", NULL },
};

START_TEST(test_addr)
{
	char buf[ADDR_TEXT_MAX];
	struct addr a;
	uint8_t af;
	bool ok = addr_parse(addrs[_i].text, &a, &af);

	ck_assert_msg(ok == (addrs[_i].print != NULL), "%s", addrs[_i].text);
	if (ok)
		ck_assert_str_eq(addr_text(buf, &a, af), addrs[_i].print);
}
END_TEST

START_TEST(test_prefix)
{
	struct addr a, net;
	uint8_t af, plen;

	ck_assert(prefix_parse("10.1.2.3/9", &a, &af, &plen));
	ck_assert_uint_eq(plen, 9);
	addr_apply_plen(&a, plen);
	ck_assert_uint_eq(a.w[0], htonl(0x0a000000));
	ck_assert(!prefix_parse("10.0.0.0/33", &a, &af, &plen));
	ck_assert(!prefix_parse("10.0.0.0/-1", &a, &af, &plen));
	ck_assert(prefix_parse("2001:db8::/33", &net, &af, &plen));
	ck_assert(addr_parse("2001:db8:7fff::1", &a, &af));
	ck_assert(addr_in_prefix(&a, &net, 33));
	ck_assert(addr_parse("2001:db8:8000::1", &a, &af));
	ck_assert(!addr_in_prefix(&a, &net, 33));
	ck_assert(net_parse("172.16", &a));
	ck_assert_uint_eq(a.w[0], htonl(0xac100000));
	ck_assert(!net_parse("1.2.3.4.5", &a));
	ck_assert(!net_parse("10.", &a));
}
END_TEST

START_TEST(test_suggest)
{
	static const char *const names[] = {
		"pass", "block", "match", "anchor", "in", "out",
	};

	ck_assert_str_eq(diag_suggest("blokc", names, 6), "block");
	ck_assert_str_eq(diag_suggest("pas", names, 6), "pass");
	ck_assert_str_eq(diag_suggest("outt", names, 6), "out");
	ck_assert_ptr_null(diag_suggest("zebra", names, 6));
}
END_TEST

START_TEST(test_diag_print)
{
	static const char text[] = "first\n\tbad word\n";
	struct diag *d = diag_new();
	struct span at = { .line = 2, .col = 6, .line2 = 2, .col2 = 10 };
	char *buf = NULL;
	size_t size;
	FILE *f = open_memstream(&buf, &size);

	at.file = diag_file(d, "x.conf", text, strlen(text));
	diag_error(d, NULL, "about nothing");
	diag_warn(d, &at, "odd");
	at.line = at.line2 = 1;
	at.col = 1;
	at.col2 = 6;
	diag_error(d, &at, "no");
	diag_error(d, &at, "no");
	diag_print(d, f, "natctl", 0);
	fclose(f);
	ck_assert_str_eq(buf,
	    "x.conf:1:1: error: no\n"
	    "    1 | first\n"
	    "      | ^~~~~\n"
	    "x.conf:2:6: warning: odd\n"
	    "    2 | \tbad word\n"
	    "      | \t    ^~~~\n"
	    "natctl: about nothing\n");
	ck_assert_uint_eq(diag_errors(d), 2);
	free(buf);
	diag_free(d);
}
END_TEST

static int
read_host(struct host *h, struct diag *d, const char *text)
{
	char path[] = "/tmp/hostXXXXXX";
	int fd = mkstemp(path), error;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, strlen(text)),
	    (ssize_t)strlen(text));
	close(fd);
	error = host_read(h, path, d);
	unlink(path);
	return error;
}

START_TEST(test_host)
{
	struct diag *d = diag_new();
	struct host *h = host_new(false);
	const struct host_result *v;
	uint32_t id;
	size_t n;

	ck_assert_int_eq(read_host(h, d,
	    "interface em0 up broadcast mtu 9000 groups egress,wan # c\n"
	    "address em0 192.0.2.10/24 broadcast 192.0.2.255\n"
	    "interface tun0 pointopoint\n"
	    "address tun0 10.0.0.1/32 peer 10.0.0.2\n"
	    "route 0.0.0.0/0 via 192.0.2.1 dev em0 label up\n"
	    "host a.example 192.0.2.1 2001:db8::1\n"
	    "user www 67\ngroup web 68\nservice odd 4242/udp strange\n"
	    "protocol pim 103\nrtable 7\n"), 0);
	ck_assert_uint_eq(host_if_find(h, "em0")->mtu, 9000);
	ck_assert(host_is_group(h, "wan"));
	ck_assert(host_has_if(h, "tun"));
	ck_assert(!host_has_if(h, "em1"));
	ck_assert_int_eq(host_resolve(h, "a.example", &v, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_ne(host_resolve(h, "b.example", &v, &n), 0);
	ck_assert(host_user(h, "www", &id) && id == 67);
	ck_assert(!host_user(h, "root", &id));
	ck_assert(host_group(h, "web", &id) && id == 68);
	ck_assert_int_eq(host_service(h, "strange"), 4242);
	ck_assert_str_eq(host_service_name(h, 4242, 17), "odd");
	ck_assert(host_rtable(h, 7) && host_rtable(h, 0));
	ck_assert(!host_rtable(h, 8));
	host_free(h);
	diag_free(d);
}
END_TEST

#define IFACE "interface NAME [up] [loopback] [broadcast] [pointopoint] " \
	"[multicast] [mtu N] [rdomain N] [groups G,...]"
static const struct {
	const char *text;
	uint32_t line, col;
	const char *want;
} bad_records[] = {
	{ "interface\n", 1, 1, "something is missing: " IFACE },
	{ "interface em0 mtu\n", 1, 1, "something is missing: " IFACE },
	{ "interface em0 mtu x\n", 1, 19, "\"x\" is no number: " IFACE },
	{ "interface em0 blue 1\n", 1, 15,
	  "\"blue\" is no word of this record: " IFACE },
	{ "interface em0 rdomain 256\n", 1, 23,
	  "\"256\" is no number up to 255: " IFACE },
	{ "interface sixteen-letters0\n", 1, 11, "\"sixteen-letters0\" is "
	  "longer than a name of an interface: " IFACE },
	{ "interface em0\ninterface em0\n", 2, 11,
	  "\"em0\" is there already: " IFACE },
	{ "address em9 10.0.0.1/8\n", 1, 9, "\"em9\" is no interface named "
	  "before: address NAME ADDR/BITS [broadcast ADDR] [peer ADDR]" },
	{ "interface em0\naddress em0 ::1/64 peer 10.0.0.1\n", 2, 25,
	  "\"10.0.0.1\" is no address of this family: "
	  "address NAME ADDR/BITS [broadcast ADDR] [peer ADDR]" },
	{ "host a\n", 1, 1, "something is missing: host NAME ADDR..." },
	{ "host a 10.0.0\n", 1, 8,
	  "\"10.0.0\" is no address: host NAME ADDR..." },
	{ "user www x\n", 1, 10, "\"x\" is no number: user NAME UID" },
	{ "group web 1 2\n", 1, 13, "\"2\" is too much: group NAME GID" },
	{ "service s 80\n", 1, 11, "\"80\" is no port and protocol: "
	  "service NAME PORT/PROTO [ALIAS...]" },
	{ "service s 99999/tcp\n", 1, 11, "\"99999/tcp\" is no port and "
	  "protocol: service NAME PORT/PROTO [ALIAS...]" },
	{ "rtable 256\n", 1, 8,
	  "\"256\" is no number up to 255: rtable N" },
	{ "nonsense\n", 1, 1, "unknown record 'nonsense'" },
	{ "route 10.0.0.0/8 dev\n", 1, 1, "something is missing: "
	  "route PREFIX [via ADDR] dev NAME [label L]" },
};

START_TEST(test_bad_record)
{
	struct diag *d = diag_new();
	struct host *h = host_new(false);

	ck_assert_msg(read_host(h, d, bad_records[_i].text) != 0, "%s",
	    bad_records[_i].text);
	ck_assert_uint_eq(diag_errors(d), 1);
	ck_assert_str_eq(diag_get(d, 0)->text, bad_records[_i].want);
	ck_assert_uint_eq(diag_get(d, 0)->span.line, bad_records[_i].line);
	ck_assert_uint_eq(diag_get(d, 0)->span.col, bad_records[_i].col);
	host_free(h);
	diag_free(d);
}
END_TEST

/* What was answered by a record, and what was not. */
START_TEST(test_host_told)
{
	struct diag *d = diag_new();
	struct host *h = host_new(false);
	const struct host_result *v;
	uint32_t id;
	size_t n;

	ck_assert_int_eq(read_host(h, d, "interface em0\n"
	    "host a.example 192.0.2.1\nuser www 67\n"), 0);
	ck_assert(!host_has_if(h, "em1") && !host_user(h, "root", &id));
	ck_assert_int_ne(host_resolve(h, "b.example", &v, &n), 0);
	ck_assert_int_eq(host_proto(h, "tcp"), 6);
	ck_assert(!host_told(h));
	switch (_i) {
	case 0:
		ck_assert(host_has_if(h, "em"));
		break;
	case 1:
		ck_assert_int_eq(host_resolve(h, "a.example", &v, &n), 0);
		break;
	case 2:
		ck_assert(host_user(h, "www", &id));
		break;
	default:
		ck_assert(host_has_if(h, "self"));
		break;
	}
	ck_assert(host_told(h));
	host_free(h);
	diag_free(d);
}
END_TEST

START_TEST(test_zone)
{
	struct zone *z = zone_new();
	unsigned *v = NULL;
	size_t i, n;
	char *big;

	for (n = 0; n < 10000; n++) {
		v = zone_grow(z, v, n, sizeof(*v));
		ck_assert_uint_eq(v[n], 0);
		v[n] = (unsigned)n;
		if (n % 100 == 0) {
			big = zone_alloc(z, 100000);
			memset(big, 0xff, 100000);
		}
	}
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(v[i], i);
	ck_assert_str_eq(zone_printf(z, "%s %d", "a", 5), "a 5");
	ck_assert_ptr_null(zone_alloc(z, (size_t)-1));
	zone_free(z);
}
END_TEST

Suite *
suite_names(void)
{
	Suite *s = suite_create("names");
	TCase *t = tcase_create("names");

	tcase_add_test(t, test_timeouts_both_ways);
	tcase_add_test(t, test_icmp_both_ways);
	tcase_add_test(t, test_flags_both_ways);
	tcase_add_test(t, test_protocols);
	tcase_add_loop_test(t, test_addr, 0, nitems(addrs));
	tcase_add_test(t, test_prefix);
	tcase_add_test(t, test_suggest);
	tcase_add_test(t, test_diag_print);
	tcase_add_test(t, test_host);
	tcase_add_loop_test(t, test_host_told, 0, 4);
	tcase_add_loop_test(t, test_bad_record, 0, nitems(bad_records));
	tcase_add_test(t, test_zone);
	suite_add_tcase(s, t);
	return s;
}
