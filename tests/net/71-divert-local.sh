#!/bin/sh
# SPDX-License-Identifier: ISC
# What a host itself sends and gets: redirections to its own services and to
# others, refusals, fragments, errors of the path; IPv6 beside IPv4.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
ip -n "$run-gw" addr add 10.9.9.1/32 dev lo
was=$(ns gw cat /proc/sys/net/ipv4/conf/all/route_localnet)

start_natd gw 'nat on wan0 inet from lan0:network to any -> (wan0)
rdr on wan0 inet proto tcp to (wan0) port 8081 -> 127.0.0.1 port 81
rdr on wan0 inet proto tcp to (wan0) port 8082 -> 10.9.9.1 port 82
rdr on lo inet proto tcp to 198.51.100.1 port 8083 -> 127.0.0.1 port 81
block return in quick on wan0 proto { tcp udp } to port 90
block return out quick on wan0 proto { tcp udp } to port 91
pass
pass out on wan0 inet proto tcp to port 8085 rdr-to 10.0.0.2 port 80'
for port in 81 82; do
	serve gw "$port"
done
serve lan 80
serve wan 80
serve wan -u 53

# works NAME ARG...: an exchange with trains in both directions
works() {
	_from=$1
	shift
	ns "$_from" "$PEER" -w 3000 -z 300000 "$@" || fail "$_from: $*"
}
works wan 198.51.100.1 82	# as it is
works wan 198.51.100.1 8082	# to another address
works wan 198.51.100.1 8081	# to 127.0.0.1
works gw 198.51.100.1 8083	# the host to its own redirection
works gw 198.51.100.80 8085	# another host, by another interface
works gw 198.51.100.80 80
works gw 127.0.0.1 81
works gw ::1 81
# a stranger has no way to loopback services
ip -n "$run-wan" route add 127.0.0.1/32 via 198.51.100.1 2>/dev/null || :
! ns wan "$PEER" -w 500 127.0.0.1 81 2>/dev/null || fail "127.0.0.1 is open"

refused() {
	_from=$1
	shift
	! ns "$_from" "$PEER" -w 2000 "$@" >/dev/null 2>"$tmp/err" ||
	    fail "not blocked: $_from $*"
	grep -q refused "$tmp/err" || fail "$_from $*: $(cat "$tmp/err")"
}
for proto in "" -u; do
	for addr in 198.51.100.1 2001:db8:b::1; do
		# shellcheck disable=SC2086 # an option or none
		refused wan $proto "$addr" 90
	done
	for addr in 198.51.100.80 2001:db8:b::80; do
		# shellcheck disable=SC2086 # an option or none
		refused gw $proto "$addr" 91
		# shellcheck disable=SC2086 # an option or none
		refused lan $proto "$addr" 91
	done
done

# Fragments: to the host, through it, from it.
for from in lan gw; do
	for size in 4000 30000 65000; do
		ns "$from" ping -q -c 1 -W 2 -s "$size" 198.51.100.80 \
		    >"$tmp/out" || fail "$from: $size: $(cat "$tmp/out")"
		ns "$from" ping -q -c 1 -W 2 -s "$size" 2001:db8:b::80 \
		    >"$tmp/out" || fail "$from: $size: $(cat "$tmp/out")"
	done
done
ns lan ping -q -c 1 -W 2 -s 4000 10.0.0.1 >/dev/null || fail "fragments in"
ns lan ping -q -c 1 -W 2 -s 4000 fd00:a::1 >/dev/null ||
    fail "fragments in, IPv6"
ns lan "$PEER" -w 2000 -u -z 8000 198.51.100.80 53 || fail "a long datagram"
ns lan "$PEER" -w 2000 -u -z 8000 2001:db8:b::80 53 ||
    fail "a long datagram, IPv6"

# The kernel's own errors find their way back through translations.
if command -v traceroute >/dev/null; then
	ns lan traceroute -n -q 1 -w 2 -m 3 198.51.100.80 >"$tmp/trace"
	grep -q '^ 1  10\.0\.0\.1 ' "$tmp/trace" || fail "$(cat "$tmp/trace")"
	grep -q '^ 2  198\.51\.100\.80 ' "$tmp/trace" ||
	    fail "$(cat "$tmp/trace")"
	ns lan traceroute -6 -n -q 1 -w 2 -m 3 2001:db8:b::80 >"$tmp/trace"
	grep -q '^ 1  fd00:a::1 ' "$tmp/trace" || fail "$(cat "$tmp/trace")"
fi
ip -n "$run-gw" link set wan0 mtu 1400
ip -n "$run-wan" link set eth0 mtu 1400
# the kernel limits how many errors it sends in a second
told() {
	ns lan ping -c 1 -W 1 -M do -s 1450 "$1" >"$tmp/out" 2>&1 || :
	grep -qi 'mtu' "$tmp/out"
}
for addr in 198.51.100.80 2001:db8:b::80; do
	retry told "$addr" || fail "no word of the path: $(cat "$tmp/out")"
done
works lan 198.51.100.80 80
works lan 2001:db8:b::80 80

end_natd || fail "natd's exit"
[ "$(ns gw cat /proc/sys/net/ipv4/conf/all/route_localnet)" = "$was" ] ||
    fail "route_localnet is left as natd wanted it"
