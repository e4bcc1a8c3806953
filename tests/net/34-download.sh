#!/bin/sh
# SPDX-License-Identifier: ISC
# A file of 100 MB through nat and through rdr, byte-exact, with the kernel's
# offloads on and off at both ends.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
rdr on wan0 proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
pass'
mkdir "$tmp/files"
head -c 100000000 /dev/urandom >"$tmp/files/file"
for side in lan wan; do
	ns "$side" python3 -m http.server -d "$tmp/files" 80 \
	    >"$tmp/http.$side.log" 2>&1 &
done
retry ns lan curl -sf -o /dev/null http://198.51.100.80/ || fail "no HTTP"
retry ns wan curl -sf -o /dev/null http://198.51.100.1:8080/ ||
    fail "no HTTP through rdr"

# get NAME URL
get() {
	ns "$1" curl -sSf -m 60 -o "$tmp/got" -w '%{speed_download} B/s\n' "$2" ||
	    fail "$offloads: curl $2"
	cmp "$tmp/files/file" "$tmp/got" || fail "$offloads: $2 differs"
}

for offloads in on off; do
	for side in lan wan; do
		ns "$side" ethtool -K "${side}0" tx "$offloads" tso "$offloads" \
		    gso "$offloads" gro "$offloads" >/dev/null 2>&1 ||
		    fail "ethtool"
	done
	echo "offloads $offloads"
	get lan http://198.51.100.80/file
	get wan http://198.51.100.1:8080/file
done
