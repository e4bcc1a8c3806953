#!/bin/sh
# SPDX-License-Identifier: ISC
# natd-pf(7) names what this version refuses, and nothing else of the table in
# rules/feature.c.
set -eu
cd "$top_srcdir"
page=$(sed -n '/^\.Ss Read, printed/,/^\.Pp/p' man/natd-pf.7 |
    sed -n '/^\.Bl/,/^\.El/p' | grep -v '^\.' | tr '\n' ';')

# The names of one kind, one a line.
names() {
	sed -n "s/^	{ \"\(.*\)\", $1, uses_.*/\1/p" \
	    rules/feature.c | sed 's/\\//g'
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

# natd.conf(5) explains them in a section of its own: each keyword of their
# names is in an item of it, and none with a hyphen of what is carried out.
items=$(sed -n '/^\.Sh WHAT IS READ/,/^\.El/p' man/natd.conf.5 | grep '^\.')
keywords() {
	names "$1" | tr ' ,' '\n\n' | sort -u | while read -r word; do
		! grep -q "^KEYWORD(\"$word\"" rules/keywords.def ||
		    echo "$word"
	done
}
refused=$(keywords NO)
for word in $refused; do
	echo "$items" | grep -qwe "$word" ||
	    echo "natd.conf.5 does not say that this is refused: $word"
done | { ! grep .; }
for word in $(keywords YES; keywords HOST); do
	case $word in
	*-*) ;;
	*) continue ;;
	esac
	echo "$refused" | grep -qxe "$word" ||
	    ! echo "$items" | grep -qE "[ (]$word( |\$)" ||
	    echo "natd.conf.5 says that this is refused: $word"
done | { ! grep .; }
