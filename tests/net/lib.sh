# SPDX-License-Identifier: ISC
#
# What the network tests share.  A test sources this file first; it gives
#
#	$tmp		a directory of the test's own
#	$PEER		the suite's TCP and UDP peer (tests/net/peer.c)
#	$NATD_SOCKET	the control socket of the test's natd
#	ns NAME CMD...	run CMD in the namespace NAME, made when first named
#	netns NAME	its path, for an interface statement
#	veth A IF ADDR B IF ADDR	join two namespaces by a cable
#	room		the namespaces lan and wan, and $LAN and $WAN: the two
#			interface statements that join them to natd
#	gateway		the same namespaces on cables to gw, which routes, for
#			divert: lan0 and wan0 are gw's
#	start_natd NAME TEXT	run natd in the namespace NAME with the ruleset TEXT
#	start_example NAME FILE	the same with rules/examples/FILE.conf, whose
#			namespaces become those of the test
#	load TEXT	replace the ruleset: interface statements, then TEXT
#	serve NAME ARG...	run the peer there in the background
#	retry CMD...	repeat CMD until it succeeds, 10 s at the most
#	stays_false CMD...	CMD fails, and still fails after a moment
#	exchange NAME LABEL ARG...	the peer as a client that keeps exchanging
#			(-k ARG...) in the background; it prints to $tmp/LABEL.seen
#	exchange_ends LABEL	tell it to stop; fail unless every connection
#			is whole and every byte came back
#	echoes NAME	how many pings NAME has received, of both families
#	fail TEXT	end the test
#	skip TEXT	the test cannot run here
#
# Names of namespaces and files carry the number of the test's process, so that
# tests can run beside each other.  At the end, however it comes, every process
# in the namespaces is ended and the namespaces are deleted.

top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
PATH=$top_builddir/engine/natd:$top_builddir/ctl:$PATH:/usr/sbin:/sbin
export PATH
PEER=$top_builddir/tests/net/peer
run=natd$$
spaces=
natd_pid=

say() {
	echo "$(basename "$0"): $*" >&2
}

fail() {
	say "FAIL: $*"
	exit 1
}

skip() {
	say "skipped: $*"
	exit 77
}

[ "$(id -u)" = 0 ] || skip "needs root"
[ -c /dev/net/tun ] || skip "needs /dev/net/tun"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/natd.XXXXXX") || skip "no temporary directory"
chmod 755 "$tmp"
NATD_SOCKET=$tmp/natd.sock
export NATD_SOCKET

# natd ends when it is told to, in good order; a sanitizer's finding is none.
end_natd() {
	[ -n "$natd_pid" ] || return 0
	_pid=$natd_pid
	natd_pid=
	kill "$_pid" 2>/dev/null
	tries=0
	# Z: it has ended, and nobody has asked how.
	while _state=Z; read -r _ _ _state _ <"/proc/$_pid/stat" &&
	    [ "$_state" != Z ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || kill -9 "$_pid"
		sleep 0.1
	done 2>/dev/null
	wait "$_pid"
	_ended=$?
	[ "$_ended" -eq 0 ] && return 0
	say "natd ended with status $_ended"
	return 1
}

cleanup() {
	status=$?
	trap '' INT TERM HUP
	trap - EXIT
	set +e
	end_natd || [ "$status" -ne 0 ] || status=1
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
		for f in "$tmp"/*.log; do
			[ -s "$f" ] && { echo "--- $f"; tail -n 40 "$f"; } >&2
		done
	fi
	# A job may be on its way into a namespace: twice nobody there is nobody.
	# shellcheck disable=SC2046 # a list of processes
	kill $(jobs -p) 2>/dev/null
	tries=0
	empty=0
	while [ "$empty" -lt 2 ] && [ "$tries" -lt 50 ]; do
		left=$(for sp in $spaces; do
			ip netns pids "$sp" 2>/dev/null
		done)
		tries=$((tries + 1))
		empty=$((empty + 1))
		[ -z "$left" ] || empty=0
		signal=TERM
		[ "$tries" -lt 25 ] || signal=KILL
		# shellcheck disable=SC2086 # a list of processes
		[ -z "$left" ] || kill -s "$signal" $left 2>/dev/null
		sleep 0.1
	done
	for sp in $spaces; do
		ip netns del "$sp" 2>/dev/null
	done
	wait
	rm -rf "$tmp"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

space() {
	case " $spaces " in
	*" $run-$1 "*) return 0 ;;
	esac
	ip netns add "$run-$1" || skip "cannot make a namespace"
	spaces="$spaces $run-$1"
	ip -n "$run-$1" link set lo up
}

ns() {
	space "$1"
	_ns=$1
	shift
	ip netns exec "$run-$_ns" "$@"
}

netns() {
	echo "/run/netns/$run-$1"
}

veth() {
	space "$1"
	space "$4"
	ip -n "$run-$1" link add "$2" type veth peer name "$5" netns "$run-$4"
	for _end in "$1 $2 $3" "$4 $5 $6"; do
		# shellcheck disable=SC2086 # three words
		set -- $_end
		case $3 in
		*:*) ip -n "$run-$1" addr add "$3" dev "$2" nodad ;;
		*) ip -n "$run-$1" addr add "$3" dev "$2" ;;
		esac
		ip -n "$run-$1" link set "$2" up
	done
}

# settled NAME: the kernel has looked for others with the same IPv6 addresses,
# and asks for neighbours by its own
settled() {
	! ns "$1" ip -6 addr show tentative | grep -q inet6
}

# lan 10.0.0.2 and wan 198.51.100.80 (IPv6: fd00:a::2, 2001:db8:b::80), natd's
# addresses being 10.0.0.1 and 198.51.100.1 (fd00:a::1, 2001:db8:b::1).  The
# outside has no route to the inside; IPv6 has, as it is not translated.
room() {
	space lan
	space wan
	LAN="interface lan0 tun netns \"$(netns lan)\" ${LANOPT-} \
address 10.0.0.1/24 peer 10.0.0.2/24 \
address fd00:a::1/64 peer fd00:a::2/64 default"
	WAN="interface wan0 tun netns \"$(netns wan)\" ${WANOPT-} \
address 198.51.100.1/24 peer 198.51.100.80/24 \
address 2001:db8:b::1/64 peer 2001:db8:b::80/64"
}

# The addresses of the room, but the kernel of gw routes and natd is asked.
gateway() {
	LAN=
	WAN=
	veth lan eth0 10.0.0.2/24 gw lan0 10.0.0.1/24
	veth gw wan0 198.51.100.1/24 wan eth0 198.51.100.80/24
	ip -n "$run-lan" addr add fd00:a::2/64 dev eth0 nodad
	ip -n "$run-gw" addr add fd00:a::1/64 dev lan0 nodad
	ip -n "$run-gw" addr add 2001:db8:b::1/64 dev wan0 nodad
	ip -n "$run-wan" addr add 2001:db8:b::80/64 dev eth0 nodad
	ip -n "$run-lan" route add default via 10.0.0.1
	ip -n "$run-lan" route add default via fd00:a::1
	ip -n "$run-wan" route add fd00:a::/64 via 2001:db8:b::1
	ns gw sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	# a module that nobody has asked for yet
	[ -e /proc/net/netfilter/nfnetlink_queue ] ||
	    modprobe -q nfnetlink_queue 2>/dev/null ||
	    skip "this kernel has no NFQUEUE"
}

# A ruleset as a file: the interface statements of the room, then the text.
ruleset() {
	printf '%s\n%s\n%s\n%s\n' "${LAN-}" "${WAN-}" "${MORE-}" "$1"
}

start_natd() {
	ruleset "$2" >"$tmp/natd.conf"
	run_natd "$1"
	if [ -n "${WAN-}" ]; then
		ip -n "$run-wan" route replace fd00:a::/64 via 2001:db8:b::1 ||
		    fail "no way to the inside"
	fi
}

start_example() {
	sed "s|/run/netns/|&$run-|" "$top_srcdir/rules/examples/$2.conf" \
	    >"$tmp/natd.conf"
	run_natd "$1"
}

run_natd() {
	space "$1"
	ip netns exec "$run-$1" natd -d -f "$tmp/natd.conf" -p "$NATD_SOCKET" \
	    >"$tmp/natd.log" 2>&1 &
	natd_pid=$!
	retry natd_answers || fail "natd does not start"
}

natd_answers() {
	natctl -s info >/dev/null 2>&1 && return
	kill -0 "$natd_pid" 2>/dev/null || fail "natd ended at its start"
	return 1
}

load() {
	ruleset "$1" >"$tmp/load.conf"
	natctl -f "$tmp/load.conf"
}

# The peer prints to $tmp/NAME.seen; the port is the last argument.
serve() {
	space "$1"
	_where=$1
	shift
	for _port; do :; done
	ip netns exec "$run-$_where" "$PEER" -l "$@" >>"$tmp/$_where.seen" &
	case " $* " in
	*' -u '*) _table=/proc/net/udp ;;
	*) _table=/proc/net/tcp ;;
	esac
	# The local port of a socket without a remote one.
	_hex=$(printf ':%04X [0-9A-F]*:0000 ' "$_port")
	retry ip netns exec "$run-$_where" \
	    sh -c "cat $_table $_table""6 | grep -q '$_hex'" ||
	    fail "the peer does not listen on port $_port"
}

retry() {
	_tries=0
	until "$@"; do
		_tries=$((_tries + 1))
		[ "$_tries" -lt 100 ] || return 1
		sleep 0.1
	done
}

stays_false() {
	! "$@" || return 1
	sleep 0.3
	! "$@"
}

# exec: the job is the peer itself, and can be told to stop.
exchange() {
	_where=$1
	_label=$2
	shift 2
	space "$_where"
	: >"$tmp/$_label.seen"
	(exec ip netns exec "$run-$_where" "$PEER" -k "$@" \
	    >"$tmp/$_label.seen") &
	eval "exchange_$_label=$!"
	retry grep -q '^open ' "$tmp/$_label.seen" ||
	    fail "$_label: the connections do not open"
}

exchange_ends() {
	eval "_pid=\$exchange_$1"
	# shellcheck disable=SC2154 # set by eval
	kill "$_pid" 2>/dev/null || :
	wait "$_pid" || fail "$1: $(cat "$tmp/$1.seen")"
	cat "$tmp/$1.seen"
}

echoes() {
	ns "$1" cat /proc/net/snmp /proc/net/snmp6 | awk '
	    $1 == "Icmp:" && !col {
		for (i = 2; i <= NF; i++)
			if ($i == "InEchos")
				col = i
		next
	    }
	    $1 == "Icmp:" { n += $col }
	    $1 == "Icmp6InEchos" { n += $2 }
	    END { print n + 0 }'
}

for _prog in natd natctl "$PEER"; do
	command -v "$_prog" >/dev/null || fail "$_prog is not built"
done
