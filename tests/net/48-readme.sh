#!/bin/sh
# SPDX-License-Identifier: ISC
# The commands of README.md do what it says, on the rulesets that it shows.  A
# command that this test does not know fails it.
set -eu
. "$top_srcdir/tests/net/lib.sh"
readme=$top_srcdir/README.md

# block PATTERN: the indented block with this line in it
block() {
	awk -v want="$1" '
	/^    / || (/^$/ && text != "") {
		line = $0; sub(/^    /, "", line)
		text = text line "\n"; if (line ~ want) found = 1; next
	}
	{ if (found) exit; text = "" }
	END { if (found) printf "%s", text; else exit 1 }' "$readme" ||
	    fail "README.md has no block with $1"
}

run_natctl() {
	natctl "$@" >"$tmp/out" 2>&1 || fail "natctl $*: $(cat "$tmp/out")"
}

room
block '^interface lan0' | sed "s|/run/netns/|&$run-|" >"$tmp/natd.conf"
cd "$tmp"

# README's lines, in their order.
block '^natctl -nf' >"$tmp/commands"
while read -r line; do
	# shellcheck disable=SC2086 # words of a line
	set -- ${line%%#*}
	case "$*" in
	'')
		;;
	'natctl -nf natd.conf')
		run_natctl -nf natd.conf
		grep -q '^natd.conf: ok, 1 nat, 1 rdr, 4 filter rules' out ||
		    fail "$*: $(cat out)"
		;;
	'natctl -nvf natd.conf')
		run_natctl -nvf natd.conf
		grep -q '^pass in on lan0 inet from 10.0.0.0/24 ' out ||
		    fail "$*: $(cat out)"
		;;
	'natd -d -f natd.conf')
		run_natd gw
		serve wan 80
		serve lan 80
		ns lan "$PEER" 198.51.100.80 80 || fail "nat"
		ns wan "$PEER" 198.51.100.1 8080 || fail "rdr"
		;;
	'natctl -s states')
		run_natctl -s states
		grep -q '(10.0.0.2:.*) -> 198.51.100.80:80 ' out ||
		    fail "$*: $(cat out)"
		;;
	'natctl -f natd.conf')
		exchange lan load -c 3 -i 20 198.51.100.80 80
		echo 'block in on wan0 proto udp' >>natd.conf
		run_natctl -f natd.conf
		exchange_ends load
		;;
	natctl)
		command -v script >/dev/null || continue
		(sleep 0.5; printf 'show rules\nquit\n'; sleep 0.3) |
		    ASAN_OPTIONS=detect_leaks=0 timeout 20 \
		    script -qec natctl /dev/null >out 2>&1 ||
		    fail "the shell: $(cat out)"
		grep -q 'block drop in on wan0' out || fail "$(cat out)"
		;;
	*)
		fail "README.md has a command that is not tested: $*"
		;;
	esac
done <"$tmp/commands"
end_natd || fail "natd did not end well"

# The ruleset for the interfaces of a machine.
block '^set skip on lo' >"$tmp/host.conf"
run_natctl -nf host.conf

# What builds is run by quickstart; here, that it is there.
block '^make check' >"$tmp/commands"
while read -r line; do
	# shellcheck disable=SC2086
	set -- ${line%%#*}
	[ "${1-}" != sudo ] || shift
	case "$*" in
	'')
		;;
	'autoreconf -fi && '*)
		[ -f "$top_srcdir/configure.ac" ] || fail "$*"
		;;
	'make '*)
		make -n -C "$top_builddir" "$2" >out 2>&1 ||
		    fail "$*: $(tail -n 3 out)"
		;;
	*)
		fail "README.md has a command that is not tested: $*"
		;;
	esac
done <"$tmp/commands"
block '^git clone' | tail -n 1 >"$tmp/commands"
[ -x "$top_srcdir/$(sed 's/^ *//' "$tmp/commands")" ] ||
    fail "there is no $(cat "$tmp/commands")"

# Files that it names.
for f in rules/examples man/natd.conf.5; do
	grep -q "$f" "$readme" || fail "README.md does not name $f"
	[ -e "$top_srcdir/$f" ] || fail "README.md names $f, which is gone"
done
