#!/bin/sh
# SPDX-License-Identifier: ISC
# Each source is in a list of its folder's local.mk, so that it is built and
# packed; make distcheck would notice late what was forgotten.
set -eu
cd "$top_srcdir"
find engine rules parser ctl tests man \( -name '*.[chly]' -o -name '*.sh' \
    -o -name '*.py' -o -name '*.conf' -o -name '*.[5-8]' -o -name '*.out' \
    -o -name '*.err' -o -name '*.pcap' \) -type f | LC_ALL=C sort |
    while read -r f; do
	# A folder of data may be listed as a whole.
	grep -qwF -e "$f" $(find . -name local.mk) ||
	    grep -qE "(^|[[:space:]])$(dirname "$f")([[:space:]]|\$)" \
		$(find . -name local.mk) || echo "$f: in no local.mk"
    done | { ! grep .; }
