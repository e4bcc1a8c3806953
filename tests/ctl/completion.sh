#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The completion files are good scripts and offer what natctl offers; vim
# knows every keyword of the scanner.
set -u
cd "$top_builddir" || exit 1
failed=0

check() {
	if ! eval "$2"; then
		echo "FAIL: $1"
		failed=1
	fi
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# offers WANT WORD...: does bash offer WANT behind these words?
offers() {
	want=$1
	shift
	bash -c '. contrib/bash/natctl
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		COMPREPLY=()
		_natctl
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@" |
	    grep -qxe "$want"
}

if have bash; then
	check "bash reads its file" "bash -n contrib/bash/natctl"
	check "-s st" "offers states natctl -s st"
	check "-F R" "offers Reset natctl -F R"
	check "-" "offers -f natctl -"
	check "--" "offers --recheck natctl --"
	check "first word" "offers show natctl sh"
	check "show" "offers states natctl show ''"
	check "table x" "offers add natctl table x a"
	check "-T" "offers replace natctl -t x -T r"
	check "-s x offers nothing" "! offers states natctl -s x"
	check "what natd lacks" "! offers Sources natctl -s S"
fi
have zsh && check "zsh reads its file" "zsh -n contrib/zsh/_natctl"
have fish && check "fish reads its file" "fish -n contrib/fish/natctl.fish"
check "zsh has the flags" "grep -q -e \"'\\*-s\\[\" contrib/zsh/_natctl"
check "fish has the flags" "grep -q -e '-s s .*states' contrib/fish/natctl.fish"

# rows of the scanner's table: KEYWORD("word", TOKEN, ...)
words=$(sed -n 's/^KEYWORD("\([^"]*\)",.*/\1/p' \
    "$top_srcdir/rules/keywords.def")
count=$(echo "$words" | wc -w)
check "the scanner's table is found" "[ $count -gt 100 ]"
for w in $words; do
	[ "$w" != altq ] || continue # refused
	grep -q "^syn keyword .* $w\( \|\$\)" \
	    "$top_srcdir/contrib/vim/syntax/natd.vim" ||
	    { echo "FAIL: vim does not know \"$w\""; failed=1; }
done
# What is offered stands in the manual.
manual=$top_srcdir/man/natctl.8
for flag in $(sed -n "s/.*compgen -W '\(-[^']*\)'.*/\1/p" contrib/bash/natctl); do
	grep -q -e "Fl ${flag#-}\( \|\$\)" "$manual" ||
	    { echo "FAIL: the manual lacks $flag"; failed=1; }
done
for word in $(sed -n "s/^	\(-s\|-F\|-T\|-k\)) .*compgen -W '\([^']*\)'.*/\2/p" \
    contrib/bash/natctl); do
	grep -q -e "Cm\( [a-zA-Z ,]*\)\? $word\( \|\$\)" \
	    -e "Cm $word\( \|\$\)" "$manual" ||
	    { echo "FAIL: the manual lacks the word $word"; failed=1; }
done
exit "$failed"
