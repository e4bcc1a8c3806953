#!/bin/sh
# SPDX-License-Identifier: ISC
# UDP datagrams of 4,000 and 60,000 bytes travel in fragments through nat and
# rdr, and so do their answers; a ping of 5,000 bytes too.  A train of datagrams
# that the kernel hands over as one packet is cut for a narrow link.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
space narrow
MORE="interface narrow0 tun netns \"$(netns narrow)\" mtu 1400 \
address 203.0.113.1/24 peer 203.0.113.80/24 default"
start_natd gw 'nat on { wan0 narrow0 } from 10.0.0.0/24 to any -> (wan0)
rdr on wan0 proto udp to (wan0) port 5353 -> 10.0.0.2 port 53
pass'
serve wan -u 53
serve lan -u 53
for size in 1472 1473 4000 60000; do
	ns lan "$PEER" -u -f -z "$size" 198.51.100.80 53 ||
	    fail "$size bytes out through nat"
	ns wan "$PEER" -u -f -z "$size" 198.51.100.1 5353 ||
	    fail "$size bytes in through rdr"
done
! grep -v '^from 198\.51\.100\.1 ' "$tmp/wan.seen" ||
    fail "the server saw another address"
! grep -v '^from 198\.51\.100\.80 ' "$tmp/lan.seen" ||
    fail "the inside saw another address"
ns lan ping -q -c 2 -i 0.2 -W 2 -s 5000 198.51.100.80 || fail "a long ping"
# 20 of 1450 bytes, each in two pieces, and one of 1000; two that are smaller.
for train in '1450 30000 21' '1300 2600 2'; do
	# shellcheck disable=SC2086 # three words
	set -- $train
	rm -f "$tmp/train" # the last one was ready, too
	ns narrow python3 "$top_srcdir/tests/net/udptrain.py" listen 6000 "$3" \
	    >"$tmp/train" &
	listener=$!
	retry grep -q ready "$tmp/train" || fail "no listener"
	ns lan python3 "$top_srcdir/tests/net/udptrain.py" send 203.0.113.80 \
	    6000 "$1" "$2"
	wait "$listener" || fail "a train of $2 bytes: $(cat "$tmp/train")"
	cat "$tmp/train"
	grep -qx whole "$tmp/train" || fail "$2 bytes are not what was sent"
	grep -qx 'from 198.51.100.1' "$tmp/train" || fail "another source"
done
exchange lan many -u -f -c 50 -z 4000 -i 20 198.51.100.80 53
sleep 1
exchange_ends many
