# SPDX-License-Identifier: ISC
#
# What the tests of restarts share: a place for the states that is memory, a
# thousand connections and a stream through natd, and its end by a signal.
#
#	restart SIGNAL	end natd so, and start it again: it takes the states
#			over; prints what it says of them
#	gap_begins NAME ADDR	a ping every 10 ms from there
#	gap_ends	prints the longest time without an answer
TMPDIR=/dev/shm
export TMPDIR
[ "$(stat -f -c %T /dev/shm)" = tmpfs ] || {
	echo "no tmpfs on /dev/shm" >&2
	exit 77
}
. "$top_srcdir/tests/net/lib.sh"
command -v iperf3 >/dev/null || skip "no iperf3"

restart() {
	kill -s "$1" "$natd_pid"
	wait "$natd_pid" 2>/dev/null || :
	natd_pid=
	run_natd gw
	_past=$(natctl -s info | sed -n 's/^Restart: //p')
	echo "$1: $_past"
	case $_past in
	*'; 0 damaged') ;;
	*) fail "after $1: $_past; $(cat "$tmp/natd.log")" ;;
	esac
	_taken=${_past%% *}
	[ "$_taken" -ge 2000 ] || fail "after $1: $_taken states"
}

stream() {
	ns wan iperf3 -s -1 >"$tmp/server.log" 2>&1 &
	retry ns wan sh -c 'grep -q ":1451 [0-9A-F]*:0000 " /proc/net/tcp6' ||
	    fail "iperf3 does not listen"
	ns lan iperf3 -c "$1" -t "$2" >"$tmp/iperf.log" 2>&1 &
	stream=$!
	retry streams || fail "the stream does not begin"
}

# ... when it has sent much already
streams() {
	ns lan ss -Hti dst :5201 | grep -q 'bytes_acked:[0-9]\{8\}'
}

stream_ends() {
	wait "$stream" || fail "the stream ends: $(tail -n 3 "$tmp/iperf.log")"
	grep receiver "$tmp/iperf.log"
}

gap_begins() {
	(exec ip netns exec "$run-$1" ping -D -i 0.01 "$2" \
	    >"$tmp/gap.seen" 2>/dev/null) &
	gap=$!
}

gap_ends() {
	kill -s INT "$gap" 2>/dev/null || :
	wait "$gap" || :
	tr -d '[]' <"$tmp/gap.seen" | awk '/time=/ {
		if (last && $1 - last > most)
			most = $1 - last
		last = $1
	}
	END { printf "longest gap of a ping: %d ms\n", most * 1000 }'
}
