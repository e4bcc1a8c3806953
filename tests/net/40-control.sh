#!/bin/sh
# SPDX-License-Identifier: ISC
# Malformed, huge, unfinished and hostile requests on the control socket are
# answered with an error or cut off; natd goes on serving others and packets.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass'
serve wan 80
exchange lan load -c 50 -i 20 198.51.100.80 80
python3 "$top_srcdir/tests/net/control.py" "$NATD_SOCKET" || fail "control.py"
kill -0 "$natd_pid" || fail "natd is gone"
natctl -s info >/dev/null || fail "natd does not answer any more"
natctl -s nat | grep -q '^nat on wan0 ' || fail "the ruleset is gone"
exchange_ends load
