#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A packet's way through natd's divert plane, beside natd over TUN and an
# nftables masquerade of the kernel: the same two end points, three routers
# that translate, 20 rules each, in turn, in one run.
#
#	           +-- kernel, natd asked (divert) --+
#	client ----+-- natd itself (tun)           --+---- server
#	           +-- kernel, masquerade (nft)    --+
#
# The end points have processor 0, the router has processor 1 (place.sh).  "ns"
# is the router's time by packet: natd's threads and the kernel's, where those
# poll; else natd's threads and the soft interrupts of that processor.  Where one
# interrupts the other it counts twice, so natd's time is rather too long then;
# and a tick is the finest of the soft interrupts.
#
#	bulk		iperf3, one TCP stream, both directions; and four
#	connections	connect, 1,000 bytes there and back, close
#	small		UDP packets of 18 bytes in 16 flows, so many a second,
#			received as "card" and of either kind, see below
#	saturated	more and more of them, up to as many as the sender can;
#			divert and nft only
#
# Small packets are counted where the router sends them, one by one.  A ratio is
# the figure through natd by the figure through nft: of bits, packets or
# connections a second, or (cost) nft's time by packet by natd's.
#
# Where the kernel receives decides what more packets than natd can judge do, so
# the saturated rows come in three places, each with GRO as every driver of
# a card has it:
#
#	other	with the sender, on another processor than natd's thread
#	card	on natd's processor by a thread of the kernel (threaded NAPI),
#		from a ring of 256 that drops what is too much: as a network
#		card does on a router of one processor
#	steered	on natd's processor by soft interrupts (receive packet
#		steering)
#
# and of two kinds:
#
#	trains	packets of one flow come in a row, 16 at a time, and GRO makes
#		one of them (rx-udp-gro-forwarding, which natd switches on
#		and the kernel does not; here it is on for nft, too)
#	single	it does not, as if each were of another flow
#
# Aims for divert: bulk 0.95; small packets 0.4 paced (cost), and no collapse
# when saturated: without limit at least 0.8 of the most that passes at any
# pace; connections 0.5.  What limits each:
#
#	bulk		the copy of every byte to natd, more than half of its
#			thread's time; the kernel writes the new header of a
#			train (headwrite.h).  What it cannot write (IPv6, both
#			ends changed, other than TCP, not decided when it comes
#			in) takes three copies more: back into a message; the
#			packet made one piece, to be changed; the message over
#			it.  A nap of natd's thread between bursts (workers.c)
#			is part of the round trip, too
#	small packets	the kernel's message with its attributes, and the
#			verdict's way back: natd's own code is 4 %.  A train is
#			one message and one verdict
#	other		natd's thread; the sender pays for each message that is
#			made and refused
#	card		the kernel's thread and natd's share a processor
#	steered		the soft interrupt comes before any thread, whatever the
#			priority: at the end of each interrupt, and within
#			natd's own system calls, whenever one lets soft
#			interrupts run again.  Of single packets, half of the
#			time is ksoftirqd's, and two thirds of natd's half are
#			soft interrupts
#	connections	two passes for what makes a state, and for each SYN
#
# A busy machine makes natd look worse than it is: a soft interrupt does not
# wait for other programs, but a thread does, and a ring of 256 is soon full.
#
# An established flow needs none of that if its state is kept where the kernel
# receives: that is what a fast path in XDP has to take over.
#
# usage: [BENCH_DIVERT='bulk connections small saturated'] divert.sh
#	[ROUNDS [SECONDS]]; needs root, ethtool, iperf3, nft.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$top_srcdir/tests/net/lib.sh"
. "$top_srcdir/tests/bench/place.sh"
BLAST=${top_builddir:-$top_srcdir/build}/tests/bench/blast
rounds=${1:-3}
seconds=${2:-2}
for cmd in ethtool iperf3 nft taskset; do
	command -v "$cmd" >/dev/null || skip "needs $cmd"
done
[ "$(nproc)" -ge 2 ] || skip "needs two processors"
numbers='1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20'

# Twenty rules that never match, for either side.  One worker: the router has
# one processor.
natd_rules() {
	echo 'set workers 1'
	echo "nat on wan0 inet from $1 to any -> (wan0)"
	for _i in $numbers; do
		echo "block quick proto tcp from 192.0.2.$_i to any port 80"
	done
	echo 'pass'
}

nft_rules() {
	echo 'table ip bench {'
	echo 'chain f { type filter hook forward priority 0; policy drop;'
	echo 'ct state established,related accept;'
	for _i in $numbers; do
		echo "ip saddr 192.0.2.$_i tcp dport 80 drop;"
	done
	echo 'ct state new accept'
	echo '}'
	echo 'chain n { type nat hook postrouting priority 100;'
	echo 'oifname "wan0" masquerade'
	echo '}'
	echo '}'
}

# small_packets IF: what the sender gives to IF as one comes out as many
small_packets() {
	ns lan ethtool -K "$1" tx-udp-segmentation off || fail "ethtool"
}

# cables NAME NET HOST: a router whose kernel routes, and the way to it
cables() {
	veth lan "$1-lan" "10.$2.0.2/24" "$1" lan0 "10.$2.0.1/24"
	veth wan "$1-wan" "198.18.$2.80/24" "$1" wan0 "198.18.$2.1/24"
	ns lan ip route add "198.18.$2.0/24" via "10.$2.0.1"
	small_packets "$1-lan"
	ns "$1" sysctl -qw net.ipv4.ip_forward=1
	steer lan "$1-lan" ends
	steer "$1" lan0 router
	steer "$1" wan0 router
	# and are counted where they leave
	ns "$1" ethtool -K wan0 tx-udp-segmentation off || fail "ethtool"
}

# host ROUTER: the server, as it is reached through it
host() {
	case $1 in
	divert) echo 198.18.1.80 ;;
	tun) echo 198.51.100.80 ;;
	nft) echo 198.18.2.80 ;;
	esac
}

# sent ROUTER: packets that it has sent to the server's side
sent() {
	case $1 in
	tun) ns wan cat /sys/class/net/wan0/statistics/rx_packets \
	    /sys/class/net/wan0/statistics/rx_dropped ;;
	*) ns "$1" cat /sys/class/net/wan0/statistics/tx_packets \
	    /sys/class/net/wan0/statistics/tx_dropped ;;
	esac | awk '{ n += $1 } END { print n }'
}

# arrives ends|sender: where the server takes packets.  The small ones end in the
# router's own context: to tell another processor of each costs it more than a
# card does.
arrives() {
	for _if in wan0 divert-wan nft-wan; do
		steer wan $_if "$1"
	done
}

# Processor time of the threads with these ids, in ns.
ran() {
	for _t; do
		cat /proc/"$_t"/schedstat
	done 2>/dev/null
}

# Kernel threads that poll a lan0.
pollers() {
	grep -l '^napi/lan0-' /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3 | sort
}

# busy ROUTER: nanoseconds that it has worked
busy() {
	_threads=
	case $1 in
	divert) _threads=$(ls /proc/"$natd_pid"/task) ;;
	tun) _threads=$(ls /proc/"$tun_pid"/task) ;;
	esac
	_kernel=$(pollers)
	{
		# shellcheck disable=SC2086 # lists
		if [ -n "$_kernel" ]; then
			ran $_threads $_kernel $(pgrep -x ksoftirqd/1)
		else
			ran $_threads
			awk -v hz="$(getconf CLK_TCK)" \
			    '/^cpu1 / { print ($7 + $8) * 1e9 / hz }' /proc/stat
		fi
	} | awk '{ n += $1 } END { printf "%.0f\n", n }'
}

# Each measure takes a router and prints its rate and ns by packet.
bulk() {
	_router=$1
	shift
	_b0=$(busy "$_router")
	_rate=$(ns lan $ends iperf3 -J -c "$(host "$_router")" -t "$seconds" \
	    "$@" | python3 -c 'import json, sys
print("%.3f" % (json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"]
    / 1e9))')
	echo "$_rate $(($(busy "$_router") - _b0))" |
	    awk -v s="$seconds" '{ print $1, $2 / ($1 * 1e9 * s / 8 / 65536) }'
}

small() {
	_router=$1
	_b0=$(busy "$_router")
	_p0=$(sent "$1")
	# shellcheck disable=SC2086 # a command and its options
	ns lan $ends "$BLAST" "$(host "$1")" 9 $((seconds * 1000)) ${2-} \
	    >"$tmp/blast"
	# what waits in queues is worked off
	sleep 0.1
	echo "$(($(sent "$1") - _p0)) $(($(busy "$_router") - _b0)) $(cat "$tmp/blast")" |
	    awk -v s="$seconds" '{ print $1 / s / 1e3, $2 / $1, 100 * $1 / $3 }'
}

connections() {
	_router=$1
	_b0=$(busy "$_router")
	_from=$(date +%s%N)
	for _turn in 1 2 3; do
		# shellcheck disable=SC2086 # a command and its options
		ns lan $ends "$PEER" -c 1000 -w 10000 "$(host "$1")" 80 \
		    >/dev/null || fail "connections through $1"
	done
	echo "$_from $(date +%s%N) $(($(busy "$_router") - _b0))" |
	    awk '{ print 3e9 / ($2 - $1), $3 / 3000 }'
}

# How this session ranks among others, where the scheduler shares among those.
session_nice() {
	awk '{ n = $3 } END { print n + 0 }' /proc/self/autogroup 2>/dev/null ||
	    echo 0
}

# receives ROUTER other|card|steered: where its kernel takes the sender's
# packets.  veth polls only what comes without TSO, and with GRO.  The thread
# weighs as much as natd's session.
receives() {
	_who=sender
	[ "$2" != steered ] || _who=router
	steer "$1" lan0 $_who
	ns lan ethtool -K "$1-lan" tso off
	pollers >"$tmp/before"
	ns "$1" ethtool -K lan0 gro on
	_threaded=0
	[ "$2" != card ] || _threaded=1
	ns "$1" sh -c "echo $_threaded >/sys/class/net/lan0/threaded" ||
	    fail "no threaded NAPI"
	for _p in $(pollers | comm -13 "$tmp/before" -); do
		taskset -pc 1 "$_p" >/dev/null
		renice -n "$(session_nice)" -p "$_p" >/dev/null
	done
}

# gathers ROUTER trains|single: may GRO gather UDP there?
gathers() {
	_on=on
	_set='yes'
	[ "$2" = trains ] || _on=off _set=no
	case $1 in
	divert)
		sed "s/^set udp-gro .*/set udp-gro $_set/" "$tmp/natd.conf" \
		    >"$tmp/gro.conf"
		natctl -q -f "$tmp/gro.conf" >/dev/null || fail "natctl -f"
		;;
	nft) ns nft ethtool -K lan0 rx-udp-gro-forwarding $_on ;;
	esac
}

# curve PLACE KIND: what passes by what is offered, and whether more is less
curve() {
	for _r in divert nft; do
		receives "$_r" "$1"
		gathers "$_r" "$2"
		: >"$tmp/$_r.c"
	done
	for _rate in 50000 100000 200000 400000 unlimited; do
		for _r in divert nft; do
			: >"$tmp/$_r.v"
		done
		for _round in $(seq "$rounds"); do
			for _r in divert nft; do
				small "$_r" "${_rate#unlimited}" >>"$tmp/$_r.v"
			done
		done
		for _router in divert nft; do
			median "$tmp/$_router.v" 1 >>"$tmp/$_router.c"
		done
		paste -d ' ' "$tmp/divert.v" "$tmp/nft.v" |
		    awk '{ print $1 / $4 }' >"$tmp/divert.r"
		printf '%-7s %-6s %9s  divert %6.1f (%3.0f %%)  nft %6.1f (%3.0f %%)' \
		    "$1" "$2" "$_rate" "$(tail -n 1 "$tmp/divert.c")" \
		    "$(median "$tmp/divert.v" 3)" \
		    "$(tail -n 1 "$tmp/nft.c")" "$(median "$tmp/nft.v" 3)"
		printf ' kpps (arrive)  ratio %5.2f\n' \
		    "$(median "$tmp/divert.r" 1)"
	done
	for _router in divert nft; do
		awk -v w="$1 $2 $_router" '{ if ($1 > m) m = $1; last = $1 }
		    END { verdict = last < 0.8 * m ? "missed (0.8)" : "met"
			printf "%s: unlimited %.2f of its best: %s\n", w,
			    last / m, verdict }' "$tmp/$_router.c"
	done
}

# median FILE COLUMN
median() {
	awk -v c="$2" '{ print $c }' "$1" | sort -n |
	    awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# compare LABEL UNIT PER MEASURE OPTION...
compare() {
	_label=$1
	_unit=$2
	_per=$3
	_measure=$4
	shift 4
	for _r in divert tun nft; do
		: >"$tmp/$_r.v"
	done
	for _round in $(seq "$rounds"); do
		for _r in divert tun nft; do
			"$_measure" "$_r" "$@" >>"$tmp/$_r.v"
		done
	done
	# the ratio of each round, so that both have met the same machine
	for _router in divert tun; do
		paste -d ' ' "$tmp/$_router.v" "$tmp/nft.v" |
		    awk '{ h = NF / 2; print $1 / $(h + 1), $(h + 2) / $2 }' \
			>"$tmp/$_router.r"
	done
	for _router in divert tun nft; do
		printf '%-20s %-6s %8.2f %s %7.0f ns/%s' "$_label" "$_router" \
		    "$(median "$tmp/$_router.v" 1)" "$_unit" \
		    "$(median "$tmp/$_router.v" 2)" "$_per"
		[ "$_router" = nft ] ||
		    printf '  ratio %5.2f  cost %5.2f' \
			"$(median "$tmp/$_router.r" 1)" \
			"$(median "$tmp/$_router.r" 2)"
		[ "$_measure" != small ] || printf '  %3.0f %% arrive' \
		    "$(median "$tmp/$_router.v" 3)"
		echo
	done
}

place apart

# natd over TUN first: its namespaces are those of the end points.
room
NATD_SOCKET=$tmp/tun.sock
start_natd tun "$(natd_rules 10.0.0.0/24)"
tun_pid=$natd_pid
pin_router "$tun_pid"
steer lan lan0 ends
small_packets lan0

cables divert 1
cables nft 2
nft_rules >"$tmp/nft.conf"
ns nft nft -f "$tmp/nft.conf"
NATD_SOCKET=$tmp/divert.sock
{
	echo 'interface lan0 divert'
	echo 'interface wan0 divert'
	echo 'set udp-gro yes'
	natd_rules 10.1.0.0/24
} >"$tmp/natd.conf"
run_natd divert
pin_router "$natd_pid"

serve wan 80
# small packets are counted where the router sends them, and end behind that
ns wan nft -f - <<'EOF'
table netdev sink {
	chain in {
		type filter hook ingress devices = { wan0, divert-wan, nft-wan } priority 0
		udp dport 9 drop
	}
}
EOF
ns wan $ends iperf3 -s -D -I "$tmp/iperf3.pid" >/dev/null
for router in divert tun nft; do
	retry ns lan iperf3 -c "$(host $router)" -t 1 >/dev/null ||
	    fail "no iperf3 through $router"
done

echo "divert beside tun and nft, $rounds rounds of $seconds s, medians"
# shellcheck disable=SC2086 # names of measures
for what in ${BENCH_DIVERT:-bulk connections small saturated}; do
	case $what in
	bulk)
		arrives ends
		compare "one stream" Gbit/s "64 KiB" bulk
		compare "one stream, reverse" Gbit/s "64 KiB" bulk -R
		compare "four streams" Gbit/s "64 KiB" bulk -P 4
		;;
	connections)
		arrives ends
		compare "connections" k/s connection connections
		;;
	small)
		arrives sender
		for kind in single trains; do
			for router in divert nft; do
				receives $router card
				gathers $router $kind
			done
			for rate in 50 100 150; do
				compare "$rate kpps, $kind" kpps packet small \
				    ${rate}000
			done
		done
		;;
	saturated)
		arrives sender
		for place in other card steered; do
			curve $place trains
			curve $place single
		done
		;;
	esac
done
natctl -s info -v | grep -E '^P|one-pass|queue-'
