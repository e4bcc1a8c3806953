#!/bin/sh
# SPDX-License-Identifier: ISC
# A forwarded packet is asked about once: in and out decided together when it
# comes in.  Counters and bytes are those of two passes; what the kernel or
# somebody else must see untranslated takes two.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
conf=/proc/sys/net/ipv4/conf
rules='nat on wan0 inet from (lan0:network) to any -> (wan0:0)
nat on wan0 inet6 from (lan0:network) to any -> 2001:db8:b::1
rdr on wan0 inet proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
rdr on wan0 inet6 proto tcp to (wan0) port 8080 -> fd00:a::2 port 80
pass'
start_natd gw "$rules"

# counter NAME: of natctl -s info
counter() {
	natctl -j -s info | sed -n "s/.*\"name\":\"$1\",\"value\":\([0-9]*\).*/\1/p"
}

# own IF VALUE: what the kernel is told of own addresses that come in
own() {
	[ "$(ns gw cat "$conf/$1/accept_local")" = "$2" ]
}

passes() {
	natctl -s info | grep -q "^Passes of a forwarded packet: $1"
}

# pinged COUNT WAYS HOST: so many echoes, whose packets of so many directions
# are decided in one pass, and no packet more than that needs.  Those that come
# before the first one has left, as they do when the machine is busy, take two:
# so that one goes ahead alone.
echo_id=100
pinged() {
	_in=$(counter in)
	_one=$(counter one-pass)
	echo_id=$((echo_id + 1))
	for _n in 1 $(($1 - 1)); do
		ns lan ping -q -e "$echo_id" -c "$_n" -i 0.01 -W 2 "$3" \
		    >"$tmp/ping" || fail "ping $3: $(cat "$tmp/ping")"
	done
	_in=$(($(counter in) - _in))
	_one=$(($(counter one-pass) - _one))
	if [ "$2" = 0 ]; then
		[ "$_one" = 0 ] || fail "$3: $_one packets in one pass"
		[ "$_in" -ge $((4 * $1)) ] || fail "$3: asked $_in times"
		return
	fi
	# the first echo, and one more when natd looks at interfaces again
	[ "$_one" -ge $(($2 * ($1 - 2))) ] ||
	    fail "$3: only $_one packets in one pass"
	# both passes of those that were not, and what neighbours say
	[ "$_in" -le $((4 * $1 - _one + 40)) ] ||
	    fail "$3: asked $_in times, $_one of them for all"
}

passes one || fail "$(natctl -s info | grep Passes)"
for side in lan0 wan0; do
	own "$side" 28256 ||
	    fail "$side does not take what natd has translated"
done
pinged 100 2 198.51.100.80
pinged 100 2 2001:db8:b::80

# Each of the two states has counted each packet, and each interface too.
states=$(natctl -s states -v | grep -A2 '^all icmp .*198\.51\.100\.80' |
    grep -c '100:100 pkts') || :
[ "$states" = 2 ] || fail "$(natctl -s states -v)"
for side in lan0 wan0; do
	natctl -j -s Interfaces | grep "\"name\":\"$side\"" >"$tmp/if"
	python3 - "$tmp/if" <<'END' || fail "$side: $(cat "$tmp/if")"
import json, sys
p = json.load(open(sys.argv[1]))["packets"]
def flat(x):
    return [y for z in x for y in flat(z)] if isinstance(x, list) else [x]
p = flat(p)
# [dir][af][pass, block]: 100 and what neighbours say over IPv6
sys.exit(not (p[0] == 100 and p[4] == 100 and 100 <= p[2] < 130 and
    100 <= p[6] < 130 and p[1] == p[3] == p[5] == p[7] == 0))
END
done

# Byte-exact, both ways, both families, trains and single packets.
serve wan 80
serve wan -u 53
serve lan 80
bytes() {
	ns lan "$PEER" -c 4 -z 3000000 198.51.100.80 80 || fail "$1: TCP"
	ns lan "$PEER" -c 4 -z 3000000 2001:db8:b::80 80 || fail "$1: TCP, IPv6"
	ns lan "$PEER" -u -c 20 -z 1000 198.51.100.80 53 || fail "$1: UDP"
	ns lan "$PEER" -u -c 20 -z 1000 2001:db8:b::80 53 ||
	    fail "$1: UDP, IPv6"
	ns wan "$PEER" -c 4 -z 3000000 198.51.100.1 8080 || fail "$1: rdr"
	ns wan "$PEER" -c 4 -z 3000000 2001:db8:b::1 8080 ||
	    fail "$1: rdr, IPv6"
	! grep -v '^from \(198\.51\.100\.1\|2001:db8:b::1\) ' \
	    "$tmp/wan.seen" || fail "$1: not translated"
}
one=$(counter one-pass)
bytes "offloads on"

# The kernel writes the headers of translated trains.
ns gw nft insert rule ip natd write \
    'meta priority & 0xf8000000 == 0xb8000000 counter'
ns lan "$PEER" -c 4 -z 3000000 198.51.100.80 80 || fail "trains"
written=$(ns gw nft list chain ip natd write |
    sed -n 's/.*counter packets \([0-9]*\) .*/\1/p')
[ "$written" -gt 100 ] || fail "the kernel has written $written headers"

for end in lan:eth0 gw:lan0 gw:wan0 wan:eth0; do
	ns "${end%:*}" ethtool -K "${end#*:}" tx off gso off gro off tso off \
	    >/dev/null 2>&1 || skip "no ethtool"
done
bytes "offloads off"
[ $(($(counter one-pass) - one)) -gt 5000 ] || fail "bytes took two passes"
for where in lan gw wan; do
	ns "$where" nstat -asz TcpInCsumErrors UdpInCsumErrors \
	    Udp6InCsumErrors IcmpInCsumErrors Icmp6InCsumErrors >"$tmp/sums"
	awk '/CsumErrors/ { n += $2 } END { exit n > 0 }' "$tmp/sums" ||
	    fail "$where: $(cat "$tmp/sums")"
done

# The kernel's errors go to the packet's true source, in a flow that exists.
hops() {
	ns lan python3 - "$1" "$2" <<'END'
import socket, sys
# a UDP flow that works, and then one packet of it that may not go on
host, how = sys.argv[1:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.connect((host, 53))
for i in range(4):
    s.send(b"x" * 100)
    s.recv(2000)
s.setsockopt(0, 11, 1)			# IP_RECVERR
if how == "ttl":
    s.setsockopt(0, socket.IP_TTL, 1)
    s.send(b"x" * 100)
else:
    s.setsockopt(0, 10, 3)		# IP_MTU_DISCOVER: probe
    s.send(b"x" * 1400)
s.setblocking(True)
import select
p = select.poll()
p.register(s, select.POLLERR)
if not p.poll(2000):
    sys.exit("no error came")
_, anc, _, _ = s.recvmsg(2000, 512, 0x2000)	# MSG_ERRQUEUE
ee = anc[0][2]
# sock_extended_err: errno, origin, type, code, pad, info, data; offender
print("from", socket.inet_ntoa(ee[20:24]), "type", ee[5], "code", ee[6],
    "mtu", int.from_bytes(ee[8:12], sys.byteorder))
END
}
seen=$(hops 198.51.100.80 ttl) || fail "no time exceeded"
[ "$seen" = "from 10.0.0.1 type 11 code 0 mtu 0" ] || fail "TTL: $seen"
ip -n "$run-gw" link set wan0 mtu 1300
small_mtu() {
	hops 198.51.100.80 mtu >"$tmp/hops" 2>/dev/null || return 1
	grep -q '^from 10\.0\.0\.1 type 3 code 4 mtu 1300$' "$tmp/hops"
}
retry small_mtu || fail "MTU: $(cat "$tmp/hops")"
ip -n "$run-gw" link set wan0 mtu 1500
ip -n "$run-gw" route add 198.51.100.80/32 dev wan0 mtu 1250
route_mtu() {
	hops 198.51.100.80 mtu >"$tmp/hops" 2>/dev/null || return 1
	grep -q '^from 10\.0\.0\.1 type 3 code 4 mtu 1250$' "$tmp/hops"
}
retry route_mtu || fail "the route's MTU: $(cat "$tmp/hops")"
ip -n "$run-gw" route del 198.51.100.80/32 dev wan0

# Who claims to be the gateway is not believed, though the kernel would.
forge() {
	ns lan python3 - "$@" <<'END'
import socket, struct, sys
src, dst = map(socket.inet_aton, sys.argv[1:])
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 1, 0, 64, 17, 0, src, dst)
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.sendto(ip + struct.pack("!HHHH", 1000, 53, 8, 0), (sys.argv[2], 0))
END
}
: >"$tmp/wan.seen"
martians=$(counter martian)
for own in 198.51.100.1 10.0.0.1; do
	forge "$own" 198.51.100.80
done
counted() {
	[ "$(counter martian)" = $((martians + 2)) ]
}
retry counted || fail "$(counter martian) martians, before $martians"
! grep -q ' port 1000$\|^from 10' "$tmp/wan.seen" || fail "a forgery passes"

# Where the kernel or others would look at the source or the mark: two.
ns gw sh -c "echo 1 >$conf/lan0/rp_filter"
retry passes 'one, two in by lan0 (rp_filter)' || fail "rp_filter 1"
retry own lan0 0 || fail "still on"
pinged 20 1 198.51.100.80	# the answers' source is not translated
pinged 20 2 2001:db8:b::80
ns gw sh -c "echo 2 >$conf/lan0/rp_filter"
retry passes 'one$' || fail "rp_filter 2"
pinged 20 2 198.51.100.80
for rule in "rule add pref 100 from 10.0.0.0/24 lookup main" \
    "-6 rule add pref 100 fwmark 1 lookup main"; do
	# shellcheck disable=SC2086 # words
	ip -n "$run-gw" $rule
	retry passes 'two (ip rules)' || fail "$rule"
	pinged 20 0 198.51.100.80
	pinged 20 0 2001:db8:b::80
	# shellcheck disable=SC2086 # words
	ip -n "$run-gw" $(echo "$rule" | sed 's/add/del/')
	retry passes 'one$' || fail "without the rule again"
done
pinged 20 2 198.51.100.80
ns gw nft add table inet other
ns gw nft 'add chain inet other f { type filter hook forward priority 0; }'
ns gw nft add rule inet other f ip saddr 10.0.0.2 counter
retry passes "two (another's nftables rules)" || fail "another's rule"
pinged 20 0 198.51.100.80
ns gw nft list chain inet other f | grep -q 'counter packets 20 ' ||
    fail "$(ns gw nft list chain inet other f)"
ns gw nft flush chain inet other f
retry passes 'one$' || fail "a chain without a rule"

# Skipped, it is not asked at all; and a reload in between changes nothing.
load "set skip on lan0
$rules"
retry own lan0 0 || fail "skipped, still on"
one=$(counter one-pass)
ns lan ping -q -c 20 -i 0.01 -W 2 198.51.100.80 || fail "skip"
[ "$(counter one-pass)" = "$one" ] || fail "one pass where none is skipped"
load "$rules"
retry own lan0 28256 || fail "not skipped any more, still off"
pinged 20 2 198.51.100.80

# natd dies: the next one knows what it may switch off, and what not.
ns gw sh -c "echo 1 >$conf/wan0/accept_local"
kill -9 "$natd_pid"
wait "$natd_pid" || :
own lan0 28256 || fail "before the next start"
run_natd gw
pinged 20 2 198.51.100.80
end_natd || fail "natd's exit"
own lan0 0 || fail "lan0 is left on"
own wan0 1 || fail "wan0 was somebody else's"
