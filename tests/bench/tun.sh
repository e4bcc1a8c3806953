#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Bulk TCP through natd over TUN, beside the kernel's own routing with an
# nftables masquerade: the same two end points, in turn, in one run.
#
#	client -- natd -- server		nat on wan0, 20 rules
#	client -- kernel router -- server	masquerade, 20 rules
#
# Twice: with the end points on a processor and the router on another, and
# with all of them on the same two.
#
# usage: tun.sh [ROUNDS [SECONDS]]; needs root, iperf3, nft.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$top_srcdir/tests/net/lib.sh"
. "$top_srcdir/tests/bench/place.sh"
rounds=${1:-5}
seconds=${2:-3}
for cmd in iperf3 nft taskset; do
	command -v "$cmd" >/dev/null || skip "needs $cmd"
done

# Twenty rules that never match, for either side.
natd_rules() {
	echo 'nat on wan0 inet from 10.0.0.0/24 to any -> (wan0)'
	for _i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo "block quick proto tcp from 192.0.2.$_i to any port 80"
	done
	echo 'pass'
}

nft_rules() {
	echo 'table ip bench {'
	echo 'chain f { type filter hook forward priority 0; policy drop;'
	echo 'ct state established,related accept;'
	for _i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo "ip saddr 192.0.2.$_i tcp dport 80 drop;"
	done
	echo 'ct state new accept'
	echo '}'
	echo 'chain n { type nat hook postrouting priority 100;'
	echo 'oifname "kwan" masquerade'
	echo '}'
	echo '}'
}

kernel_router() {
	veth lan klan0 10.1.0.2/24 kgw klan 10.1.0.1/24
	veth wan kwan0 198.18.0.80/24 kgw kwan 198.18.0.1/24
	ns lan ip route add 198.18.0.0/24 via 10.1.0.1
	ns kgw sysctl -qw net.ipv4.ip_forward=1
	nft_rules >"$tmp/nft.conf"
	ns kgw nft -f "$tmp/nft.conf"
}

cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/$natd_pid/stat"
}

# gbits HOST OPTION...: one run of iperf3, Gbit/s at the receiver
gbits() {
	_host=$1
	shift
	# shellcheck disable=SC2086 # a command and its options
	ns lan $ends iperf3 -J -c "$_host" -t "$seconds" "$@" |
	    python3 -c 'import json, sys
print("%.3f" % (json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"]
    / 1e9))'
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# compare LABEL OPTION...
compare() {
	_label=$1
	shift
	: >"$tmp/natd.g"
	: >"$tmp/nft.g"
	: >"$tmp/ratio"
	: >"$tmp/cpu"
	for _round in $(seq "$rounds"); do
		_t0=$(cpu_ticks)
		_a=$(gbits 198.51.100.80 "$@")
		_t1=$(cpu_ticks)
		_b=$(gbits 198.18.0.80 "$@")
		echo "$_a" >>"$tmp/natd.g"
		echo "$_b" >>"$tmp/nft.g"
		echo "$_a $_b" | awk '{ print $1 / $2 }' >>"$tmp/ratio"
		echo "$_t0 $_t1 $seconds $(getconf CLK_TCK)" |
		    awk '{ print 100 * ($2 - $1) / $3 / $4 }' >>"$tmp/cpu"
	done
	printf '%-24s natd %6.2f Gbit/s  nft %6.2f Gbit/s  ratio %.2f  natd %d %% of a core\n' \
	    "$_label" "$(median <"$tmp/natd.g")" "$(median <"$tmp/nft.g")" \
	    "$(median <"$tmp/ratio")" "$(median <"$tmp/cpu" | cut -d. -f1)"
}

# The server is started anew: it stays where it is started.
compare_all() {
	place "$1"
	for _end in 'lan klan0' 'wan kwan0' 'lan lan0' 'wan wan0'; do
		# shellcheck disable=SC2086 # two words
		steer $_end ends
	done
	steer kgw klan router
	steer kgw kwan router
	pin_router "$natd_pid"
	# shellcheck disable=SC2086 # a command and its options
	ns wan $ends iperf3 -s -D -I "$tmp/iperf3.pid" >/dev/null
	retry ns lan iperf3 -c 198.51.100.80 -t 1 >/dev/null ||
	    fail "no iperf3"
	compare "one stream"
	compare "one stream, reverse" -R
	compare "four streams" -P 4
	kill "$(tr -d '\0' <"$tmp/iperf3.pid")"
}

room
start_natd gw "$(natd_rules)"
kernel_router
echo "bulk TCP, $rounds rounds of $seconds s, medians"
echo "end points on one processor, the router on the other (aim: ratio 0.95)"
compare_all apart
echo "all on two processors"
compare_all shared
