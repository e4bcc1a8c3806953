#!/bin/sh
# SPDX-License-Identifier: ISC
# natd-pf(7) names what this version refuses, and nothing else of the table in
# rules/compile_support.c.
set -eu
cd "$top_srcdir"
page=$(sed -n '/^\.Ss Read, printed/,/^\.Pp/p' man/natd-pf.7 |
    sed -n '/^\.Bl/,/^\.El/p' | grep -v '^\.' | tr '\n' ';')

# The names of one kind, one a line.
names() {
	sed -n "s/^	{ \"\(.*\)\", $1, uses_.*/\1/p" \
	    rules/compile_support.c | sed 's/\\//g'
}

[ "$(names NO | grep -c .)" -gt 0 ] || { echo "no table found"; exit 1; }
names NO | while read -r name; do
	case ";$page" in
	*[\;\ ]"$name;"*) ;;
	*) echo "natd-pf.7 does not say that this is refused: $name" ;;
	esac
done | { ! grep .; }
names YES | while read -r name; do
	case ";$page" in
	*[\;\ ]"$name;"*) echo "natd-pf.7 says that this is refused: $name" ;;
	esac
done | { ! grep .; }
