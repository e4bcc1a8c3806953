#!/bin/sh
# SPDX-License-Identifier: ISC
# The engine needs nothing but what engine.symbols lists: no I/O, no clock, no
# exit.  What a sanitizer or a fortified libc brings is left out.
set -eu
list=$top_srcdir/tests/lint/engine.symbols
lib=$top_builddir/engine/libengine.a

nm "$lib" | awk '
NF == 2 && ($1 == "U" || $1 == "w") { need[$2] = 1 }
NF == 3 && $2 ~ /^[A-Za-z]$/ { have[$3] = 1 }
END {
	for (s in need)
		if (!(s in have))
			print s
}' | sed -E '/^__(asan|ubsan|tsan|lsan|sanitizer|gcov|stack_chk|odr_asan)/d
	/^_GLOBAL_OFFSET_TABLE_$/d; /^__start_|^__stop_/d
	s/^__(.*)_chk$/\1/' | LC_ALL=C sort -u |
    while read -r s; do
	grep -qxF "$s" "$list" || echo "$s"
    done >symbols.$$
trap 'rm -f symbols.$$' EXIT
if [ -s symbols.$$ ]; then
	echo "libengine.a needs what tests/lint/engine.symbols does not allow:"
	cat symbols.$$
	nm -A -u "$lib" | grep -wFf symbols.$$
	exit 1
fi
