#!/bin/sh
# SPDX-License-Identifier: ISC
# natctl beside a running natd: what it shows agrees with what happens, filters
# choose the states that they name, JSON is JSON, and the shell does the same.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'table <friends> persist counters { 10.0.0.0/8 }
table <empty> persist
nat on wan0 from 10.0.0.0/24 to any -> (wan0)
rdr on wan0 proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
block return label "no"
pass in on lan0 from <friends> label "inside"
pass in on wan0 proto tcp to 10.0.0.2 port 80 label "web"
pass out label "out" label "second name"'
serve wan 80
serve lan 80
exchange lan out -c 5 -i 20 198.51.100.80 80
exchange wan in -c 3 -i 20 198.51.100.1 8080

# count WANT FILTER
count() {
	_got=$(natctl -s states "$2" | wc -l)
	[ "$_got" -eq "$1" ] || fail "'$2' shows $_got states, not $1:
$(natctl -s states)"
}

says() {
	grep -q -e "$2" "$1" || fail "no '$2' in: $(cat "$1")"
}

# Filters.
count 16 tcp
count 5 'tcp and src 10.0.0.2 and out'
count 5 'label inside'
count 3 'label web'
count 3 'dst port 8080'
count 6 'host 198.51.100.80 and not (src 10.0.0.2)'
count 8 'in'
count 16 'state ESTABLISHED'
count 0 'udp or inet6 or port 81'
count 10 'src net 10.0.0.0/8'
[ "$(natctl -s states -i lan0 | wc -l)" -eq 8 ] || fail "-s states -i lan0"
! natctl -s states 'port' 2>"$tmp/said" || fail "a bad filter is accepted"
says "$tmp/said" 'natctl: filter, column'

# What a NAT gateway knows of a connection.
natctl -s states -vv 'src 10.0.0.2 and out' >"$tmp/states"
says "$tmp/states" '^all tcp 198\.51\.100\.1:[0-9]* (10\.0\.0\.2:[0-9]*) -> 198\.51\.100\.80:80       ESTABLISHED:ESTABLISHED$'
says "$tmp/states" '^   original 10\.0\.0\.2:[0-9]* -> 198\.51\.100\.80:80, reply 198\.51\.100\.80:80 -> 198\.51\.100\.1:[0-9]*$'
says "$tmp/states" '^   age 00:0[0-9]:[0-9]*, expires in [0-9:]*, [1-9][0-9]*:[1-9][0-9]* pkts, [1-9][0-9]*:[1-9][0-9]* bytes, rule [0-9]'
says "$tmp/states" '^   \[[0-9]* + [0-9]*\]'
says "$tmp/states" '^   id: [0-9a-f]\{16\} creatorid: [0-9a-f]\{8\}$'
natctl -s states -v 'label web' >"$tmp/states"
says "$tmp/states" '^all tcp 10\.0\.0\.2:80 (198\.51\.100\.1:8080) <- 198\.51\.100\.80:[0-9]* '
says "$tmp/states" '^   original 198\.51\.100\.80:[0-9]* -> 198\.51\.100\.1:8080, reply 10\.0\.0\.2:80 -> 198\.51\.100\.80:'

# JSON: every line of every part is an object with a type.
for what in states rules nat labels info timeouts memory Tables Interfaces \
    Anchors; do
	natctl -j -s "$what" >"$tmp/json" || fail "-j -s $what"
	[ -s "$tmp/json" ] || [ "$what" = Anchors ] || fail "-j -s $what: empty"
	python3 -c 'import json, sys
for line in open(sys.argv[1]):
    assert "type" in json.loads(line), line' "$tmp/json" ||
	    fail "-j -s $what: $(cat "$tmp/json")"
done
[ "$(natctl -j -s states 'label web' | wc -l)" -eq 3 ] || fail "-j, filtered"
natctl -j -t friends -T show | grep -q '"addr":"10.0.0.0"' || fail "-j -T show"

# Rules, labels and their counters; natd looks at live states once a second.
counted() {
	natctl -s rules -vv >"$tmp/rules"
	grep -q 'Packets: [1-9].* States: 5 ' "$tmp/rules"
}
retry counted || fail "no traffic of states: $(cat "$tmp/rules")"
says "$tmp/rules" '^@1 pass in on lan0 '
says "$tmp/rules" '^  \[ Evaluations: [1-9][0-9]*  *Packets: [1-9][0-9]*  *Bytes: [1-9][0-9]*  *States: 5 '
[ "$(natctl -s rules -R 1 | wc -l)" -eq 1 ] || fail "-R 1"
[ "$(natctl -s nat | wc -l)" -eq 2 ] || fail "-s nat: $(natctl -s nat)"
natctl -s labels | grep -q '^web [0-9]* [1-9][0-9]* ' || fail "-s labels"
natctl -s labels | grep -q '^out second name [1-9][0-9]* ' || fail "-s labels"
count 8 'label out'
count 8 'label "second name"'
! natctl -s rules -R 99 2>"$tmp/said" || fail "a rule out of nothing"
says "$tmp/said" '^natctl: there is no rule 99$'
natctl -n -k 10.0.0.2 -k 198.51.100.80 2>"$tmp/said"
says "$tmp/said" '^killed [1-9][0-9]* states from 1 sources and 1 destinations (dummy)$'
count 16 tcp
! natctl -k nobody.invalid 2>"$tmp/said" || fail "a host out of nothing"
says "$tmp/said" '^natctl: "nobody.invalid" is no address, network or host'
natctl -z 2>"$tmp/said"
says "$tmp/said" 'rule counters cleared'

# Info, limits, timeouts, interfaces, everything.
! ns wan "$PEER" -w 1000 198.51.100.1 22 2>/dev/null || fail "not blocked"
natctl -s info >"$tmp/info"
says "$tmp/info" '^Status: Enabled for 0 days 00:0[0-9]:[0-9]* *Debug: '
says "$tmp/info" '^  current entries  *[1-9]'
says "$tmp/info" '^  half-open tcp  *[0-9]'
says "$tmp/info" '^  match  *[1-9][0-9]*  *[0-9.]*/s$'
natctl -s timeouts | grep -q '^tcp\.established  *86400s$' || fail "timeouts"
natctl -s memory | grep -q '^states  *hard limit  *[1-9]' || fail "memory"
natctl -s Interfaces -vv >"$tmp/ifs"
says "$tmp/ifs" '^wan0$'
says "$tmp/ifs" '	In4/Pass:    \[ Packets: [1-9]'
passed() {
	natctl -i "$1" -s Interfaces -vv | awk '/In4\/Pass/ { print $4 }'
}
natctl -i wan0 -F info 2>"$tmp/said" || fail "-i wan0 -F info"
says "$tmp/said" '^pf: statistics cleared for interface wan0$'
[ "$(passed lan0)" -gt 0 ] || fail "lan0's counters are cleared, too"
[ "$(passed wan0)" -lt "$(passed lan0)" ] || fail "wan0's are not cleared"
natctl -s info >"$tmp/info"
says "$tmp/info" '^  match  *[1-9][0-9]*  *[0-9.]*/s$'
! natctl -i nosuch -F info 2>"$tmp/said" || fail "no such interface"
says "$tmp/said" 'no interface nosuch'
natctl -s all >"$tmp/all" || fail "-s all"
for title in 'FILTER RULES:' 'TRANSLATION RULES:' STATES: INFO: \
    'LABEL COUNTERS:' TIMEOUTS: LIMITS: TABLES:; do
	says "$tmp/all" "^$title\$"
done
[ -z "$(natctl -s queue)" ] || fail "-s queue without queues"

# Tables.
natctl -s Tables -vv >"$tmp/tables"
says "$tmp/tables" '^-pa-r-C	friends$'
says "$tmp/tables" '	Addresses:   1$'
says "$tmp/tables" '	Evaluations: \[ NoMatch: [0-9]*  *Match: [1-9]'
natctl -t friends -T add 192.0.2.0/24 10.0.0.0/8 '!192.0.2.7' -v \
    >"$tmp/shown" 2>"$tmp/said"
says "$tmp/said" '^2/3 addresses added\.$'
says "$tmp/shown" '^A  192\.0\.2\.0/24$'
says "$tmp/shown" '^A !192\.0\.2\.7$'
natctl -t friends -T add 203.0.113.1 -n 2>"$tmp/said"
says "$tmp/said" '^1/1 addresses added (dummy)\.$'
! natctl -t friends -T show | grep -q 203.0.113.1 || fail "a dry run adds"
status=0
natctl -t friends -T test 192.0.2.1 192.0.2.7 -vv >"$tmp/shown" \
    2>"$tmp/said" || status=$?
[ "$status" -eq 2 ] || fail "-T test: status $status"
says "$tmp/said" '^1/2 addresses match\.$'
says "$tmp/shown" '^M  192\.0\.2\.1	 192\.0\.2\.0/24$'
natctl -t friends -T show -v >"$tmp/shown"
says "$tmp/shown" '^   10\.0\.0\.0/8$'
natctl -t friends -T zero 10.0.0.0/8 2>"$tmp/said"
says "$tmp/said" '^1/1 addresses cleared\.$'
natctl -t friends -T replace 10.0.0.0/8 2>"$tmp/said"
says "$tmp/said" '^2 addresses deleted\.$'
natctl -t friends -T replace 10.0.0.0/8 2>"$tmp/said"
says "$tmp/said" '^no changes\.$'
natctl -t new -T add 10.9.9.9 2>"$tmp/said"
says "$tmp/said" '^1 table created\.$'
printf '# a list\n192.0.2.9 ! 192.0.2.10\n\n2001:db8::/32\n' >"$tmp/list"
natctl -t new -T replace -f "$tmp/list" 2>"$tmp/said"
says "$tmp/said" '^3 addresses added\.$'
natctl -t new -T show >"$tmp/shown"
printf '   192.0.2.9\n  !192.0.2.10\n   2001:db8::/32\n' |
    cmp - "$tmp/shown" || fail "from a file: $(cat "$tmp/shown")"

# An entry is as old as it is there, or as its last zero; what has a ttl of its
# own goes by that.
natctl -t new -T expire 100000 2>"$tmp/said"
says "$tmp/said" '^0/3 addresses expired\.$'
natctl -t new -T add 192.0.2.11 ttl 1000 2>/dev/null
expired() {
	natctl -t new -T expire 0 -n 2>&1 | grep -q "^$1/4 addresses expired (dummy)"
}
retry expired 3 || fail "nothing is old: $(natctl -t new -T show -v)"
natctl -t new -T zero 192.0.2.9 192.0.2.99 -vv >"$tmp/shown" 2>"$tmp/said"
says "$tmp/said" '^1/2 addresses cleared\.$'
says "$tmp/shown" '^Z  192\.0\.2\.9$'
says "$tmp/shown" '^   192\.0\.2\.99$'
expired 2 || fail "zero makes no entry young"
natctl -t new -T expire 0 -v >"$tmp/shown" 2>"$tmp/said"
says "$tmp/said" '^2/4 addresses expired\.$'
says "$tmp/shown" '^D !192\.0\.2\.10$'
natctl -t new -T show -v >"$tmp/shown"
says "$tmp/shown" '^	Cleared:            [A-Z][a-z][a-z] [A-Z][a-z][a-z] '
says "$tmp/shown" '^	Expires in:         [0-9]* s$'
natctl -t new -T zero 2>"$tmp/said"
says "$tmp/said" '^1 table/stats cleared\.$'

# What stands twice counts once, in a list of many requests too.
{
	seq -f '10.20.%.0f.1' 0 255
	seq -f '10.21.%.0f.1' 0 255
	seq -f '10.22.%.0f.1' 0 255
	seq -f '10.23.%.0f.1' 0 255
	seq -f '10.20.%.0f.1' 0 255
} >"$tmp/list"
natctl -t many -T add -f "$tmp/list" -n 2>"$tmp/said"
says "$tmp/said" '^1024/1280 addresses added (dummy)\.$'
natctl -t many -T add -f "$tmp/list" -v >"$tmp/shown" 2>"$tmp/said"
says "$tmp/said" '^1024/1280 addresses added\.$'
[ "$(grep -c '^X  10\.20\.' "$tmp/shown")" -eq 256 ] || fail "no duplicates"
natctl -t many -T delete 10.20.0.1 '!10.20.1.1' 10.20.0.1 10.99.0.1 -vv \
    >"$tmp/shown" 2>"$tmp/said"
says "$tmp/said" '^1/4 addresses deleted\.$'
printf 'D  10.20.0.1\nY !10.20.1.1\nX  10.20.0.1\n   10.99.0.1\n' |
    cmp - "$tmp/shown" || fail "delete: $(cat "$tmp/shown")"
natctl -t many -T replace '!10.20.1.1' 10.20.2.1 10.0.0.0/8 10.0.0.0/16 -v \
    >"$tmp/shown" 2>"$tmp/said"
says "$tmp/said" '^2 addresses added\.$'
says "$tmp/said" '^1021 addresses deleted\.$'
says "$tmp/said" '^1 addresses changed\.$'
says "$tmp/shown" '^C !10\.20\.1\.1$'
natctl -t many -T show >"$tmp/shown"
printf '   10.0.0.0/16\n   10.0.0.0/8\n  !10.20.1.1\n   10.20.2.1\n' |
    cmp - "$tmp/shown" || fail "order: $(cat "$tmp/shown")"
! natctl -t many -T add 10.300.0.1 2>"$tmp/said" || fail "no address"
[ "$(cat "$tmp/said")" = 'no IP address found for 10.300.0.1' ] ||
    fail "no address: $(cat "$tmp/said")"
natctl -t many -T kill 2>/dev/null
natctl -t new -T flush 2>"$tmp/said"
says "$tmp/said" '^2 addresses deleted\.$'
natctl -t new -T kill 2>"$tmp/said"
says "$tmp/said" '^1 table deleted\.$'
! natctl -t new -T show 2>"$tmp/said" || fail "a killed table is shown"
says "$tmp/said" 'Table does not exist'

# Off and on.
natctl -d 2>"$tmp/said"
says "$tmp/said" '^pf disabled$'
! natctl -s Running >"$tmp/said" || fail "-s Running: status"
says "$tmp/said" '^Disabled$'
! natctl -d 2>/dev/null || fail "disabled twice"
natctl -e 2>"$tmp/said"
says "$tmp/said" '^pf enabled$'

# Kill by filter; the others live.
natctl -k states -k 'label web' 2>"$tmp/said"
says "$tmp/said" '^killed [36] states$'
retry sh -c '[ "$(natctl -s states "label web" | wc -l)" -eq 0 ]' ||
    fail "states of the label are left"
count 5 'label inside'
key=$(natctl -s states 'label inside' | sed -n '1s/^all \(.*\)       .*/\1/p')
natctl -k key -k "$key" 2>"$tmp/said"
says "$tmp/said" '^killed [12] states$'
retry sh -c '[ "$(natctl -s states "label inside" | wc -l)" -eq 4 ]' ||
    fail "the state of the key $key lives"

# Queues are there to be seen; shaping is left to the system.
load 'queue root on wan0 bandwidth 10M
queue web parent root bandwidth 4M
queue std parent root bandwidth 2M default
queue other on lan0 bandwidth 1M
queue rest parent other bandwidth 1M default
pass out queue web' 2>"$tmp/said" || fail "queues: $(cat "$tmp/said")"
says "$tmp/said" ':4:1: warning: queues: natd shapes no traffic'
says "$tmp/said" ':9:10: warning: set queue has no effect'
natctl -s queue >"$tmp/shown"
printf '%s\n' 'queue root on wan0 bandwidth 10M' \
    'queue web parent root bandwidth 4M' \
    'queue std parent root bandwidth 2M default' \
    'queue other on lan0 bandwidth 1M' \
    'queue rest parent other bandwidth 1M default' |
    cmp - "$tmp/shown" || fail "-s queue: $(cat "$tmp/shown")"
[ "$(natctl -s queue -i lan0 | wc -l)" -eq 2 ] || fail "-s queue -i lan0"

# Loading says what it did.
load 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass' 2>"$tmp/said"
says "$tmp/said" '^revision [2-9]: 2 rules loaded, [0-9]* states kept$'
! natctl -f /nonexistent 2>"$tmp/said" || fail "a missing file"
says "$tmp/said" '^natctl: /nonexistent: No such file'

# The shell on a terminal.  libedit keeps the names of added functions until
# the end, which a sanitizer takes for a leak.
if command -v script >/dev/null; then
	{
		sleep 0.5
		printf 'show st\t src 10.0.0.2 and in | count\n'
		sleep 0.5
		printf 'show rules\n'
		sleep 0.5
		printf 'quit\n'
		sleep 0.3
	} | ASAN_OPTIONS=detect_leaks=0 timeout 20 \
	    script -qec 'exec natctl' /dev/null >"$tmp/shell" 2>&1 ||
	    fail "the shell: $(cat "$tmp/shell")"
	says "$tmp/shell" 'revision [2-9], [0-9]* states'
	tr -d '\r' <"$tmp/shell" >"$tmp/plain"
	says "$tmp/plain" '^4$'
	says "$tmp/plain" '^pass all flags S/SA$'
fi

# A natd that is stopped: an answer in bounded time, and Ctrl-C ends the
# command, not natctl's shell; it would end a shell around natctl.
kill -STOP "$natd_pid"
! timeout 20 natctl -s info >"$tmp/shown" 2>"$tmp/said" || fail "a stopped natd"
says "$tmp/said" '^natctl: natd does not answer: nothing came for 10 s$'
if command -v script >/dev/null; then
	{
		retry grep -q 'for 2 s' "$tmp/shell" >&2
		printf 'show info\n'
		sleep 0.5
		printf '\003'
		retry grep -q 'interrupted' "$tmp/shell" >&2
		kill -CONT "$natd_pid"
		printf 'show Running\n'
		retry grep -q 'Enabled' "$tmp/shell" >&2
		printf 'quit\n'
		sleep 0.3
	} | ASAN_OPTIONS=detect_leaks=0 timeout 40 \
	    script -qefc 'exec natctl' /dev/null >"$tmp/shell" 2>&1 ||
	    fail "the shell: $(cat "$tmp/shell")"
	for text in 'nothing came for 2 s' 'natctl: interrupted' '^Enabled'; do
		says "$tmp/shell" "$text"
	done
fi
kill -CONT "$natd_pid"
natctl -s Running >/dev/null || fail "natd does not go on"

# Nobody there, and nothing to do.
! NATD_SOCKET=$tmp/none natctl -s info 2>"$tmp/said" || fail "no socket"
says "$tmp/said" "^natctl: natd is not running: cannot connect to $tmp/none\$"
! natctl </dev/null >/dev/null 2>"$tmp/said" || fail "nothing to do"
says "$tmp/said" '^usage: natctl'
natctl -F states 2>"$tmp/said"
says "$tmp/said" '^[0-9]* states cleared$'
kill "$exchange_out" "$exchange_in" 2>/dev/null || :

# The debug level reaches natd's log.
! grep -q 'a request' "$tmp/natd.log" || fail "debug messages by default"
natctl -x debug || fail "-x debug"
natctl -s info >/dev/null
retry grep -q 'a request' "$tmp/natd.log" || fail "no debug messages"
