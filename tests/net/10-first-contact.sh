#!/bin/sh
# SPDX-License-Identifier: ISC
# What quickstart shows: a client, natd and a server, each in a namespace of
# its own, joined by TUN devices; connections through nat and rdr rules, the
# states, and reloads under load.
set -eu
. "$top_srcdir/tests/net/lib.sh"

step() {
	printf '\n== %s\n' "$*"
}

rules='nat on wan0 from lan0:network to any -> (wan0)
rdr on wan0 proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
pass'

room
step "client 10.0.0.2 -> natd -> server 198.51.100.80, with this ruleset:"
ruleset "$rules" | sed "s|$run-||; s/ address fd.*default/ default/
    s/ address 2001.*//"
start_natd gw "$rules"

step "ping through nat"
ns lan ping -c 3 -i 0.2 -W 2 198.51.100.80 || fail "no answer to ping"

step "TCP through nat: the server sees natd's address"
serve wan 80
ns lan "$PEER" 198.51.100.80 80 || fail "no TCP through nat"
cat "$tmp/wan.seen"
grep -q '^from 198\.51\.100\.1 ' "$tmp/wan.seen" ||
    fail "the server saw another address"

step "UDP through nat"
: >"$tmp/wan.seen"
serve wan -u 53
ns lan "$PEER" -u 198.51.100.80 53 || fail "no UDP through nat"
cat "$tmp/wan.seen"
grep -q '^from 198\.51\.100\.1 ' "$tmp/wan.seen" ||
    fail "the server saw another address"

step "TCP from outside through rdr: 198.51.100.1:8080 is the client's port 80"
serve lan 80
ns wan "$PEER" 198.51.100.1 8080 || fail "no TCP through rdr"
cat "$tmp/lan.seen"
grep -q '^from 198\.51\.100\.80 ' "$tmp/lan.seen" ||
    fail "the inside saw another address"

step "natctl -s states"
natctl -s states | tee "$tmp/states"
grep -qE '^all tcp 198\.51\.100\.1:[0-9]+ \(10\.0\.0\.2:[0-9]+\) -> 198\.51\.100\.80:80 ' \
    "$tmp/states" || fail "the state of the nat is not shown"
grep -qE '^all tcp 10\.0\.0\.2:80 \(198\.51\.100\.1:8080\) <- 198\.51\.100\.80:[0-9]+ ' \
    "$tmp/states" || fail "the state of the rdr is not shown"
states=$(wc -l <"$tmp/states")

step "20 reloads while 200 connections exchange data"
exchange lan load -c 200 -z 2000 -i 20 198.51.100.80 80
i=0
while [ "$i" -lt 20 ]; do
	i=$((i + 1))
	load "nat on wan0 from 10.0.0.0/24 to any -> (wan0)
rdr on wan0 proto tcp to (wan0) port $((8080 + i)) -> 10.0.0.2 port 80
pass" 2>"$tmp/reload.log" || fail "reload $i: $(cat "$tmp/reload.log")"
done
exchange_ends load

printf '\nseen: ping, TCP and UDP through nat, TCP through rdr, %s states; ' \
    "$states"
printf '20 reloads under load, 0 of 200 connections dropped\n'
