#!/bin/sh
# SPDX-License-Identifier: ISC
# natd-control(7) names every request, every member of every record, every
# code of an error and every test of a filter that the code knows.
set -u
cd "$top_srcdir" || exit 1
failed=0

# Words of the manual's text, without its macros and quotes.
words=$(sed -e 's/^\.[A-Z][A-Za-z]* //' -e 's/\\(dq/"/g' man/natd-control.7 |
    tr -c 'a-z_0-9\n' '\n' | sort -u)

# wants WHAT WORD...
wants() {
	_what=$1
	shift
	[ $# -gt 0 ] || { echo "no $_what is found in the code"; failed=1; }
	for _word; do
		echo "$words" | grep -qx -e "$_word" || {
			echo "natd-control.7 lacks the $_what \"$_word\""
			failed=1
		}
	done
}

# shellcheck disable=SC2046 # lists of words
wants member $(sed -n \
    's/.*\(FIELD_*[A-Z]*\|ENDS*\|PEER\|ADDR\)(\(S, \)*"\([a-z_]*\)".*/\3/p' \
    ctl/show_json.c)
# shellcheck disable=SC2046
wants request $(sed -n '/verbs\[\] = {/,/^}/s/.*{ "\([a-z]*\)", .*/\1/p' \
    engine/natd/request.c)
# shellcheck disable=SC2046
wants "thing to show" $(sed -n '/{ "[a-z]*", show_/s/.*{ "\([a-z]*\)", .*/\1/p' \
    engine/natd/show.c)
# shellcheck disable=SC2046
wants "command of tables" \
    $(sed -n '/commands\[\] = {/,/^}/s/.*{ "\([a-z]*\)", .*/\1/p' \
    engine/natd/table_request.c)
# shellcheck disable=SC2046
wants "part of a load" \
    $(sed -n '/parts\[\] = {/,/^}/s/.*{ "\([a-z]*\)", load_.*/\1/p' \
    engine/natd/draft.c | grep -vx file)
# shellcheck disable=SC2046
wants "code" $(sed -n 's/#define PROTO_ERROR_[A-Z]* "\([a-z]*\)".*/\1/p' \
    ctl/proto.h)
# shellcheck disable=SC2046
wants "test of a filter" \
    $(grep -o '\[OP_[A-Z]*\] = "[a-z]*"' ctl/filter.c |
    sed 's/.*"\([a-z]*\)"/\1/')
exit "$failed"
