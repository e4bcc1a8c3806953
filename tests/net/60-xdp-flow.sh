#!/bin/sh
# SPDX-License-Identifier: ISC
# The kernel accepts the XDP program of established flows, and what it does to
# a frame over the arena's maps is what the engine would do.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
clang=${CLANG:-clang}
helper=$top_builddir/tests/net/flow

skip() {
	echo "skipped: $*" >&2
	exit 77
}

[ "$(id -u)" = 0 ] || skip "needs root"
[ -x "$helper" ] || skip "built without libbpf"
command -v "$clang" >/dev/null || skip "no clang here"
case $(uname -m) in
x86_64) arch=x86 ;;
aarch64) arch=arm64 ;;
*) arch=other ;;
esac
tmp=$(mktemp -d "${TMPDIR:-/tmp}/natd.XXXXXX") || skip "no temporary directory"
trap 'rm -rf "$tmp"' EXIT
cd "$top_srcdir"
"$clang" -O2 -g -ffreestanding -target bpf -mcpu=v3 -D"__TARGET_ARCH_$arch" \
    -Wall -Werror -I. -c -o "$tmp/flow.bpf.o" engine/fast/flow.bpf.c
"$helper" "$tmp/flow.bpf.o"
