#!/bin/sh
# SPDX-License-Identifier: ISC
# Who may do what by the usual control sockets: group natd changes, natd-ro
# looks, everybody else is kept out, by the modes and, should somebody open
# them, by natd itself.  Without the groups the sockets are root's alone.
#
# The sockets' directory and /etc/group are the test's own: what is mounted
# there is so in the mount namespace of one command.
set -eu
. "$top_srcdir/tests/net/lib.sh"

unset NATD_SOCKET
space gw
sock=$(natctl -s info 2>&1 | sed -n 's/.*cannot connect to \(\/.*natd.sock\).*/\1/p')
[ -n "$sock" ] || skip "a natd runs here, or natctl does not say where it looks"
MOUNT=$(dirname "$sock")
while [ ! -d "$MOUNT" ]; do
	MOUNT=$(dirname "$MOUNT")
done
DIR=$(dirname "$sock")
case $tmp/ in
"$MOUNT"/*) skip "the sockets' directory is not there, and $MOUNT cannot be covered" ;;
esac
NATD=$(command -v natd)
case $NATD in
"$MOUNT"/*) skip "natd itself is below $MOUNT" ;;
esac
export MOUNT DIR NATD

printf 'interface t0 tun address 10.9.0.1/24\npass\n' >"$tmp/natd.conf"
grep -vE '^natd(-ro)?:' /etc/group >"$tmp/group.none"
cp "$tmp/group.none" "$tmp/group.both"
printf 'natd:x:60101:\nnatd-ro:x:60102:\n' >>"$tmp/group.both"

for groups in both none; do
	# shellcheck disable=SC2016 # for the inner shell
	GROUPS_ARE=$groups TMP=$tmp ns gw sh -euc '
	    mount -t tmpfs -o mode=755 none "$MOUNT"
	    mkdir -p "$(dirname "$DIR")"
	    mount --bind "$TMP/group.$GROUPS_ARE" /etc/group
	    exec python3 "$0" "$GROUPS_ARE" "$NATD" "$TMP/natd.conf" "$DIR" \
		"$TMP/natd.log"' "$top_srcdir/tests/net/groups.py" ||
	    fail "groups: $groups"
done
