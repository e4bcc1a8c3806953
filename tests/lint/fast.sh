#!/bin/sh
# SPDX-License-Identifier: ISC
# The fast path is fit for XDP: it compiles freestanding for BPF.
set -eu
[ -n "$CLANG" ] || { echo "no clang here"; exit 77; }
cd "$top_srcdir"
failed=0
for h in engine/fast/*.h; do
	[ -e "$h" ] || continue
	echo "#include \"$h\"" |
	    "$CLANG" -O2 -g -ffreestanding -target bpf -mcpu=v3 -Wall -Werror \
		-I. -x c -c -o /dev/null - || failed=1
done
for c in engine/fast/*.bpf.c; do
	[ -e "$c" ] || continue
	"$CLANG" -O2 -g -ffreestanding -target bpf -mcpu=v3 -Wall -Werror \
	    -I. -c -o /dev/null "$c" || failed=1
done
exit $failed
