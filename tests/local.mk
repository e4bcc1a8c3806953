# SPDX-License-Identifier: ISC
#
# Unit tests: one check(3) program per area, tests/check_AREA.c, which lists
# its suites; a suite is tests/unit/NAME.c.  To add one, add X(NAME) to the
# table of the program and one line to its sources here.

TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	-DTEST_SRCDIR='"$(abs_top_srcdir)/tests"' \
	-DTEST_BUILDDIR='"$(abs_top_builddir)/tests"'
TEST_LIBS = $(CHECK_LIBS) $(BSD_LIBS) -lm

check_PROGRAMS += tests/check_engine
TESTS += tests/check_engine
tests_check_engine_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_engine_LDADD = $(LIB_ENGINE) \
	$(TEST_LIBS)
tests_check_engine_SOURCES = tests/check_engine.c tests/suite.h
tests_check_engine_SOURCES += tests/unit/table.c
tests_check_engine_SOURCES += tests/hexpkt.c tests/hexpkt.h \
	tests/hexwords.h tests/packets.h
tests_check_engine_SOURCES += tests/unit/pdesc.c tests/unit/rewrite.c
tests_check_engine_SOURCES += tests/unit/route.c tests/unit/reass.c \
	tests/unit/frags.c tests/unit/frags.h tests/unit/reass_bounds.c \
	tests/unit/emit.c
tests_check_engine_SOURCES += tests/unit/registry.c
tests_check_engine_SOURCES += tests/unit/statetab.c tests/unit/arena_mem.h \
	tests/rnd.h
tests_check_engine_SOURCES += tests/unit/hash.c tests/unit/cksum.c \
	tests/unit/tcp.c tests/unit/statetab_threads.c \
	tests/unit/recover.c tests/unit/had.c tests/unit/wheel.c

check_PROGRAMS += tests/check_flow
TESTS += tests/check_flow
tests_check_flow_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_flow_LDADD = $(LIB_IO) $(LIB_PARSER) $(LIB_RULES) \
	$(LIB_ENGINE) $(MNL_LIBS) $(PCAP_LIBS) $(TEST_LIBS)
tests_check_flow_SOURCES = tests/check_flow.c tests/suite.h \
	tests/harness.c tests/harness.h tests/hexpkt.c tests/hexpkt.h \
	tests/pkttext.c tests/pkttext.h tests/scenario.c tests/scenario.h
tests_check_flow_SOURCES += tests/unit/flow.c
tests_check_flow_SOURCES += tests/unit/icmperr.c
tests_check_flow_SOURCES += tests/unit/flowtime.c
tests_check_flow_SOURCES += tests/unit/flowsize.c
tests_check_flow_SOURCES += tests/unit/flowmany.c
tests_check_flow_SOURCES += tests/unit/flowreplay.c
tests_check_flow_SOURCES += tests/unit/damaged.c
tests_check_flow_SOURCES += tests/unit/ports.c tests/unit/pools.c
tests_check_flow_SOURCES += tests/unit/writers.c tests/unit/slowway.c
tests_check_flow_SOURCES += tests/unit/hostsocks.c
tests_check_flow_SOURCES += tests/unit/answers.c
tests_check_flow_SOURCES += tests/unit/neighbour.c
tests_check_flow_SOURCES += tests/unit/sctp.c
tests_check_flow_SOURCES += tests/unit/ways.c tests/unit/sticky.c
tests_check_flow_SOURCES += tests/unit/through.c
tests_check_flow_SOURCES += tests/unit/hosttags.c
EXTRA_DIST += tests/replay

check_PROGRAMS += tests/check_io
TESTS += tests/check_io
tests_check_io_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_io_LDADD = $(LIB_IO) $(LIB_ENGINE) \
	$(MNL_LIBS) $(PCAP_LIBS) $(TEST_LIBS)
tests_check_io_SOURCES = tests/check_io.c tests/suite.h
tests_check_io_SOURCES += tests/unit/vnet.c tests/unit/pcap_plane.c \
	tests/unit/ethtool.c \
	tests/unit/headwrite.c tests/unit/nfqueue.c tests/unit/sockdiag.c

check_PROGRAMS += tests/check_rules
TESTS += tests/check_rules
tests_check_rules_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_rules_LDADD = $(LIB_RULES) $(LIB_ENGINE) \
	$(TEST_LIBS)
tests_check_rules_SOURCES = tests/check_rules.c tests/suite.h
tests_check_rules_SOURCES += tests/unit/names.c

check_PROGRAMS += tests/check_parser
TESTS += tests/check_parser
tests_check_parser_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_parser_LDADD = $(LIB_PARSER) $(LIB_RULES) $(LIB_ENGINE) \
	$(TEST_LIBS)
tests_check_parser_SOURCES = tests/check_parser.c tests/suite.h
tests_check_parser_SOURCES += tests/unit/compile.c
tests_check_parser_SOURCES += tests/unit/load.c
tests_check_parser_SOURCES += tests/unit/fields.c
tests_check_parser_SOURCES += tests/unit/warn.c

check_PROGRAMS += tests/check_ctl
TESTS += tests/check_ctl
tests_check_ctl_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_ctl_LDADD = $(LIB_CTL) $(LIB_PARSER) $(LIB_RULES) $(LIB_ENGINE) \
	$(NATCTL_LIBS) $(TEST_LIBS)
tests_check_ctl_SOURCES = tests/check_ctl.c tests/suite.h
tests_check_ctl_SOURCES += tests/unit/show_json.c
tests_check_ctl_SOURCES += tests/unit/client.c tests/unit/complete.c
tests_check_ctl_SOURCES += tests/unit/filter.c
tests_check_ctl_SOURCES += tests/unit/natctl.c
tests_check_ctl_SOURCES += tests/unit/format.c tests/unit/options.c

check_PROGRAMS += tests/check_natd
TESTS += tests/check_natd
tests_check_natd_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_natd_LDADD = engine/natd/libnatd.a $(LIB_IO) $(LIB_CTL) $(LIB_PARSER) $(LIB_RULES) $(LIB_ENGINE) \
	$(NATD_LIBS) $(TEST_LIBS)
tests_check_natd_SOURCES = tests/check_natd.c tests/suite.h
tests_check_natd_SOURCES += tests/unit/daemon_help.c tests/unit/daemon_help.h
tests_check_natd_SOURCES += tests/unit/control.c tests/unit/workers.c
tests_check_natd_SOURCES += tests/unit/request.c tests/unit/replay.c
tests_check_natd_SOURCES += tests/unit/memory.c
tests_check_natd_SOURCES += tests/unit/hurry.c

TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = sh
# Random tests: the same numbers each time, so that a failure comes back; a test
# run by hand takes new ones unless TEST_SEED says which.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	CC='$(CC)'; export CC; CLANG='$(CLANG)'; export CLANG; \
	MANDOC='$(MANDOC)'; export MANDOC; \
	TEST_CPPFLAGS='$(AM_CPPFLAGS)'; export TEST_CPPFLAGS; \
	CK_TIMEOUT_MULTIPLIER=10; export CK_TIMEOUT_MULTIPLIER; \
	TEST_SEED=$${TEST_SEED-1}; export TEST_SEED;

LINT_TESTS = tests/lint/arrows.sh tests/lint/symbols.sh \
	tests/lint/headers.sh tests/lint/fast.sh tests/lint/licence.sh \
	tests/lint/listed.sh tests/lint/manuals.sh tests/lint/options.sh \
	tests/lint/refused.sh tests/lint/unit.sh
LINT_TESTS += tests/lint/control.sh tests/lint/keywords.sh
TESTS += $(LINT_TESTS)
EXTRA_DIST += $(LINT_TESTS) tests/lint/engine.symbols tests/summary


# Completion of shells and vim; needs what the scanner knows.
TESTS += tests/ctl/completion.sh
EXTRA_DIST += tests/ctl/completion.sh

# Tests that need root and namespaces: tests/net/NN-NAME.sh
check-net: all $(NET_HELPERS)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	    sh $(srcdir)/tests/net/run $(NET)

# Rewrite what the golden tests expect; the diff is reviewed like code.
golden-update: all
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	    sh $(srcdir)/tests/golden/run.sh --update

.PHONY: check-net golden-update

NET_HELPERS += tests/net/peer
EXTRA_PROGRAMS += tests/net/peer
tests_net_peer_SOURCES = tests/net/peer.c tests/net/peer.h \
	tests/net/peer_connect.c tests/net/peer_listen.c
EXTRA_DIST += tests/net/lib.sh tests/net/survive.sh tests/net/sticky.sh \
	tests/net/run $(NET_TESTS)
tests_net_peer_LDADD = $(BSD_LIBS)
NET_TESTS += tests/net/10-first-contact.sh
NET_TESTS += tests/net/11-same-port.sh
NET_TESTS += tests/net/20-reload.sh
NET_TESTS += tests/net/21-bad-reload.sh
NET_TESTS += tests/net/22-sighup.sh
NET_TESTS += tests/net/23-second.sh
NET_TESTS += tests/net/24-device-gone.sh
NET_TESTS += tests/net/25-daemon.sh
NET_TESTS += tests/net/26-survive.sh
NET_TESTS += tests/net/27-survive-divert.sh
NET_TESTS += tests/net/28-full.sh
NET_TESTS += tests/net/30-timeouts.sh
NET_TESTS += tests/net/31-paths.sh
NET_TESTS += tests/net/32-ipv6.sh
NET_TESTS += tests/net/33-fragments.sh
NET_TESTS += tests/net/34-download.sh
NET_TESTS += tests/net/35-block-return.sh
NET_TESTS += tests/net/36-routes.sh
NET_TESTS += tests/net/37-sticky.sh
NET_TESTS += tests/net/38-sticky-divert.sh
NET_TESTS += tests/net/39-survive-hops.sh
NET_TESTS += tests/net/40-control.sh
NET_TESTS += tests/net/41-control-groups.sh
NET_TESTS += tests/net/42-tables.sh
NET_TESTS += tests/net/47-table-counters.sh
NET_TESTS += tests/net/43-kill.sh
NET_TESTS += tests/net/44-natctl.sh
NET_TESTS += tests/net/45-soak.sh
NET_TESTS += tests/net/46-anchors.sh
NET_TESTS += tests/net/48-readme.sh
NET_TESTS += tests/net/51-home-router.sh
NET_TESTS += tests/net/52-port-forwards.sh
NET_TESTS += tests/net/53-server.sh
NET_TESTS += tests/net/54-dmz-binat.sh
NET_TESTS += tests/net/55-shared-address.sh
NET_TESTS += tests/net/56-ipv6-filter.sh
NET_TESTS += tests/net/60-xdp-flow.sh
NET_TESTS += tests/net/68-udp-trains.sh
NET_TESTS += tests/net/69-udp-gro.sh
NET_TESTS += tests/net/70-divert.sh
NET_TESTS += tests/net/71-divert-local.sh
NET_TESTS += tests/net/72-divert-exit.sh
NET_TESTS += tests/net/73-divert-follow.sh
NET_TESTS += tests/net/74-divert-reload.sh
NET_TESTS += tests/net/75-divert-examples.sh
NET_TESTS += tests/net/76-divert-sockets.sh
NET_TESTS += tests/net/77-divert-owner.sh
NET_TESTS += tests/net/78-divert-onepass.sh
NET_TESTS += tests/net/79-divert-turn.sh
NET_TESTS += tests/net/80-neighbours.sh
NET_TESTS += tests/net/81-restart.sh
NET_TESTS += tests/net/82-enable.sh
NET_TESTS += tests/net/83-foreign.sh
NET_TESTS += tests/net/84-gateway.sh
NET_TESTS += tests/net/85-host.sh
NET_TESTS += tests/net/86-remote.sh
NET_TESTS += tests/net/87-follow.sh
NET_TESTS += tests/net/88-overload.sh
NET_TESTS += tests/net/89-address.sh
NET_TESTS += tests/net/90-divert-routes.sh
NET_TESTS += tests/net/91-divert-rtable.sh
NET_TESTS += tests/net/92-divert-socket.sh
NET_TESTS += tests/net/93-divert-packet.sh
NET_TESTS += tests/net/94-divert-tags.sh
NET_TESTS += tests/net/95-divert-copies.sh
NET_TESTS += tests/net/96-priority.sh
NET_TESTS += tests/net/97-divert-many.sh
NET_TESTS += tests/net/98-divert-inplace.sh
NET_TESTS += tests/net/99-divert-tables.sh
EXTRA_DIST += tests/net/control.py tests/net/copies.py tests/net/groups.py tests/net/udptrain.py tests/net/udprun.py
EXTRA_DIST += tests/net/nfqueue.py tests/net/tproxy.py
if HAVE_LIBBPF
NET_HELPERS += tests/net/flow
endif
EXTRA_PROGRAMS += tests/net/flow
tests_net_flow_SOURCES = tests/net/flow.c
tests_net_flow_LDADD = $(LIB_ENGINE) $(BPF_LIBS)
EXTRA_DIST += .ci/run .gitattributes

# The compiled program against rules executed one by one.
check_PROGRAMS += tests/oracle/oracle
TESTS += tests/oracle/oracle
tests_oracle_oracle_CPPFLAGS = $(TEST_CPPFLAGS)
tests_oracle_oracle_LDADD = $(LIB_RULES) $(LIB_ENGINE) $(TEST_LIBS)
tests_oracle_oracle_SOURCES = tests/oracle/oracle.c \
	tests/oracle/gen.c tests/oracle/gen.h tests/oracle/packet.c \
	tests/oracle/naive.c tests/oracle/naive.h
# Rulesets at random from the whole grammar, and the laws of printing.
check_PROGRAMS += tests/gen/rulesets
TESTS += tests/gen/rulesets
tests_gen_rulesets_CPPFLAGS = $(TEST_CPPFLAGS)
tests_gen_rulesets_LDADD = $(LIB_PARSER) $(LIB_RULES) $(LIB_ENGINE) \
	$(BSD_LIBS)
tests_gen_rulesets_SOURCES = tests/gen/rulesets.c tests/gen/grammar.c \
	tests/gen/grammar.h tests/gen/productions.def tests/gen/blanks.c \
	tests/gen/blanks.h
# Packet fuzzer: FUZZ_RUNS inputs in "make check" (default 200,000), any
# number by hand; "make fuzz-packet" builds it for libFuzzer.
check_PROGRAMS += tests/fuzz/packet
TESTS += tests/fuzz/packet
tests_fuzz_packet_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_packet_LDADD = $(LIB_ENGINE) $(BSD_LIBS)
tests_fuzz_packet_SOURCES = tests/fuzz/packet.c tests/fuzz/packet.h \
	tests/fuzz/packet_engine.c tests/fuzz/packet_parts.c \
	tests/hexpkt.c tests/hexpkt.h \
	tests/hexwords.h tests/packets.h

fuzz-packet:
	$(CLANG) $(AM_CPPFLAGS) -DFUZZ_LIBFUZZER -I$(srcdir) -std=gnu17 -g -O1 \
	    -fsanitize=fuzzer,address,undefined -pthread \
	    -o tests/fuzz/packet-libfuzzer $(srcdir)/tests/fuzz/packet*.c \
	    $(srcdir)/tests/hexpkt.c $(srcdir)/engine/*.c $(BSD_LIBS)
CLEANFILES += tests/fuzz/packet-libfuzzer
.PHONY: fuzz-packet

# The same for ruleset texts.
check_PROGRAMS += tests/fuzz/text
TESTS += tests/fuzz/text
tests_fuzz_text_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_text_LDADD = $(LIB_PARSER) $(LIB_RULES) $(LIB_ENGINE) $(BSD_LIBS)
tests_fuzz_text_SOURCES = tests/fuzz/text.c
EXTRA_DIST += tests/fuzz/corpus

fuzz-text: parser/parse.c parser/scan.c
	$(CLANG) $(AM_CPPFLAGS) -DFUZZ_LIBFUZZER -I. -I$(srcdir) -std=gnu17 \
	    -g -O1 -w -fsanitize=fuzzer,address,undefined -pthread \
	    -o tests/fuzz/text-libfuzzer $(srcdir)/tests/fuzz/text.c \
	    $(srcdir)/rules/*.c $(srcdir)/parser/*.c parser/parse.c \
	    parser/scan.c $(srcdir)/engine/*.c $(BSD_LIBS)
CLEANFILES += tests/fuzz/text-libfuzzer
.PHONY: fuzz-text
