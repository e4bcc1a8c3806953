#!/bin/sh
# SPDX-License-Identifier: ISC
#
# How long natctl takes to check large rulesets, and nft the same: 10,000
# rules, and a table file with a million addresses.  One line per figure:
# seconds of CPU, seconds, KiB at most.  nft needs root for -c.
set -eu
natctl=$top_builddir/ctl/natctl
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
rules=10000
addresses=1000000

awk -v n=$rules 'BEGIN {
	print "block all"
	for (i = 0; i < n; i++)
		printf "pass in on em0 inet proto tcp from 10.%d.%d.0/24 " \
		    "to 192.0.2.%d port %d label \"r%d\"\n", i / 256 % 256,
		    i % 256, i % 250 + 1, 1 + i % 60000, i
}' >rules.conf
awk -v n=$rules 'BEGIN {
	print "table inet t {\nchain c {"
	print "type filter hook input priority 0; policy drop;"
	for (i = 0; i < n; i++)
		printf "iifname \"em0\" ip saddr 10.%d.%d.0/24 ip daddr " \
		    "192.0.2.%d tcp dport %d accept\n", i / 256 % 256,
		    i % 256, i % 250 + 1, 1 + i % 60000
	print "}\n}"
}' >rules.nft
# a multiplication modulo 2^24 scatters them; the first byte makes more
awk -v n=$addresses 'BEGIN {
	for (i = 0; i < n; i++) {
		v = i * 7368787 % 16777216
		printf "%d.%d.%d.%d\n", 11 + i % 180, v / 65536,
		    v / 256 % 256, v % 256
	}
}' | sort -u >list
echo 'table <t> persist file "list"
block in from <t>' >table.conf
{
	printf 'table inet t {\nset s {\ntype ipv4_addr\nelements = {\n'
	sed 's/$/,/' list
	printf '}\n}\n}\n'
} >table.nft

# measure WHAT COMMAND...
measure() {
	_what=$1
	shift
	command -v "$1" >/dev/null || return 0
	if ! command time -f '%U %S %e %M' -o times "$@" >out 2>&1; then
		echo "$_what: $(head -n 1 out)"
		return 0
	fi
	awk -v what="$_what" '{ printf "%s: %.2f s CPU, %.2f s, %d KiB\n",
	    what, $1 + $2, $3, $4 }' times
}

measure "natctl, $rules rules" "$natctl" -nf rules.conf
measure "nft, $rules rules" nft -c -f rules.nft
measure "natctl, table of $(wc -l <list)" "$natctl" -nf table.conf
measure "nft, set of $(wc -l <list)" nft -c -f table.nft
