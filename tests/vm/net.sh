#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: net.sh NAME...
#
# Network tests on a machine with Debian's kernel, which has the queue
# expression of nf_tables: those whose file names begin with one of the NAMEs.
set -eu
. "$top_srcdir/tests/vm/lib.sh"

run_there() {
	vm "cd /root/tree && top_srcdir=/root/tree top_builddir=/root/tree/build \
	    NET_LIMIT=$vm_limit sh tests/net/run $1" | grep -v '^net: '
	vm "grep -q 'test-result: PASS' /root/tree/build/tests/net/${1%.sh}.trs"
}

vm_start
vm 'cp -R /mnt /root/tree' || fail "no tree"
failed=
for name; do
	for t in "$top_srcdir/tests/net/$name"*.sh; do
		run_there "$(basename "$t")" || failed="$failed $(basename "$t")"
	done
done
[ -z "$failed" ] || fail "$failed"
