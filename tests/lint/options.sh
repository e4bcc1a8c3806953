#!/bin/sh
# SPDX-License-Identifier: ISC
# Each flag, modifier and command that a program's usage names is in its
# manual, so that nothing is offered without a word about it.
set -eu
cd "$top_srcdir/man"
failed=0

missing() {
	echo "$1: $2"
	failed=1
}

usage=$("$top_builddir/ctl/natctl" -h)
echo "$usage" | grep -q '^Flags:' || missing natctl "no usage"
for word in $(echo "$usage" | sed -n 's/^  \([-A-Za-z]*\) .*/\1/p'); do
	case $word in
	-*) pattern="^\\.It .*Fl ${word#-}( |\$)" ;;
	*) pattern="^\\.(It .*)?Cm ([^\"]* , )*$word( |\$)" ;;
	esac
	grep -qE "$pattern" natctl.8 || missing natctl.8 "nothing of $word"
done

# The tests of a filter, from the table of its parser.
words=$(sed -n 's/^	{ "\([a-z0-9]*\)", OP_.*/\1/p' ../ctl/filter_parse.c)
[ -n "$words" ] || missing filter_parse.c "no table of tests"
for word in $words; do
	sed -n '/^\.Sh FILTERS/,/^\.Sh THE/p' natctl.8 |
	    grep -qE "^\.(It )?(.*)?Cm ([^\"]* )?$word( |\$)" ||
	    missing natctl.8 "nothing of the filter $word"
done

usage=$("$top_builddir/engine/natd/natd" -h)
for letter in $(echo "$usage" | grep -oE '\[-[A-Za-z]+' | sed 's/^\[-//' |
    fold -w 1 | sort -u); do
	grep -q "^\\.It Fl $letter" natd.8 || missing natd.8 "nothing of -$letter"
done
exit $failed
