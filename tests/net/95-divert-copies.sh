#!/bin/sh
# SPDX-License-Identifier: ISC
# dup-to where the kernel routes: a third host sees what passes, as it is, once
# each, both ways; and whatever becomes of the copies, the originals pass.
set -eu
. "$top_srcdir/tests/net/lib.sh"
for prog in tcpdump ethtool python3; do
	command -v "$prog" >/dev/null || skip "no $prog"
done
gateway
veth gw mon0 203.0.113.1/24 mon eth0 203.0.113.80/24
ip -n "$run-gw" addr add 2001:db8:c::1/64 dev mon0 nodad
ip -n "$run-mon" addr add 2001:db8:c::80/64 dev eth0 nodad
# What comes there is not for it: it is to say nothing.
ns mon sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
mac=$(ns mon cat /sys/class/net/eth0/address)
# A sum that is still to be finished would be another one in the capture, and
# what comes there is to come in segments.
for end in lan:eth0 wan:eth0; do
	ns "${end%:*}" ethtool -K "${end#*:}" tx off >/dev/null 2>&1 ||
	    fail "ethtool"
done
ns gw ethtool -K mon0 tx off tso off gso off >/dev/null 2>&1 || fail "ethtool"
ns mon ethtool -K eth0 gro off >/dev/null 2>&1 || fail "ethtool"
serve wan 80
serve wan -u -b 198.51.100.80 53
serve wan -u -b 2001:db8:b::80 54
serve gw 81
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1

reload() {
	ruleset "$1" >"$tmp/load.conf"
	ns gw natctl -f "$tmp/load.conf" || fail "load"
	natctl -F states
}

# capture NAME BYTES FILTER: what comes and goes there, of such length at the
# most, until captured
capture() {
	rm -f "$tmp/$1.pcap"
	: >"$tmp/$1.dump"
	(exec ip netns exec "$run-$1" tcpdump -p -ni eth0 -s "$2" -U \
	    --immediate-mode -B 32768 -w "$tmp/$1.pcap" "$3" \
	    2>"$tmp/$1.dump") &
	eval "dump_$1=$!"
	retry grep -q '^tcpdump: listening' "$tmp/$1.dump" ||
	    fail "tcpdump: $(cat "$tmp/$1.dump")"
}

captured() {
	for _name in "$@"; do
		eval "_pid=\$dump_$_name"
		# shellcheck disable=SC2154 # set by eval
		kill "$_pid"
		wait "$_pid" || fail "tcpdump: $(cat "$tmp/$_name.dump")"
	done
}

counter() {
	natctl -s info -v | awk -v name="$1" '$1 == name { n = $2 }
	    END { print n + 0 }'
}

# How many of them a capture has by now.
count() {
	tcpdump -nr "$tmp/$1.pcap" "$2" 2>/dev/null | wc -l
}

at_least() {
	[ "$(count "$1" "$2")" -ge "$3" ]
}

# copies_go ADDR PORT: the neighbour is known by now
copies_go() {
	_sent=$(counter copies-sent)
	ns lan "$PEER" -u "$1" "$2" >/dev/null &&
	    [ "$(counter copies-sent)" -gt "$_sent" ]
}

start_natd gw "pass
pass out on wan0 inet proto { tcp udp } dup-to 203.0.113.80
pass out on wan0 inet6 proto { tcp udp } dup-to (mon0 2001:db8:c::80)"
retry copies_go 198.51.100.80 53 || fail "no copies: $(natctl -s info -v | grep copies)"

# Small packets, both ways, as they are on the link where the rule is.
sent=$(counter copies-sent)
capture wan 2000 'udp port 53'
capture mon 2000 'udp port 53'
for size in 40 100 1400; do
	for _ in 1 2 3 4 5; do
		ns lan "$PEER" -u -z "$size" 198.51.100.80 53 >/dev/null || fail "UDP"
	done
done
retry at_least mon udp 30 || fail "copies: $(count mon udp)"
captured wan mon
python3 "$top_srcdir/tests/net/copies.py" same "$tmp/wan.pcap" \
    "$tmp/mon.pcap" "$mac" >"$tmp/same" 2>&1 || fail "UDP: $(cat "$tmp/same")"
grep -q '^same 30$' "$tmp/same" || fail "UDP: $(cat "$tmp/same")"
[ "$(counter copies-sent)" -eq $((sent + 30)) ] || fail "the counter"

retry copies_go 2001:db8:b::80 54 || fail "IPv6: $(ns gw ip -6 neigh; natctl -s info -v | grep copies)"
capture wan 2000 'ip6 and udp'
capture mon 2000 'ip6 and udp'
for size in 40 1400; do
	ns lan "$PEER" -u -z "$size" 2001:db8:b::80 54 || fail "UDP, IPv6"
done
retry at_least mon udp 4 || fail "copies, IPv6: $(natctl -s info -v | grep copies; ns gw ip -6 neigh)"
captured wan mon
python3 "$top_srcdir/tests/net/copies.py" same "$tmp/wan.pcap" \
    "$tmp/mon.pcap" "$mac" >"$tmp/same" 2>&1 ||
    fail "IPv6: $(cat "$tmp/same")"

# Bulk, with all offloads that the cables have: trains.
for end in lan:eth0 wan:eth0; do
	ns "${end%:*}" ethtool -K "${end#*:}" tx on tso on gso on gro on \
	    >/dev/null 2>&1 || fail "ethtool"
done
for to in 198.51.100.80 2001:db8:b::80; do
	capture wan 66000 tcp
	capture mon 2000 tcp
	ns lan "$PEER" -z 3000000 "$to" 80 || fail "TCP"
	end=$(count wan 'tcp[tcpflags] & tcp-fin != 0 or ip6[53] & 1 != 0')
	retry at_least mon 'tcp[tcpflags] & tcp-fin != 0 or ip6[53] & 1 != 0' \
	    "$end" || fail "the end of TCP: $(cat "$tmp"/*.dump
	    natctl -s info -v | grep copies)"
	captured wan mon
	python3 "$top_srcdir/tests/net/copies.py" stream "$tmp/wan.pcap" \
	    "$tmp/mon.pcap" 80 >"$tmp/same" 2>&1 ||
	    fail "TCP, $to: $(cat "$tmp/same" "$tmp/mon.dump"; natctl -s info -v | grep copies)"
	grep -q '^stream 3000000 3000000$' "$tmp/same" ||
	    fail "TCP, $to: $(cat "$tmp/same")"
	[ "$(count mon 'greater 1515')" -eq 0 ] || fail "trains, not segments"
	[ "$(count wan 'greater 1515')" -gt 0 ] || fail "no trains at all"
done

# Trains of datagrams (UDP_SEGMENT): the copies are as long as these are, also
# the last one, and the receiver gets what was sent.
retry copies_go 198.51.100.80 53 || fail "no copies before the trains"
lost=$(counter copies-udp-train)
sent=$(counter copies-sent)
capture mon 2000 'udp dst port 6000'
capture lan 66000 'udp dst port 6000'
ns wan python3 "$top_srcdir/tests/net/udptrain.py" listen 6000 62 \
    >"$tmp/train" &
listener=$!
retry grep -q ready "$tmp/train" || fail "no listener"
ns lan python3 "$top_srcdir/tests/net/udptrain.py" send 198.51.100.80 6000 \
    1000 61500
wait "$listener" || fail "a train: $(cat "$tmp/train")"
grep -qx whole "$tmp/train" || fail "a train: $(cat "$tmp/train")"
[ "$(grep '^sizes' "$tmp/train" | tr ' ' '\n' | grep -cx 1000)" -eq 61 ] ||
    fail "sizes: $(cat "$tmp/train")"
retry at_least mon udp 62 || fail "copies of a train: $(count mon udp) $(
    natctl -s info -v | grep copies)"
captured mon lan
[ "$(count mon 'udp[4:2] == 1008')" -eq 61 ] || fail "copies' sizes"
[ "$(count mon 'udp[4:2] == 508')" -eq 1 ] || fail "the last copy's size"
[ "$(count lan 'greater 2000')" -gt 0 ] || fail "no train of datagrams at all"
[ "$(counter copies-sent)" -eq $((sent + 62)) ] || fail "the counter of trains"
[ "$(counter copies-udp-train)" -eq "$lost" ] || fail "a train is no copy"
tcpdump -xnr "$tmp/mon.pcap" 2>/dev/null >"$tmp/mon.hex"
python3 - "$tmp/mon.hex" <<'END' || fail "the copies' bytes"
import re, sys
got, one = b"", b""
for line in list(open(sys.argv[1])) + ["end"]:
    hexes = re.match(r"\s+0x[0-9a-f]+:((?: +[0-9a-f]+)+)", line)
    if hexes:
        one += bytes.fromhex(hexes[1].replace(" ", ""))
    else:
        got, one = got + one[28:], b""
sys.exit(got != bytes((i * 7 + i // 256) % 251 for i in range(61500)))
END

# Pieces come in and go out; what the host itself sends and gets; and a rule
# with in, with the addresses of behind it.
reload 'pass
match in on lan0 inet proto udp to 198.51.100.99 rdr-to 198.51.100.80
pass in on lan0 inet proto { icmp udp } dup-to (mon0 203.0.113.80)
pass in on lan0 inet proto tcp to port 81 dup-to (mon0 203.0.113.80)
pass out on wan0 inet6 proto udp dup-to 2001:db8:c::80'
capture mon 2000 'ip or ip6'
ns lan ping -q -c 1 -W 2 -s 4000 198.51.100.80 >/dev/null || fail "pieces"
ns lan "$PEER" 10.0.0.1 81 || fail "a service of the host"
ns lan "$PEER" -u 198.51.100.99 53 || fail "rdr"
ns lan "$PEER" -u -f -z 4000 2001:db8:b::80 54 || fail "pieces, IPv6"
PIECES6='ip6 proto 44 and greater 100'
retry at_least mon "$PIECES6" 6 || fail "pieces, IPv6: $(count mon "$PIECES6")"
captured mon
for what in 'icmp[0] == 8' 'icmp[0] == 0'; do
	[ "$(count mon "$what")" -eq 1 ] || fail "pieces: $what"
done
[ "$(count mon 'ip[6:2] & 0x3fff != 0')" -eq 6 ] || fail "pieces"
for end in src dst; do
	at_least mon "tcp and $end port 81" 2 || fail "the host, $end"
done
[ "$(count mon 'udp and dst host 198.51.100.80')" -eq 1 ] || fail "rdr"
[ "$(count mon 'udp and src host 198.51.100.99')" -eq 1 ] || fail "rdr, back"

# A narrow link: what must not be cut is no copy, and nobody hears of it.
ip -n "$run-gw" link set mon0 mtu 1300
capture lan 2000 icmp
big=$(counter copies-too-big)
retry copies_go 198.51.100.80 53
ns lan "$PEER" -u -z 1400 198.51.100.80 53 || fail "narrow"
[ "$(counter copies-too-big)" -eq $((big + 2)) ] || fail "too big: $(
    natctl -s info -v | grep copies)"

# A next hop that nobody has: the originals pass at once.
reload 'pass
pass in on lan0 inet dup-to (mon0 203.0.113.99)'
none=$(counter copies-no-hop)
ns lan "$PEER" -z 100000 198.51.100.80 80 || fail "a silent next hop, TCP"
ns lan "$PEER" -u -w 1000 198.51.100.80 53 || fail "a silent next hop"
[ "$(counter copies-no-hop)" -gt "$none" ] || fail "no count of lost copies"
said() {
	grep -q '203.0.113.99 on mon0 of dup-to: No route to host' \
	    "$tmp/natd.log"
}
retry said || fail "nobody is told of the silent next hop"
ns lan "$PEER" -z 100000 198.51.100.80 80 || fail "a silent next hop, later"
captured lan
[ "$(count lan icmp)" -eq 0 ] ||
    fail "errors: $(tcpdump -nr "$tmp/lan.pcap" 2>/dev/null)"

# It appears, and so do copies.
ip -n "$run-mon" addr add 203.0.113.99/24 dev eth0
retry copies_go 198.51.100.80 53 || fail "the next hop has come"

# One behind an IPv6 gateway, whose link nobody knows by an IPv4 address.
ip -n "$run-gw" route add 192.0.2.99/32 via inet6 2001:db8:c::80 dev mon0 ||
    fail "a route by an IPv6 gateway"
reload 'pass
pass in on lan0 inet dup-to 192.0.2.99'
retry copies_go 198.51.100.80 53 || fail "IPv4 by IPv6: $(
    natctl -s info -v | grep copies; ns gw ip neigh)"
capture mon 2000 'udp and dst port 53'
ns lan "$PEER" -u 198.51.100.80 53 >/dev/null || fail "IPv4 by IPv6, UDP"
retry at_least mon udp 1 || fail "no copy by the IPv6 gateway"
captured mon
[ "$(tcpdump -enr "$tmp/mon.pcap" 2>/dev/null | grep -c "> $mac, ethertype IPv4")" \
    -eq 1 ] || fail "the copy: $(tcpdump -enr "$tmp/mon.pcap" 2>/dev/null)"

# Nobody looks for a silent one that no rule asks for.
reload 'pass
pass in on lan0 inet dup-to (mon0 203.0.113.98)'
looked_for() {
	ns gw ip neigh show 203.0.113.98 dev mon0 | grep -q INCOMPLETE
}
given_up() {
	ns gw ip neigh show 203.0.113.98 dev mon0 | grep -q FAILED
}
retry looked_for || fail "nobody looks for the next hop"
retry grep -q '203.0.113.98 on mon0 of dup-to: No route to host' \
    "$tmp/natd.log" || fail "nobody is told of the second silent next hop"
reload 'pass'
retry given_up || fail "$(ns gw ip neigh)"
for _ in 1 2 3; do
	stays_false looked_for || fail "still looked for: $(ns gw ip neigh)"
done
