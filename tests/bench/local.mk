# SPDX-License-Identifier: ISC
#
# Measurements: programs that print figures, one per line.  None of them is a
# test.  A program is listed as
#
#	BENCHES += tests/bench/NAME
#	EXTRA_PROGRAMS += tests/bench/NAME
#	tests_bench_NAME_SOURCES = tests/bench/NAME.c

bench: all $(BENCHES)
	@for b in $(BENCHES); do echo "== $$b"; ./$$b || exit 1; done

.PHONY: bench
