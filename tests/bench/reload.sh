#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Loading a ruleset into a natd that runs, from the start of natctl to its
# end: text, canonical text, natd's own reading of it, program, switch.  Beside
# it nft loads rules that say the same, in turn, in one run.
#
# usage: reload.sh [RULES [ROUNDS]]; needs root, nft.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$top_srcdir/tests/net/lib.sh"
rules=${1:-10000}
rounds=${2:-7}
aim=0.2 # s, for 10,000 rules
command -v nft >/dev/null || skip "needs nft"

# five_fields FORMAT: one line for each rule; none of them ever matches
five_fields() {
	awk -v n="$rules" -v format="$1" 'BEGIN {
		srand(42)
		for (i = 0; i < n; i++)
			printf format "\n", 16 + int(rand() * 16),
			    int(rand() * 256), int(rand() * 256),
			    20 + int(rand() * 5), int(rand() * 256),
			    int(rand() * 256), 1 + int(rand() * 65535)
	}'
}

natd_rules() {
	echo 'nat on wan0 inet from 10.0.0.0/24 to any -> (wan0)'
	five_fields 'block in quick on lan0 inet proto tcp from 172.%d.%d.%d to 203.%d.%d.%d port %d'
	echo 'pass'
}

nft_rules() {
	echo 'flush ruleset'
	echo 'table ip bench {'
	echo 'chain f { type filter hook forward priority 0; policy accept;'
	five_fields 'iifname "lan0" ip saddr 172.%d.%d.%d ip daddr 203.%d.%d.%d tcp dport %d drop'
	echo '}'
	echo 'chain n { type nat hook postrouting priority 100;'
	echo 'oifname "wan0" masquerade'
	echo '}'
	echo '}'
}

# seconds CMD...: elapsed
seconds() {
	_t0=$(date +%s.%N)
	"$@" >"$tmp/out" 2>&1 || fail "$*: $(cat "$tmp/out")"
	echo "$_t0 $(date +%s.%N)" | awk '{ printf "%.3f\n", $2 - $1 }'
}

# natd_time: processor time of natd so far, s
natd_time() {
	awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' \
	    "/proc/$natd_pid/stat"
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

room
start_natd gw 'pass'
ruleset "$(natd_rules)" >"$tmp/many.conf"
nft_rules >"$tmp/many.nft"
for _round in $(seq "$rounds"); do
	_cpu=$(natd_time)
	seconds natctl -f "$tmp/many.conf" >>"$tmp/natd.s"
	echo "$_cpu $(natd_time)" | awk '{ print $2 - $1 }' >>"$tmp/natd.cpu"
	seconds natctl -nf "$tmp/many.conf" >>"$tmp/natctl.s"
	seconds ns gw nft -f "$tmp/many.nft" >>"$tmp/nft.s"
	paste "$tmp/natd.s" "$tmp/nft.s" | tail -n 1 |
	    awk '{ print $1 / $2 }' >>"$tmp/ratio"
done
echo "loading $rules rules, $rounds rounds, medians"
printf '%-34s %6.3f s   aim <= %s\n' "natctl -f, end to end" \
    "$(median <"$tmp/natd.s")" "$aim"
printf '%-34s %6.3f s\n' "  of that natctl alone (-n)" \
    "$(median <"$tmp/natctl.s")"
printf '%-34s %6.3f s\n' "  processor time of natd" \
    "$(median <"$tmp/natd.cpu")"
printf '%-34s %6.3f s   ratio %.2f\n' "nft -f" "$(median <"$tmp/nft.s")" \
    "$(median <"$tmp/ratio")"
