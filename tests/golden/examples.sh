#!/bin/sh
# SPDX-License-Identifier: ISC
# Each example loads without a warning, and its print is read again and prints
# the same.  NAME.host beside NAME.conf is the machine that it is for.
set -u
natctl=$top_builddir/ctl/natctl
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
ran=0
failed=0
for conf in "$top_srcdir"/rules/examples/*.conf; do
	ran=$((ran + 1))
	host=${conf%.conf}.host
	set --
	[ ! -e "$host" ] || set -- -I "$host"
	if ! "$natctl" "$@" -nf "$conf" 2>"$tmp/err" ||
	    grep -q warning: "$tmp/err"; then
		cat "$tmp/err"
		echo "FAIL: $conf"
		failed=$((failed + 1))
		continue
	fi
	"$natctl" "$@" -nvf "$conf" >"$tmp/print"
	"$natctl" "$@" -nvf - <"$tmp/print" >"$tmp/again"
	if ! diff -u "$tmp/print" "$tmp/again"; then
		echo "FAIL: $conf prints differently the second time"
		failed=$((failed + 1))
	fi
done
[ "$ran" -gt 0 ] || { echo "no example found"; exit 1; }
echo "$((100 * (ran - failed) / ran))%: Checks: $ran, Failures: $failed, Errors: 0"
[ "$failed" -eq 0 ]
