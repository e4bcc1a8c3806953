#!/bin/sh
# SPDX-License-Identifier: ISC
# natctl by SSH: what would shut the administrator out is not loaded, flushed or
# switched without a word; the connection is found even where its variable is not.
set -eu
. "$top_srcdir/tests/net/lib.sh"
for prog in dropbear dbclient python3 setsid; do
	command -v "$prog" >/dev/null || skip "no $prog"
done
gateway
start_natd gw 'pass'
serve gw 22
serve gw 23

revision() {
	natctl -j -s info | grep -o '"revision":[0-9]*'
}
# by CONNECTION ARG...: natctl as of that connection, and without a terminal
by() {
	_ssh=$1
	shift
	ns gw setsid -w env SSH_CONNECTION="$_ssh" natctl "$@" \
	    >"$tmp/said" 2>&1
}
# safe WHAT TEXT, shut WHAT TEXT PATTERN: the rules of TEXT are loaded, or are
# not, with a word that fits
safe() {
	printf '%s\n' "$2" >"$tmp/load.conf"
	by "$ssh" -f "$tmp/load.conf" || fail "$1: $(cat "$tmp/said")"
	! grep -q SSH "$tmp/said" || fail "$1: $(cat "$tmp/said")"
}
shut() {
	_before=$(revision)
	printf '%s\n' "$2" >"$tmp/load.conf"
	! by "$ssh" -f "$tmp/load.conf" || fail "$1 is loaded"
	grep -q "$3" "$tmp/said" || fail "$1: $(cat "$tmp/said")"
	grep -q -- --force "$tmp/said" || fail "$1: no way out is told"
	[ "$(revision)" = "$_before" ] || fail "$1: something is loaded"
}
# connected NAME SERVER PORT: a connection that stays, as $ssh
connected() {
	exchange lan "$1" -w 20000 -i 100 -z 10 "$2" "$3"
	port=$(ns lan ss -Htn "dport = :$3" | awk -v to="$2" '
	    index($5, to) { sub(/.*:/, "", $4); print $4; exit }')
}

connected old 10.0.0.1 22
ssh="10.0.0.2 $port 10.0.0.1 22"
nomore='would go on, but there could be no other'
open='set skip on lo
block
pass out
pass in proto tcp to port 22
pass in inet6 proto icmp6 icmp6-type { neighbrsol neighbradv }'
safe "ssh is open" "$open"
shut "block all" 'block' "$nomore one: $tmp/load.conf:1 would block it"
shut "a next hop" 'block
pass in on wan0 inet proto udp route-to (wan0 198.51.100.80)' "$nomore"
[ -z "$(ns gw ip rule | grep 28256)" ] ||
    fail "what is not loaded has the kernel route: $(ns gw ip rule)"
shut "another port" "$(echo "$open" | sed 's/22/222/')" "$nomore"
shut "another interface" "$(echo "$open" | sed 's/in proto/in on wan0 proto/')" \
    "$nomore"
safe "this interface" "$(echo "$open" | sed 's/in proto/in on lan0 proto/')"
safe "skipped" 'set skip on lan0
block'
safe "for those of a table" "table <admins> { 10.0.0.0/24 }
$(echo "$open" | sed 's/tcp/& from <admins>/')"
shut "not for those of a table" "table <admins> { 192.0.2.0/24 }
$(echo "$open" | sed 's/tcp/& from <admins>/')" "$nomore"
safe "without a state, both ways" 'pass in proto tcp to port 22 no state
pass out proto tcp from port 22 no state
block in proto tcp to port 23'
shut "without a state, one way" 'pass in proto tcp to port 22 no state
block out' "$nomore"
safe "back" "$open"

# Nothing keeps it but the rules.
safe "no states" 'pass no state'
natctl -q -F states
shut "block all, no state" 'block' "would end your SSH connection from 10.0.0.2"
shut "only new ones, no state" "$open" 'would end your SSH connection'
by "$ssh" -f "$tmp/load.conf" --confirm 60 || fail "--confirm: $(cat "$tmp/said")"
natctl -q confirm
safe "no states" 'pass no state'
by "10.0.0.2 1 192.0.2.1 22" -f "$tmp/load.conf" ||
    fail "a connection of another host: $(cat "$tmp/said")"
printf 'block\n' >"$tmp/load.conf"
before=$(revision)
by "$ssh" -f "$tmp/load.conf" --force || fail "--force: $(cat "$tmp/said")"
[ "$(revision)" != "$before" ] || fail "--force loads nothing"
load 'pass' || fail "load"
kill "$exchange_old" 2>/dev/null || :

# What came by a redirection, and by IPv6.
load 'rdr on lan0 inet proto tcp to (lan0) port 2222 -> (lan0) port 22
block
pass out
pass in proto tcp to port 22' || fail "load"
connected rdr 10.0.0.1 2222
ssh="10.0.0.2 $port 10.0.0.1 22"
safe "redirected" "$(cat "$tmp/load.conf")"
shut "not redirected any more" 'block
pass out
pass in proto tcp to port 23' "$nomore"
load 'pass' || fail "load"
connected six fd00:a::1 22
ssh="fd00:a::2 $port fd00:a::1 22"
safe "IPv6" "$open"
shut "IPv6, block" "$open
block in quick inet6" "$nomore"
safe "IPv6" "$open"

# Flushing and switching, which -F, -d and -e do without a file.
does() {
	by "$ssh" "$@" || fail "$*: $(cat "$tmp/said")"
	! grep -q SSH "$tmp/said" || fail "$*: $(cat "$tmp/said")"
}
# shuts PATTERN ARG...: not done, with a word that fits
shuts() {
	_want=$1
	shift
	! by "$ssh" "$@" || fail "$* is done: $(cat "$tmp/said")"
	grep -q "$_want" "$tmp/said" || fail "$*: $(cat "$tmp/said")"
	grep -q 'natctl: --force does it' "$tmp/said" || fail "$*: no way out"
	grep -q 'nothing was changed' "$tmp/said" || fail "$*: $(cat "$tmp/said")"
}
serve gw 24
load 'block
pass out
anchor ssh
pass in proto tcp to port 23' || fail "load"
echo 'pass in proto tcp to port 24' >"$tmp/anchor.conf"
natctl -q -a ssh -f "$tmp/anchor.conf"
connected flush 10.0.0.1 24
ssh="10.0.0.2 $port 10.0.0.1 24"
# not those of the neighbours' questions
states() {
	natctl -s states | grep -c ESTABLISHED || :
}
states=$(states)
[ "$states" -ge 1 ] || fail "no state"
shuts "$nomore" -a ssh -F rules
shuts "$nomore" -a 'ssh/*' -F rules
shuts 'would end your SSH connection' -F states
[ "$(states)" -ge "$states" ] || fail "states went"
[ -n "$(natctl -a ssh -s rules)" ] || fail "the anchor is empty"
does -F nat
does -F info
does -d
does -e
does -F rules
[ -z "$(natctl -s rules)" ] || fail "-F rules"
load 'set skip on lan0
block' || fail "load"
shuts "$nomore" -F Reset
does -F states
load 'block
pass out
pass in proto tcp to port 24' || fail "load"
does -d
shuts 'would end your SSH connection' -e
by "$ssh" -e --force || fail "-e --force: $(cat "$tmp/said")"
kill "$exchange_flush" 2>/dev/null || :
load 'rdr on lan0 inet proto tcp to (lan0) port 2424 -> (lan0) port 24
pass' || fail "load"
connected flushed 10.0.0.1 2424
ssh="10.0.0.2 $port 10.0.0.1 24"
shuts "$nomore one: it came by a redirection" -F nat
shuts 'would end your SSH connection.*: it came by a redirection' -d
shuts 'would end your SSH connection.*: it came by a redirection' -F all
[ -n "$(natctl -s rules)" ] || fail "-F all began"
by "$ssh" --force -F all || fail "-F all --force: $(cat "$tmp/said")"
[ -z "$(natctl -s nat)" ] || fail "-F all"
kill "$exchange_flushed" 2>/dev/null || :
load 'pass' || fail "load"

# On a terminal it is asked: what is answered there counts.
cat >"$tmp/terminal.py" <<'PY'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b""
answered = False
while True:
    try:
        got = os.read(fd, 4096)
    except OSError:
        break
    if not got:
        break
    seen += got
    if b"[y/N]" in seen and not answered:
        os.write(fd, sys.argv[1].encode() + b"\n")
        answered = True
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
asks() {
	ns gw python3 "$tmp/terminal.py" "$1" env SSH_CONNECTION="$ssh" natctl \
	    -f "$tmp/load.conf" >"$tmp/said" 2>&1
}
printf 'block\n' >"$tmp/load.conf"
before=$(revision)
for answer in n '' nonsense; do
	! asks "$answer" || fail "loaded after \"$answer\""
	grep -q 'Load it all the same' "$tmp/said" || fail "$(cat "$tmp/said")"
	[ "$(revision)" = "$before" ] || fail "loaded after \"$answer\""
done
asks y || fail "not loaded: $(cat "$tmp/said")"
[ "$(revision)" != "$before" ] || fail "not loaded after y"
load 'pass' || fail "load"

# A real sshd: by its variable, by one of a process above, and by its socket.
mkdir -p "$tmp/root/.ssh"
chmod 700 "$tmp/root" "$tmp/root/.ssh"
dropbearkey -t ed25519 -f "$tmp/host.key" >/dev/null 2>&1
dropbearkey -t ed25519 -f "$tmp/user.key" 2>/dev/null | grep '^ssh-' \
    >"$tmp/root/.ssh/authorized_keys"
ns gw sh -c "mount --bind '$tmp/root' /root &&
    exec dropbear -F -E -s -r '$tmp/host.key' -p 2200 -P '$tmp/dropbear.pid'" \
    >"$tmp/dropbear.log" 2>&1 &
# The build may lie in what /root was.
cp "$(command -v natctl)" "$tmp/natctl"
try="$tmp/natctl -p $NATD_SOCKET -f $tmp/load.conf"
run_ssh() {
	ns lan dbclient -y -y -p 2200 -i "$tmp/user.key" root@10.0.0.1 "$1" \
	    >"$tmp/said" 2>&1 </dev/null
}
retry run_ssh true || fail "ssh: $(cat "$tmp/said")"
printf 'block\n' >"$tmp/load.conf"
for how in "$try" "env -u SSH_CONNECTION $try; true" \
    "exec env -i sh -c '$try; exit 1'"; do
	before=$(revision)
	run_ssh "$how" || :
	grep -q "$nomore" "$tmp/said" || fail "$how: $(cat "$tmp/said")"
	[ "$(revision)" = "$before" ] || fail "loaded: $how"
done
