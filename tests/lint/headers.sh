#!/bin/sh
# SPDX-License-Identifier: ISC
# Each header compiles alone.
set -eu
cd "$top_srcdir"
failed=0
for h in $(find engine rules parser ctl tests -name '*.h' -type f |
    LC_ALL=C sort); do
	[ "$h" = tests/suite.h ] && continue	# made for a table before it
	echo "#include \"$h\"" |
	    $CC $TEST_CPPFLAGS -std=gnu17 -Wall -Wextra -Wshadow \
		-Wstrict-prototypes -Werror -Wno-unused-function \
		-I"$top_builddir" -I. -fsyntax-only -x c - || {
		echo "$h does not compile alone"
		failed=1
	}
done
exit $failed
