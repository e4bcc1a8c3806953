#!/bin/sh
# SPDX-License-Identifier: ISC
# Anchors filled from outside: they are there whether a rule names them or not,
# outlive the main ruleset, and touch nothing that is not theirs.
set -eu
. "$top_srcdir/tests/net/lib.sh"

says() {
	grep -q -e "$2" "$1" || fail "no '$2' in: $(cat "$1")"
}

# shows WANT COMMAND...: exactly this on standard output
shows() {
	printf '%s' "$1" >"$tmp/want"
	shift
	"$@" >"$tmp/shown" || fail "$*: status $?"
	cmp -s "$tmp/want" "$tmp/shown" ||
	    fail "$*: $(diff "$tmp/want" "$tmp/shown")"
}

gets_out() {
	ns lan "$PEER" -w 1000 198.51.100.80 80 >/dev/null 2>&1
}

blocked() {
	! gets_out
}

echo '10.1.1.1 10.1.1.2' >"$tmp/file"
rules="table <filed> persist file \"$tmp/file\"
table <listed> persist { 10.2.2.2 }
nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass
anchor \"a\"
anchor \"a/*\"
pass in proto udp from { <filed> <listed> }"
room
start_natd gw "$rules"
serve wan 80
natctl -t listed -T add 10.3.3.3 2>/dev/null

# A load of an anchor is quiet, and leaves what others have.
echo 'block return in on lan0 proto tcp to port 80' |
    natctl -a a -f - 2>"$tmp/said" || fail "load: $(cat "$tmp/said")"
[ ! -s "$tmp/said" ] || fail "-a -f says: $(cat "$tmp/said")"
blocked || fail "the anchor does not decide"
shows '   10.2.2.2
   10.3.3.3
' natctl -t listed -T show
shows '   10.1.1.1
   10.1.1.2
' natctl -t filed -T show
shows 'block return in on lan0 proto tcp from any to any port = 80
' natctl -a a -s rules
natctl -s rules -g >"$tmp/shown"
says "$tmp/shown" 'Place: .*/natd.conf:8 '
natctl -a a -s rules -g >"$tmp/shown"
says "$tmp/shown" 'Place: stdin:1 '

# Below it there is room for others, whichever comes first.
echo 'pass in on lan0 proto tcp to port 80' | natctl -a a/z -f -
gets_out || fail "the child of a wildcard does not decide"
echo 'block in on lan0 proto udp' | natctl -a a -f -
gets_out || fail "a load above lost the child"
shows '  a
' natctl -s Anchors
shows '  a
  a/z
' natctl -s Anchors -v
shows 'anchor "a" all {
  block drop in on lan0 proto udp all
}
anchor "a/*" all {
  anchor "z" all {
    pass in on lan0 proto tcp from any to any port = 80 flags S/SA
  }
}
' sh -c "natctl -a '*' -s rules | sed '/^pass/d'"

# The main ruleset comes and goes; flushing it is such a load.
load "$rules
pass out" 2>/dev/null || fail "reload"
shows 'block drop in on lan0 proto udp all
' natctl -a a -s rules
natctl -F rules 2>"$tmp/said" || fail "-F rules: $(cat "$tmp/said")"
shows '' natctl -s rules
shows '   10.1.1.1
   10.1.1.2
' natctl -t filed -T show
natctl -t listed -T add 10.4.4.4 2>/dev/null
natctl -a a/z -F rules 2>/dev/null || fail "-a a/z -F rules"
shows '' natctl -a a/z -s rules
load "$rules" 2>/dev/null || fail "reload"
shows '   10.2.2.2
' natctl -t listed -T show

# Nobody leads to it: it is there, and may ask for what natd has not.
echo 'pass in on lan0 from <listed> to 10.9.9.9 dnpipe 1' |
    natctl -a lost/one -f - 2>"$tmp/said" || fail "lost: $(cat "$tmp/said")"
says "$tmp/said" '^stdin:1:43: warning: dnpipe.*not supported by this version; no rule can lead'
shows 'pass in on lan0 inet from <listed> to 10.9.9.9 flags S/SA dnpipe 1
' natctl -a lost/one -s rules
natctl -s Anchors -v >"$tmp/shown"
says "$tmp/shown" '^  lost/one$'
! load "$rules
anchor \"lost/*\"" 2>"$tmp/said" || fail "natd takes dnpipe"
says "$tmp/said" 'not supported by this version'
natctl -a lost/one -F rules 2>/dev/null

# A name in an anchor: its own table, else that of the main ruleset.
echo 'block return in on lan0 proto tcp from <bad>' | natctl -a a -f -
gets_out || fail "an empty table blocks"
natctl -t bad -T add 10.0.0.2 2>"$tmp/said"
says "$tmp/said" '^1 table created\.$'
retry blocked || fail "the table of the main ruleset is not meant"
natctl -a a -t bad -T add 10.0.0.77 2>"$tmp/said"
says "$tmp/said" '^1 table created\.$'
retry gets_out || fail "the anchor's own table is not meant"
shows 'bad@a
' natctl -a a -s Tables
natctl -s Tables -v >"$tmp/shown"
says "$tmp/shown" '^-pa--h-	bad$'
says "$tmp/shown" '^-pa-r--	bad@a$'
natctl -a a -t bad -T kill 2>"$tmp/said"
says "$tmp/said" '^1 table deleted\.$'
retry blocked || fail "the table of the main ruleset is not meant again"
natctl -t bad -T kill 2>/dev/null
retry gets_out || fail "a killed table blocks"
shows 'block return in on lan0 proto tcp from <bad:*> to any
' sh -c "natctl -a a -s rules -vv | sed -n 's/^@0 //p'"

# Its tables are its own, and keep what was put into them.
echo 'table <mine> persist { 192.0.2.1 }
pass in from <mine>' | natctl -a own -f - || fail "own"
natctl -a own -t mine -T add 192.0.2.2 2>/dev/null
load "$rules" 2>/dev/null || fail "reload"
shows '   192.0.2.1
   192.0.2.2
' natctl -a own -t mine -T show
shows 'pass in from <mine:2> to any flags S/SA
' sh -c "natctl -a own -s rules -vv | sed -n 's/^@0 //p'"

# A mistake changes nothing; a reserved name is refused.
! echo 'pass in on' | natctl -a own -f - 2>"$tmp/said" || fail "a mistake"
says "$tmp/said" '^stdin:1:'
says "$tmp/said" 'stays in force'
! echo pass | natctl -a own/_x -f - 2>"$tmp/said" || fail "_ is reserved"
says "$tmp/said" "beginning with '_'"
! natctl -a none/here -s rules 2>"$tmp/said" || fail "an anchor out of nothing"
says "$tmp/said" 'no anchor "none/here"'

# The ruleset before returns, though its table's file is not at hand.
ruleset "$rules
block return in on lan0 proto tcp to port 80" >"$tmp/back.conf"
rm "$tmp/file"
echo '10.1.1.9' >"$tmp/file"
natctl -f "$tmp/back.conf" --confirm 1 2>/dev/null || fail "--confirm"
blocked || fail "the new ruleset does not decide"
retry gets_out || fail "the ruleset before does not return"
natctl -vs rules | grep -q "uid 0 pid $natd_pid " ||
	fail "natd brought the rules back, and does not say so"
