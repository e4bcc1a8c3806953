#!/bin/sh
# SPDX-License-Identifier: ISC
# A host with a real sshd and web server: only these are open to others, all
# else is refused at once, and the host itself reaches everything; both
# families.
set -eu
. "$top_srcdir/tests/net/lib.sh"
for prog in dropbear dropbearkey dbclient curl python3 traceroute; do
	command -v "$prog" >/dev/null || skip "no $prog"
done
gateway
ns gw sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
start_natd gw 'set skip on lo
set block-policy return
block return
pass out
pass in inet6 proto icmp6 icmp6-type { neighbrsol neighbradv }
pass in proto tcp to port { ssh http }'

# Keys for this test only: ip netns exec has a mount namespace of its own.
mkdir -p "$tmp/root/.ssh" "$tmp/files"
chmod 700 "$tmp/root" "$tmp/root/.ssh"
dropbearkey -t ed25519 -f "$tmp/host.key" >/dev/null 2>&1
dropbearkey -t ed25519 -f "$tmp/user.key" 2>/dev/null | grep '^ssh-' \
    >"$tmp/root/.ssh/authorized_keys"
ns gw sh -c "mount --bind '$tmp/root' /root &&
    exec dropbear -F -E -s -r '$tmp/host.key' -p 22 -P '$tmp/dropbear.pid'" \
    >"$tmp/dropbear.log" 2>&1 &
head -c 5000000 /dev/urandom >"$tmp/files/file"
ns gw python3 -m http.server -b :: -d "$tmp/files" 80 >"$tmp/http.log" 2>&1 &
serve gw 8080
serve gw -u 123
serve wan 80
serve wan -u 53

ssh() {
	ns wan dbclient -y -y -i "$tmp/user.key" "root@$1" \
	    'echo "in by ssh from ${SSH_CONNECTION%% *}"' \
	    >"$tmp/ssh" 2>"$tmp/ssh.err" </dev/null &&
	    grep -q '^in by ssh from' "$tmp/ssh"
}
for addr in 198.51.100.1 2001:db8:b::1; do
	url=$addr
	case $addr in
	*:*) url="[$addr]" ;;
	esac
	retry ssh "$addr" || fail "ssh $addr: $(cat "$tmp/ssh.err")"
	cat "$tmp/ssh"
	retry ns wan curl -sSf -m 20 -o "$tmp/got" "http://$url/file" ||
	    fail "curl $addr"
	cmp "$tmp/files/file" "$tmp/got" || fail "$addr: other bytes"
	# all else is refused, and at once
	for port in 8080 '-u 123'; do
		# shellcheck disable=SC2086 # an option and a port
		set -- $port
		[ "$#" = 1 ] || set -- "$1" "$addr" "$2"
		[ "$#" = 3 ] || set -- "$addr" "$1"
		! ns wan "$PEER" -w 2000 "$@" >/dev/null 2>"$tmp/err" ||
		    fail "reached: $*"
		grep -q refused "$tmp/err" || fail "$*: $(cat "$tmp/err")"
	done
	! ns wan ping -q -c 1 -W 1 "$addr" >/dev/null 2>&1 || fail "ping"
done
# out: everything
for addr in 198.51.100.80 2001:db8:b::80; do
	ns gw "$PEER" -z 100000 "$addr" 80 >/dev/null || fail "TCP to $addr"
	ns gw "$PEER" -u "$addr" 53 >/dev/null || fail "UDP to $addr"
	ns gw ping -q -c 1 -W 2 "$addr" >/dev/null || fail "ping $addr"
	ns gw traceroute -n -q 1 -w 2 -m 2 "$addr" >"$tmp/trace" &&
	    grep -q "^ 1  $addr " "$tmp/trace" || fail "$(cat "$tmp/trace")"
done
for addr in 127.0.0.1 ::1 198.51.100.1 2001:db8:b::1; do
	ns gw "$PEER" "$addr" 8080 >/dev/null || fail "its own $addr"
done
# by the other cable as well: the rules name no interface
ns lan "$PEER" -w 2000 10.0.0.1 8080 >/dev/null 2>&1 && fail "reached"
ns lan curl -sSf -m 20 -o /dev/null http://10.0.0.1/file || fail "curl, lan"
