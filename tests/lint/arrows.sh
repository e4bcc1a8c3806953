#!/bin/sh
# SPDX-License-Identifier: ISC
# Includes go in the allowed direction, and are written from the top.
#
# The table: a folder, then what its files may include.  The longest folder
# that a file lies in counts.  A header's name allows that header alone.
set -eu
cd "$top_srcdir"

table='
engine/fast	engine/fast/
engine/io	engine/
engine/natd	engine/ rules/ parser/ ctl/
engine		engine/
rules		rules/ engine/
parser		parser/ rules/
ctl		ctl/ parser/ rules/ engine/
tests		tests/ engine/ rules/ parser/ ctl/
'
# What a folder may not include although the table says so.
except='
engine		engine/io/ engine/natd/
engine/io	engine/natd/
rules		engine/io/ engine/natd/
ctl		engine/io/ engine/natd/
'
# Files that the compiler itself brings, all that the fast path may include.
freestanding='stdint.h stddef.h stdbool.h stdatomic.h limits.h'

find engine rules parser ctl tests -name '*.[chly]' -type f |
    LC_ALL=C sort |
    xargs grep -nE '^[[:space:]]*#[[:space:]]*include' |
    awk -v table="$table" -v except="$except" -v bare="$freestanding" '
BEGIN {
	load(table, may)
	load(except, not)
	n = split(bare, b, " ")
	for (i = 1; i <= n; i++)
		fs[b[i]] = 1
}
function load(text, into,	line, f, n, i, j, m) {
	n = split(text, line, "\n")
	for (i = 1; i <= n; i++) {
		m = split(line[i], f, /[ \t]+/)
		for (j = 2; j <= m; j++)
			into[f[1]] = into[f[1]] " " f[j]
	}
}
function folder(file,	d) {
	for (d = file; sub(/\/[^\/]*$/, "", d);)
		if (d in may)
			return d
	return ""
}
function among(list, name,	f, n, i) {
	n = split(list, f, " ")
	for (i = 1; i <= n; i++)
		if (index(name, f[i]) == 1)
			return 1
	return 0
}
function bad(why) {
	print place ": " why
	failed = 1
}
{
	match($0, /^[^:]*:[0-9]*:/)
	place = substr($0, 1, RLENGTH - 1)
	text = substr($0, RLENGTH + 1)
	file = place
	sub(/:[0-9]*$/, "", file)
	dir = folder(file)
	checked++
	if (match(text, /<[^>]*>/)) {
		name = substr(text, RSTART + 1, RLENGTH - 2)
		if (dir == "engine/fast" && !(name in fs))
			bad("<" name "> is not freestanding")
		next
	}
	if (!match(text, /"[^"]*"/))
		next
	name = substr(text, RSTART + 1, RLENGTH - 2)
	if (name !~ /\//)
		bad("\"" name "\" is not written from the top")
	else if (!among(may[dir], name) || among(not[dir], name))
		bad(dir "/ may not include \"" name "\"")
}
END {
	if (checked == 0) {
		print "no include found at all"
		exit 1
	}
	exit failed
}'
