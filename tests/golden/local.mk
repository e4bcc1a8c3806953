# SPDX-License-Identifier: ISC
#
# Rulesets and how they print (run.sh), those that are refused and why (bad/),
# the examples (examples.sh), and those of natd.conf(5) (manual.sh).
TESTS += tests/golden/run.sh tests/golden/examples.sh
TESTS += tests/golden/manual.sh
EXTRA_DIST += tests/golden/manual.sh
EXTRA_DIST += tests/golden/run.sh tests/golden/examples.sh tests/golden/host
EXTRA_DIST += tests/golden/bad
EXTRA_DIST += tests/golden/all-classic.conf tests/golden/all-classic.out
EXTRA_DIST += tests/golden/all-modern.conf tests/golden/all-modern.out
EXTRA_DIST += tests/golden/anchors.conf tests/golden/anchors.out
EXTRA_DIST += tests/golden/classic.conf tests/golden/classic.out
EXTRA_DIST += tests/golden/interfaces.conf tests/golden/interfaces.out
EXTRA_DIST += tests/golden/lists.conf tests/golden/lists.out
EXTRA_DIST += tests/golden/macros.conf tests/golden/macros.out
EXTRA_DIST += tests/golden/modern.conf tests/golden/modern.out
EXTRA_DIST += tests/golden/options.conf tests/golden/options.out
EXTRA_DIST += tests/golden/reassemble.conf tests/golden/reassemble.out
EXTRA_DIST += tests/golden/return.conf tests/golden/return.out
EXTRA_DIST += tests/golden/state.conf tests/golden/state.out
EXTRA_DIST += tests/golden/tables.conf tests/golden/tables.out
