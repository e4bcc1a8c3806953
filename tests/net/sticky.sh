# SPDX-License-Identifier: ISC
#
# What the tests of sticky-address share: clients 10.0.0.11 to 10.0.0.14 in lan,
# and two ways to 192.0.2.9, which is in wan (by 198.51.100.80, of wan0) and in
# wan2 (by 203.0.113.80, of wan1); nothing is translated, so that each says
# who has come.
#
#	sticks	check it all; natd runs in gw with $RULES, the main ruleset,
#		whose rule of sticky-address stands in $sticky
TMPDIR=/dev/shm
export TMPDIR
[ "$(stat -f -c %T /dev/shm)" = tmpfs ] || {
	echo "no tmpfs on /dev/shm" >&2
	exit 77
}
. "$top_srcdir/tests/net/lib.sh"

CLIENTS='11 12 13 14'
sticky='pass in on lan0 inet proto tcp to port 80 route-to { (wan0 198.51.100.80), (wan1 203.0.113.80) } round-robin sticky-address'

# The outside, when its interfaces are there.
far_ends() {
	for link in wan wan2; do
		ip -n "$run-$link" addr add 192.0.2.9/32 dev lo
		serve "$link" 80
	done
	ip -n "$run-wan" route replace 10.0.0.0/24 via 198.51.100.1
	ip -n "$run-wan2" route replace 10.0.0.0/24 via 203.0.113.1
}

# connect N TIMES: client N connects so often
connect() {
	_n=0
	while [ "$_n" -lt "$2" ]; do
		ns lan "$PEER" -w 2000 -b "10.0.0.$1" 192.0.2.9 80 ||
		    fail "client $1 does not get through"
		_n=$((_n + 1))
	done
}

came() {
	grep -c "^from 10\.0\.0\.$2 " "$tmp/$1.seen" || :
}

# one_way N TIMES: its connections have all gone by $way, if they did by one
one_way() {
	case $(came wan "$1"):$(came wan2 "$1") in
	"$2":0) way=wan ;;
	0:"$2") way=wan2 ;;
	*) fail "client $1 came $(came wan "$1") times by one way and" \
	    "$(came wan2 "$1") times by the other, not $2" ;;
	esac
}

forget_seen() {
	: >"$tmp/wan.seen"
	: >"$tmp/wan2.seen"
}

# all_stay TIMES: each client so often, by the way that it had
all_stay() {
	forget_seen
	for c in $CLIENTS; do
		connect "$c" "$1"
	done
	for c in $CLIENTS; do
		one_way "$c" "$1"
		eval "[ \$way = \$had$c ]" || fail "client $c turned to $way"
	done
}

sources() {
	natctl -s Sources | grep -c ' route-to ' || :
}

sticks() {
	for c in $CLIENTS; do
		connect "$c" 4
	done
	first=0
	for c in $CLIENTS; do
		one_way "$c" 4
		eval "had$c=\$way"
		[ "$way" != wan ] || first=$((first + 1))
	done
	[ "$first" -eq 2 ] || fail "$first of 4 clients by the first way"
	line='^10\.0\.0\.11 route-to [0-9.]*\.80 ( states 4, connections 0, '
	natctl -s Sources | grep -q "${line}rate 0\.0/0s )\$" ||
	    fail "the sources: $(natctl -s Sources)"
	natctl -s states -v | grep -q ', sticky-address$' || fail "its states"

	# Other rules before it, and it is the same rule.
	ruleset "block in on lan0 inet proto udp
$RULES" >"$tmp/load.conf"
	ns gw natctl -q -f "$tmp/load.conf" || fail "the reload"
	all_stay 3

	# Another natd makes the nodes from the states.
	kill -s KILL "$natd_pid"
	wait "$natd_pid" 2>/dev/null || :
	natd_pid=
	run_natd gw
	[ "$(sources)" -eq 4 ] || fail "after a restart: $(natctl -s Sources)"
	far_routes
	all_stay 2

	# A source is forgotten, and takes its turn; its states stay.
	states=$(natctl -s states | wc -l)
	natctl -K 10.0.0.11 2>&1 | grep -q 'killed 1 src nodes from 1 sources' ||
	    fail "-K"
	[ "$(sources)" -eq 3 ] || fail "-K: $(natctl -s Sources)"
	natctl -K 10.0.0.0/24 -K 192.0.2.1 2>&1 |
	    grep -q 'killed 0 src nodes' || fail "-K, another next hop"
	[ "$(natctl -s states | wc -l)" -ge "$states" ] || fail "-K: states"
	forget_seen
	connect 11 3
	one_way 11 3
	natctl -F Sources
	[ "$(sources)" -eq 0 ] || fail "-F Sources: $(natctl -s Sources)"

	# A table of next hops; one of them goes.
	ruleset "table <hops> persist { 198.51.100.80 203.0.113.80 }
set limit src-nodes 4
${RULES%pass in*}${sticky%\{*}<hops> round-robin sticky-address" \
	    >"$tmp/load.conf"
	ns gw natctl -q -f "$tmp/load.conf" || fail "the table"
	forget_seen
	for c in $CLIENTS; do
		connect "$c" 3
	done
	for c in $CLIENTS; do
		one_way "$c" 3
	done
	! ns lan "$PEER" -w 700 -b 10.0.0.15 192.0.2.9 80 2>/dev/null ||
	    fail "the limit"
	natctl -s info | grep -q '^  src-limit  *[1-9]' ||
	    fail "src-limit: $(natctl -s info)"
	natctl -s memory | grep -q '^src-nodes  *hard limit  *4$' ||
	    fail "the limit is not shown"
	natctl -q -t hops -T delete 198.51.100.80
	forget_seen
	for c in $CLIENTS; do
		connect "$c" 2
		one_way "$c" 2
		[ "$way" = wan2 ] || fail "client $c by the hop that is gone"
	done
	natctl -q -t hops -T add 198.51.100.80
	connect 11 2
	one_way 11 4
}
