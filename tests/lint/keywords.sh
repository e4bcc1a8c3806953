#!/bin/sh
# SPDX-License-Identifier: ISC
# natd.conf(5) names every word of the language: the keywords, and the names of
# timeouts, limits and levels, of types and codes of ICMP and of types of service.
set -eu
cd "$top_srcdir"
words=$(
	sed -n 's/^KEYWORD("\([^"]*\)".*/\1/p' rules/keywords.def
	sed -n '/^static const struct .* = {$/,/^};/p' rules/names.c |
	    grep -o '"[^"]*"' | tr -d '"'
)
# cs1 and its like are in the page as "cs0 to cs7", "af11 to af13".
page=$(sed 's/cs0 to cs7/cs0 cs1 cs2 cs3 cs4 cs5 cs6 cs7/
    s/af\([1-4]\)1 to af.3/af\11 af\12 af\13/g' man/natd.conf.5)
[ "$(echo "$words" | wc -l)" -gt 250 ] || { echo "the tables moved"; exit 1; }
failed=0
for word in $words; do
	echo "$page" | grep -v '^\.\\"' |
	    grep -qE "(^|[^-A-Za-z0-9_.])$word($|[^-A-Za-z0-9_.]|\.($| ))" || {
		echo "natd.conf.5: nothing of $word"
		failed=1
	}
done
exit $failed
