#!/bin/sh
# SPDX-License-Identifier: ISC
# Each source is in a list of its folder's local.mk, by itself or with the
# whole folder that it lies in, so that it is built and packed; make distcheck
# would notice late what was forgotten.  Each network test has a number of its
# own, by which it is called and ordered.
set -eu
cd "$top_srcdir"
lists=$(find . -name local.mk -exec grep -hv '^#' {} + | tr '[:space:]' '\n')

# Or it is made from one that is: parse.c, parse.h, scan.c.
listed() {
	_path=$1
	[ ! -e "${1%.[ch]}.y" ] && [ ! -e "${1%.c}.l" ] || return 0
	while [ "$_path" != . ]; do
		! echo "$lists" | grep -qxF "$_path" || return 0
		_path=$(dirname "$_path")
	done
	return 1
}

find engine rules parser ctl tests man \( -name '*.[chly]' -o -name '*.sh' \
    -o -name '*.py' -o -name '*.conf' -o -name '*.[5-8]' -o -name '*.out' \
    -o -name '*.err' -o -name '*.pcap' \) -type f | LC_ALL=C sort |
    while read -r f; do
	listed "$f" || echo "$f: in no local.mk"
    done | { ! grep .; }
find tests/net -name '[0-9]*.sh' | sed 's|.*/||; s|-.*||' | LC_ALL=C sort |
    uniq -d | sed 's|.*|tests/net/&-*.sh: a number twice|' | { ! grep .; }
