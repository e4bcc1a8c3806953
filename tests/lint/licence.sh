#!/bin/sh
# SPDX-License-Identifier: ISC
# Each source says its licence in its first line (a script in its second).
set -eu
cd "$top_srcdir"
find Makefile.am configure.ac quickstart engine rules parser ctl tests man \
    -type f \( -name '*.[chly]' -o -name '*.sh' -o -name '*.py' -o \
    -name '*.mk' -o -name '*.am' -o -name '*.ac' -o -name '*.[578]' -o \
    -name quickstart -o -path tests/net/run -o -path tests/summary \) |
    LC_ALL=C sort | while read -r f; do
	# made by bison or flex
	[ ! -e "${f%.[ch]}.y" ] && [ ! -e "${f%.c}.l" ] || continue
	sed '1{/^#!/d}' "$f" | head -n 1 |
	    grep -q 'SPDX-License-Identifier: ' || echo "$f: no SPDX line"
    done | { ! grep .; }
