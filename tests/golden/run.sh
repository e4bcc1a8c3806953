#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: run.sh [--update]
#
# NAME.conf is loaded with -nv and must print as NAME.out says; the print is
# read again and must print the same.  bad/NAME.conf must be refused with the
# messages of bad/NAME.err.  A first line "# natctl: -D x=y" adds options.
# --update writes .out and .err anew.
set -u
cd "$top_srcdir/tests/golden" || exit 1
natctl=$top_builddir/ctl/natctl
host=$PWD/host
update=${1-}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
ran=0
failed=0

options() {
	sed -n '1s/^# natctl: //p' "$1"
}

# compare WHAT WANT GOT
compare() {
	ran=$((ran + 1))
	if [ "$update" = --update ] && [ -n "$2" ]; then
		cmp -s "$2" "$3" || { cp "$3" "$2"; echo "wrote $2"; }
	elif ! diff -u "$2" "$3"; then
		echo "FAIL: $1"
		failed=$((failed + 1))
	fi
}

for conf in *.conf; do
	[ -e "$conf" ] || continue
	name=${conf%.conf}
	# shellcheck disable=SC2046 # options are words
	if ! "$natctl" -I "$host" $(options "$conf") -nvf "$conf" \
	    >"$tmp/out" 2>"$tmp/err"; then
		cat "$tmp/err"
		echo "FAIL: $name: refused"
		ran=$((ran + 1)) failed=$((failed + 1))
		continue
	fi
	compare "$name" "$name.out" "$tmp/out"
	"$natctl" -I "$host" -nvf - <"$tmp/out" >"$tmp/again" \
	    2>"$tmp/err"
	ran=$((ran + 1))
	diff -u "$tmp/out" "$tmp/again" || {
		echo "FAIL: $name: the print does not print the same"
		failed=$((failed + 1))
	}
done
for conf in bad/*.conf; do
	[ -e "$conf" ] || continue
	name=${conf%.conf}
	# shellcheck disable=SC2046
	if "$natctl" -I "$host" $(options "$conf") -nvf "$conf" \
	    >"$tmp/out" 2>"$tmp/err"; then
		echo "FAIL: $name: accepted"
		ran=$((ran + 1)) failed=$((failed + 1))
		continue
	fi
	compare "$name" "$name.err" "$tmp/err"
done
[ "$ran" -gt 0 ] || { echo "no golden file found"; exit 1; }
echo "$((100 * (ran - failed) / ran))%: Checks: $ran, Failures: $failed, Errors: 0"
[ "$failed" -eq 0 ]
