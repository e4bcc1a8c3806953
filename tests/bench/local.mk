# SPDX-License-Identifier: ISC
#
# Measurements: programs that print figures, one per line.  None of them is a
# test.  A program is listed as
#
#	BENCHES += tests/bench/NAME
#	EXTRA_PROGRAMS += tests/bench/NAME
#	tests_bench_NAME_SOURCES = $(BENCH_COMMON) tests/bench/NAME.c
#	tests_bench_NAME_LDADD = $(LIB_ENGINE) $(BSD_LIBS)

# Sources that every program here begins with.
BENCH_COMMON = tests/bench/bench.c tests/bench/bench.h

bench: all $(BENCHES) $(NET_HELPERS) $(BENCH_HELPERS)
	@for b in $(BENCHES); do echo "== $$b"; ./$$b || exit 1; done
	@for b in $(BENCH_SH); do echo "== $$b"; \
	    top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	    sh $(srcdir)/$$b; s=$$?; [ $$s = 0 ] || [ $$s = 77 ] || exit 1; done

# The table of the engine as a whole; those behind it measure its parts.
BENCHES += tests/bench/engine
EXTRA_PROGRAMS += tests/bench/engine
tests_bench_engine_SOURCES = $(BENCH_COMMON) tests/bench/engine.c \
	tests/bench/flows.c tests/bench/flows.h \
	tests/bench/bare.c tests/bench/bare.h
tests_bench_engine_LDADD = $(LIB_PARSER) $(LIB_RULES) $(LIB_ENGINE) \
	$(BSD_LIBS) -lm

BENCHES += tests/bench/table
EXTRA_PROGRAMS += tests/bench/table
tests_bench_table_SOURCES = $(BENCH_COMMON) tests/bench/table.c \
	tests/bench/bare.c tests/bench/bare.h
tests_bench_table_LDADD = $(LIB_ENGINE) $(BSD_LIBS) -lm

# Scripts: those that need root say so.
BENCH_SH = tests/bench/natctl.sh tests/bench/tun.sh tests/bench/reload.sh
BENCH_SH += tests/bench/divert.sh
EXTRA_DIST += $(BENCH_SH) tests/bench/place.sh

# What scripts send packets with; no measurement alone.
BENCH_HELPERS = tests/bench/blast
EXTRA_PROGRAMS += $(BENCH_HELPERS)
tests_bench_blast_SOURCES = tests/bench/blast.c

.PHONY: bench

BENCHES += tests/bench/rules
EXTRA_PROGRAMS += tests/bench/rules
tests_bench_rules_SOURCES = $(BENCH_COMMON) tests/bench/rules.c
tests_bench_rules_LDADD = $(LIB_RULES) $(LIB_ENGINE) $(BSD_LIBS)
BENCHES += tests/bench/packet
EXTRA_PROGRAMS += tests/bench/packet
tests_bench_packet_SOURCES = $(BENCH_COMMON) tests/bench/packet.c \
	tests/hexpkt.c tests/hexpkt.h
tests_bench_packet_LDADD = $(LIB_ENGINE) $(BSD_LIBS) -lm

BENCHES += tests/bench/tables
EXTRA_PROGRAMS += tests/bench/tables
tests_bench_tables_SOURCES = $(BENCH_COMMON) tests/bench/tables.c
tests_bench_tables_LDADD = $(LIB_ENGINE) $(BSD_LIBS)
