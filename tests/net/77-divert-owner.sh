#!/bin/sh
# SPDX-License-Identifier: ISC
# Rules that ask whose socket it is, and for the priority of packets.
set -eu
. "$top_srcdir/tests/net/lib.sh"
command -v setpriv >/dev/null || skip "needs setpriv"
gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1

# In the gateway's namespace, whose interfaces the rules name.
reload() {
	ruleset "$1" >"$tmp/load.conf"
	ns gw natctl -f "$tmp/load.conf" || fail "load"
}

# as UID GID CMD...: on the gateway
as() {
	_uid=$1
	_gid=$2
	shift 2
	ns gw setpriv --reuid "$_uid" --regid "$_gid" --clear-groups "$@"
}

# The peer may be under a directory that only root can read.
cp "$PEER" "$tmp/peer"
chmod 755 "$tmp/peer"
serve wan 80
serve wan -u 53
start_natd gw 'block return
pass inet6 proto icmp6 no state
pass out proto { tcp, udp } from any to any user 4000
pass out proto tcp from any to any port 80 group 5000'

as 4000 1 "$tmp/peer" 198.51.100.80 80 || fail "user 4000, TCP"
as 4000 1 "$tmp/peer" 2001:db8:b::80 80 || fail "user 4000, IPv6"
as 4000 1 "$tmp/peer" -u 198.51.100.80 53 || fail "user 4000, UDP"
as 1 5000 "$tmp/peer" 198.51.100.80 80 || fail "group 5000"
! as 1 1 "$tmp/peer" -w 700 198.51.100.80 80 2>/dev/null ||
    fail "another user"
! as 1 5000 "$tmp/peer" -u -w 700 198.51.100.80 53 2>/dev/null ||
    fail "group 5000, UDP"

# In: by the owner of the socket, whatever the port; forwarded is unknown.
as 4000 1 "$tmp/peer" -l 8080 >>"$tmp/gw.seen" &
as 4001 1 "$tmp/peer" -l 8081 >>"$tmp/gw.seen" &
as 4000 1 "$tmp/peer" -l -u 5353 >>"$tmp/gw.seen" &
listens() {
	ns gw sh -c 'cat /proc/net/tcp6 /proc/net/udp6' >"$tmp/sockets"
	grep -qi ':1F90 ' "$tmp/sockets" && grep -qi ':1F91 ' "$tmp/sockets" &&
	    grep -qi ':14E9 ' "$tmp/sockets"
}
retry listens || fail "the services do not listen"
serve lan 8080
serve lan 8082
reload 'block return
pass inet6 proto icmp6 no state
pass in proto { tcp, udp } from any to any user 4000
pass in proto tcp from any to any port 8082 user unknown
pass out'
ns wan "$PEER" 198.51.100.1 8080 || fail "a socket of user 4000"
ns wan "$PEER" 2001:db8:b::1 8080 || fail "a socket of user 4000, IPv6"
ns wan "$PEER" -u 198.51.100.1 5353 || fail "a socket of user 4000, UDP"
! ns wan "$PEER" -w 700 198.51.100.1 8081 2>/dev/null ||
    fail "a socket of another user"
! ns wan "$PEER" -w 700 10.0.0.2 8080 2>/dev/null ||
    fail "a forwarded connection has a user"
ns wan "$PEER" 10.0.0.2 8082 || fail "unknown"

# A rule that cannot be answered is refused, and says where.
ruleset 'pass
pass in proto tcp group 5000' >"$tmp/bad.conf"
! ns gw natctl -f "$tmp/bad.conf" 2>"$tmp/bad.err" || fail "group, in"
grep -q 'bad.conf:5:19: error: group is for rules with out' "$tmp/bad.err" ||
    fail "$(cat "$tmp/bad.err")"

# Priorities: what rules set, the queue of the interface and others see.
ns gw nft -f - <<'END' || skip "no nft"
table inet seen {
	chain out {
		type filter hook postrouting priority 200
		meta priority 0:6 udp dport 53 counter comment "six"
		meta priority 0:5 counter comment "five"
	}
}
END
count() {
	ns gw nft list table inet seen |
	    sed -n "s/.*packets \([0-9]*\) .*\"$1\"/\1/p"
}
reload 'pass
pass out proto udp to port 53 set prio 6
pass in on lan0 proto tcp to port 80 set prio 5'
ns gw "$PEER" -u 198.51.100.80 53 || fail "UDP"
[ "$(count six)" -gt 0 ] || fail "priority 6: $(ns gw nft list ruleset)"
ns lan "$PEER" 198.51.100.80 80 || fail "forwarded"
[ "$(count five)" -gt 3 ] || fail "priority 5: $(ns gw nft list ruleset)"
[ "$(ns gw sysctl -n net.ipv4.ip_forward_update_priority)" = 0 ] ||
    fail "the kernel changes priorities"

# A packet may be known by the priority that it comes with.
reload 'block return out proto udp
pass out proto udp to port 53 prio 6
pass in'
! ns gw "$PEER" -u -w 500 198.51.100.80 53 2>/dev/null || fail "priority 0"
ns gw nft add chain inet seen first \
    '{ type filter hook output priority 0; }'
ns gw nft add rule inet seen first udp dport 53 meta priority set 0:6
ns gw "$PEER" -u 198.51.100.80 53 || fail "priority 6 does not match"
[ "$(ns gw sysctl -n net.ipv4.ip_forward_update_priority)" = 1 ] ||
    fail "the kernel's switch is not back"
