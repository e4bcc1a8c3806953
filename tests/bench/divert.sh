#!/bin/sh
# SPDX-License-Identifier: ISC
#
# natd's divert plane beside an nftables masquerade of the kernel: the same
# two end points, the kernel routes in both, in turn, in one run.  Bulk TCP,
# packets of 18 bytes in UDP, and connections (connect, 1,000 bytes there and
# back, close).
#
#	client -- kernel, natd asked -- server		nat on wan0, 20 rules
#	client -- kernel, masquerade -- server		20 rules
#
# usage: divert.sh [ROUNDS [SECONDS]]; needs root, iperf3, nft.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$top_srcdir/tests/net/lib.sh"
rounds=${1:-5}
seconds=${2:-3}
for cmd in iperf3 nft; do
	command -v "$cmd" >/dev/null || skip "needs $cmd"
done
numbers='1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20'

# Twenty rules that never match, for either side.
natd_rules() {
	echo 'interface lan0 divert'
	echo 'interface wan0 divert'
	echo 'nat on wan0 inet from 10.0.0.0/24 to any -> (wan0)'
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

# Each measure takes a host and prints one number.
gbits() {
	_host=$1
	shift
	ns lan iperf3 -J -c "$_host" -t "$seconds" "$@" |
	    python3 -c 'import json, sys
print("%.3f" % (json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"]
    / 1e9))'
}

# shellcheck disable=SC2317 # called by name
kpps() {
	ns lan iperf3 -J -u -b 0 -l 18 -c "$1" -t "$seconds" |
	    python3 -c 'import json, sys
s = json.load(sys.stdin)["end"]["sum"]
print("%.1f" % ((s["packets"] - s["lost_packets"]) / s["seconds"] / 1e3))'
}

# shellcheck disable=SC2317 # called by name
connections() {
	_from=$(date +%s%N)
	for _turn in 1 2 3 4; do
		ns lan "$PEER" -c 1000 -w 10000 "$1" 80 >/dev/null ||
		    fail "connections through $1"
	done
	echo "$_from $(date +%s%N)" | awk '{ print 4e9 / ($2 - $1) }'
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# compare LABEL UNIT MEASURE OPTION...
compare() {
	_label=$1
	_unit=$2
	_measure=$3
	shift 3
	: >"$tmp/natd.v"
	: >"$tmp/nft.v"
	: >"$tmp/ratio"
	: >"$tmp/cpu"
	for _round in $(seq "$rounds"); do
		_t0=$(cpu_ticks)
		_w0=$(date +%s%N)
		_a=$("$_measure" 198.51.100.80 "$@")
		_w1=$(date +%s%N)
		_t1=$(cpu_ticks)
		_b=$("$_measure" 198.18.0.80 "$@")
		echo "$_a" >>"$tmp/natd.v"
		echo "$_b" >>"$tmp/nft.v"
		echo "$_a $_b" | awk '{ print $1 / $2 }' >>"$tmp/ratio"
		echo "$_t0 $_t1 $_w0 $_w1 $(getconf CLK_TCK)" |
		    awk '{ print 100e9 * ($2 - $1) / ($4 - $3) / $5 }' \
			>>"$tmp/cpu"
	done
	printf '%-24s natd %7.2f %s  nft %7.2f %s  ratio %.2f  natd %d %% of a core\n' \
	    "$_label" "$(median <"$tmp/natd.v")" "$_unit" \
	    "$(median <"$tmp/nft.v")" "$_unit" "$(median <"$tmp/ratio")" \
	    "$(median <"$tmp/cpu" | cut -d. -f1)"
}

gateway
natd_rules >"$tmp/natd.conf"
run_natd gw
kernel_router
serve wan 80
ns wan iperf3 -s -D -I "$tmp/iperf3.pid" >/dev/null
retry ns lan iperf3 -c 198.51.100.80 -t 1 >/dev/null || fail "no iperf3"
echo "divert, $rounds rounds of $seconds s, medians"
echo "(aims: bulk TCP 0.95, small packets 0.4)"
compare "one stream" Gbit/s gbits
compare "one stream, reverse" Gbit/s gbits -R
compare "four streams" Gbit/s gbits -P 4
compare "18 bytes in UDP" kpps kpps
compare "connections" k/s connections
natctl -s info -v | grep -E '^Plane|queue-'
