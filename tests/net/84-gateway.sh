#!/bin/sh
# SPDX-License-Identifier: ISC
# A gateway whose kernel routes, with an office, servers and the outside: nat,
# rdr, binat, hairpin by rules, filter between the LANs, services of its own,
# and the programs that people use: a resolver, curl, iperf3, ping, traceroute.
set -eu
. "$top_srcdir/tests/net/lib.sh"
for prog in dnsmasq drill curl iperf3 traceroute ethtool python3; do
	command -v "$prog" >/dev/null || skip "no $prog"
done
gateway
veth dmz eth0 10.1.0.2/24 gw dmz0 10.1.0.1/24
ip -n "$run-dmz" route add default via 10.1.0.1
ip -n "$run-gw" addr add 198.51.100.7/24 dev wan0

start_natd gw 'wan = "wan0"
web = "10.1.0.2"
set skip on lo
set block-policy return
binat on $wan inet from $web to any -> 198.51.100.7
nat on $wan inet from (lan0:network) to any -> (wan0:0)
rdr on $wan inet proto tcp to (wan0:0) port 8080 -> $web port 80
rdr on $wan inet proto tcp to (wan0:0) port 2222 -> 10.0.0.2 port 22
# the office by its own outside address, to the servers and to itself
rdr on lan0 inet proto tcp from (lan0:network) to (wan0:0) port 8080 \
    -> $web port 80
rdr on lan0 inet proto tcp from (lan0:network) to (wan0:0) port 2222 \
    -> 10.0.0.2 port 22
nat on lan0 inet proto tcp from (lan0:network) to 10.0.0.2 port 22 -> (lan0)
block
pass out
pass in on lan0
pass in quick on lan0 proto tcp to $web port 80
block in quick on lan0 from any to (dmz0:network)
pass in on dmz0
block in quick on dmz0 from any to { (lan0:network) (self) }
pass in on $wan proto tcp to $web port 80
pass in on $wan proto tcp to 10.0.0.2 port 22
pass in inet proto icmp icmp-type echoreq
pass in inet6 proto icmp6 icmp6-type { echoreq neighbrsol neighbradv }'

# saw NAME PATTERN: what the peer there has written; then nothing
saw() {
	grep -q "$2" "$tmp/$1.seen" || fail "$1 saw: $(cat "$tmp/$1.seen")"
	: >"$tmp/$1.seen"
}
reaches() {
	_from=$1
	shift
	ns "$_from" "$PEER" -w 3000 -z 20000 "$@" >/dev/null ||
	    fail "$_from: $*"
}
refused() {
	! ns "$1" "$PEER" -w 2000 "$2" "$3" >/dev/null 2>"$tmp/err" ||
	    fail "$1 reaches $2 port $3"
	grep -q refused "$tmp/err" || fail "$1, $2 $3: $(cat "$tmp/err")"
}
serve wan 80
serve dmz 80
serve dmz 81
serve lan 22
serve gw 25

reaches lan 198.51.100.80 80		# nat
saw wan '^from 198\.51\.100\.1 '
reaches dmz 198.51.100.80 80		# binat, both ways
saw wan '^from 198\.51\.100\.7 '
reaches wan 198.51.100.7 80
saw dmz '^from 198\.51\.100\.80 '
reaches wan 198.51.100.1 8080		# rdr
saw dmz '^from 198\.51\.100\.80 '
reaches wan 198.51.100.1 2222
saw lan '^from 198\.51\.100\.80 '
reaches lan 198.51.100.1 8080		# hairpin: to the other LAN,
saw dmz '^from 10\.0\.0\.2 '
reaches lan 198.51.100.1 2222		# and back into the same
saw lan '^from 10\.0\.0\.1 '
reaches lan 10.1.0.2 80			# between the LANs
refused lan 10.1.0.2 81
refused dmz 10.0.0.2 22
reaches lan 10.0.0.1 25			# services of the gateway
refused dmz 10.1.0.1 25
refused wan 198.51.100.1 25
ns gw "$PEER" 198.51.100.80 80 >/dev/null || fail "the gateway itself"
saw wan '^from 198\.51\.100\.1 '

# Names: a resolver on the gateway asks a server outside; what does not fit
# comes in fragments, or over TCP; and directly.
dns() {
	_where=$1
	shift
	ns "$_where" dnsmasq -k -C /dev/null --no-hosts --no-resolv \
	    --user=root --pid-file= --edns-packet-max=4096 "$@" >"$tmp/dns.$_where.log" 2>&1 &
}
long=$(printf 'x%.0s' $(seq 200))
dns wan --port=53 --address=/www.example.test/203.0.113.5 \
    --address=/www.example.test/2001:db8:c::5 \
    --txt-record=long.example.test,"$(printf "$long,%.0s" 1 2 3 4 5 6 7 8)"
dns gw --server=198.51.100.80 --interface=lan0 --bind-interfaces \
    --enable-ra --dhcp-range=fd00:a::,ra-only,64,10m
finds() {
	ns lan drill "$@" >"$tmp/dns" 2>&1 && grep -q "$want" "$tmp/dns"
}
for server in 10.0.0.1 198.51.100.80 fd00:a::1 2001:db8:b::80; do
	want='203\.0\.113\.5$'
	retry finds www.example.test @"$server" || fail "$(cat "$tmp/dns")"
	finds -t www.example.test @"$server" || fail "TCP: $(cat "$tmp/dns")"
	want='2001:db8:c::5$'
	finds www.example.test @"$server" AAAA || fail "$(cat "$tmp/dns")"
	want="$long"
	for how in '-b 4096' -t; do
		# shellcheck disable=SC2086 # an option and its value
		finds $how long.example.test @"$server" TXT ||
		    fail "TXT $how: $(cat "$tmp/dns")"
	done
done
# its router advertisements have given the office an address as well
slaac() {
	ns lan ip -6 addr show dev eth0 | grep -q 'fd00:a::.*dynamic'
}
retry slaac || fail "no address by router advertisement"

# ping, traceroute, path MTU
for addr in 198.51.100.80 10.1.0.2 10.0.0.1 2001:db8:b::80; do
	case $addr in
	10.1.0.2) continue ;;	# not for the office
	esac
	ns lan ping -q -c 2 -i 0.1 -W 2 "$addr" >/dev/null || fail "ping $addr"
	ns lan ping -q -c 1 -W 2 -s 8000 "$addr" >/dev/null ||
	    fail "a long ping to $addr"
done
# the kernel limits how many errors it sends in a second
traced() {
	ns lan traceroute -n -q 1 -w 1 -m 4 "$@" >"$tmp/trace"
	[ "$(awk 'NR > 1 { printf "%s ", $2 }' "$tmp/trace")" = "$hops" ]
}
hops='10.0.0.1 198.51.100.80 '
for how in '' -I '-T -p 80'; do
	# shellcheck disable=SC2086 # words
	retry traced $how 198.51.100.80 ||
	    fail "traceroute $how: $(cat "$tmp/trace")"
done
hops='fd00:a::1 2001:db8:b::80 '
retry traced -6 2001:db8:b::80 || fail "traceroute: $(cat "$tmp/trace")"

# Bytes: a file by curl, and iperf3, with the offloads of all cables on and off.
mkdir "$tmp/files"
head -c 30000000 /dev/urandom >"$tmp/files/file"
for where in wan dmz; do
	ns "$where" python3 -m http.server -b :: -d "$tmp/files" 8000 \
	    >"$tmp/http.$where.log" 2>&1 &
done
ns wan iperf3 -s >"$tmp/iperf3.log" 2>&1 &
gets() {
	ns "$1" curl -sSf -m 40 -o "$tmp/got" "$2" || fail "curl $2"
	cmp "$tmp/files/file" "$tmp/got" || fail "offloads $offloads: $2"
}
retry ns lan curl -sf -o /dev/null http://198.51.100.80:8000/ ||
    fail "no HTTP"
for offloads in on off; do
	for end in lan:eth0 gw:lan0 gw:wan0 gw:dmz0 dmz:eth0 wan:eth0; do
		ns "${end%:*}" ethtool -K "${end#*:}" tx "$offloads" \
		    gso "$offloads" gro "$offloads" tso "$offloads" \
		    >/dev/null 2>&1 || fail "ethtool"
	done
	gets lan http://198.51.100.80:8000/file
	gets lan "http://[2001:db8:b::80]:8000/file"
	gets dmz http://198.51.100.80:8000/file
	for way in '' -R; do
		# shellcheck disable=SC2086 # an option or none
		ns lan iperf3 -c 198.51.100.80 -t 1 $way >"$tmp/iperf3" 2>&1 ||
		    fail "iperf3 $way: $(cat "$tmp/iperf3")"
		echo "offloads $offloads $way: \
$(awk '/receiver/ { print $7, $8 }' "$tmp/iperf3")"
	done
done
for where in lan gw wan dmz; do
	ns "$where" nstat -asz TcpInCsumErrors UdpInCsumErrors \
	    Udp6InCsumErrors IcmpInCsumErrors Icmp6InCsumErrors >"$tmp/sums"
	awk '/CsumErrors/ { n += $2 } END { exit n > 0 }' "$tmp/sums" ||
	    fail "$where: $(cat "$tmp/sums")"
done

# The path narrows: everybody learns of it, through the translation.
ip -n "$run-gw" link set wan0 mtu 1400
ip -n "$run-wan" link set eth0 mtu 1400
narrow() {
	ns lan ping -c 1 -W 1 -M do -s 1450 "$1" >"$tmp/out" 2>&1 || :
	grep -qi 'mtu' "$tmp/out"
}
for addr in 198.51.100.80 2001:db8:b::80; do
	retry narrow "$addr" || fail "no word of the path to $addr"
done
offloads=narrow
gets lan http://198.51.100.80:8000/file
