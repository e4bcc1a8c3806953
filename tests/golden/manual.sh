#!/bin/sh
# SPDX-License-Identifier: ISC
# The rulesets that natd.conf(5) shows are checked by natctl and by natd
# without a word, and print what is read again: each display of EXAMPLES, and
# that of the first ruleset, whose interfaces are its own.
set -u
natctl=$top_builddir/ctl/natctl
natd=$top_builddir/engine/natd/natd
page=$top_srcdir/man/natd.conf.5
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0

sed -n '/^\.Sh A FIRST RULESET/,/^\.Sh SYNTAX/p; /^\.Sh EXAMPLES/,/^\.Sh SEE/p' \
    "$page" | awk -v tmp="$tmp" '
	/^\.Bd -literal/ { file = sprintf("%s/%02d.conf", tmp, n++); next }
	/^\.Ed/ { file = "" }
	file != "" { gsub(/\\e/, "\\"); gsub(/\\&/, ""); print >file }'

set -- "$tmp"/*.conf
[ $# -ge 7 ] || { echo "natd.conf(5) has only $# rulesets"; exit 1; }
for conf in "$@"; do
	if ! "$natctl" -nf "$conf" >"$tmp/said" 2>&1 ||
	    ! "$natd" -n -f "$conf" >>"$tmp/said" 2>&1 ||
	    grep -q 'warning:' "$tmp/said"; then
		cat "$tmp/said"
		echo "FAIL: this ruleset of natd.conf(5):"
		cat "$conf"
		failed=$((failed + 1))
		continue
	fi
	"$natctl" -nvf "$conf" >"$tmp/print"
	"$natctl" -nvf - <"$tmp/print" >"$tmp/again"
	diff -u "$tmp/print" "$tmp/again" || failed=$((failed + 1))
done
echo "$((100 * ($# - failed) / $#))%: Checks: $#, Failures: $failed, Errors: 0"
[ "$failed" -eq 0 ]
