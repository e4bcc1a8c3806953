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

# What a natd would say of its names.
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin"
cat >"$tmp/bin/natctl" <<'END'
#!/bin/sh
case "$*" in
*Tables*) printf 'brutes\nfriends\nhidden@ftp\n' ;;
*Anchors*) printf '  _1\n  ftp\n  ftp/one\n' ;;
*Interfaces*) printf 'em0\nlan0\n' ;;
*labels*) printf 'web 1 2 3 4 5 6 7 8\n' ;;
esac
END
chmod +x "$tmp/bin/natctl"
PATH=$tmp/bin:$PATH
export PATH
shell=
missing=0

# bash_says LINE: what may stand for its last word, a word a line
bash_says() {
	bash --norc --noprofile -c '. contrib/bash/natctl
		IFS=" " read -ra COMP_WORDS <<<"$1"
		[ "${1% }" = "$1" ] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		COMPREPLY=()
		_natctl
		printf "%s\n" "${COMPREPLY[@]}"' bash "$1"
}

fish_says() {
	HOME=$tmp XDG_CONFIG_HOME=$tmp fish --no-config -c "source \
		contrib/fish/natctl.fish; complete -C '$1'" | cut -f1
}

# zsh has no function that says it: type the line and TAB on a terminal, and
# write down what is handed to its completion.
cat >"$tmp/type.zsh" <<'END'
zmodload zsh/zpty
cat >$3/zshrc <<RC
PS1= RPS1=
fpath=($1 \$fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
	if [[ \${@[1,(i)(-|--)]} != *-[OAD]\ * ]]; then
		local -a hits
		builtin compadd -A hits "\$@"
		print -rl -- \$hits >>$3/hits
	fi
	builtin compadd "\$@"
}
comppostfuncs=( exit )
print REA''DY
RC
: >$3/hits
zpty t zsh -f -i
zpty -w t ". $3/zshrc"
until [[ $out == *READY* ]]; do zpty -r t line || exit 1; out+=$line; done
zpty -w -n t "$2"$'\t'
while zpty -r t line 2>/dev/null; do :; done
cat $3/hits
END
zsh_says() {
	timeout 20 zsh -f "$tmp/type.zsh" "$PWD/contrib/zsh" "$1" "$tmp"
}

offers() {
	"${shell}_says" "$2" | grep -qxe "$1"
}

for shell in bash zsh fish; do
	have "$shell" || { echo "no $shell here"; missing=77; continue; }
	check "$shell: -s st" "offers states 'natctl -s st'"
	check "$shell: -F R" "offers Reset 'natctl -F R'"
	check "$shell: --rec" "offers --recheck 'natctl --rec'"
	check "$shell: first word" "offers show 'natctl sh'"
	check "$shell: show st" "offers states 'natctl show st'"
	check "$shell: table x a" "offers add 'natctl table x a'"
	check "$shell: -t x -T rep" "offers replace 'natctl -t x -T rep'"
	check "$shell: a table" "offers friends 'natctl -t fr'"
	check "$shell: table fr" "offers friends 'natctl table fr'"
	check "$shell: no table of an anchor" \
	    "! offers hidden@ftp 'natctl -t hi'"
	check "$shell: an anchor" "offers ftp/one 'natctl -a ftp/o'"
	check "$shell: no anchor without a name" "! offers _1 'natctl -a _'"
	check "$shell: an interface" "offers lan0 'natctl -i la'"
	check "$shell: kill label" "offers web 'natctl kill label w'"
	check "$shell: -s x offers nothing" "! offers states 'natctl -s x'"
	check "$shell: what natd lacks" "! offers osfp 'natctl -s os'"
done
shell=bash
if have bash; then
	check "bash: all flags" "offers -f 'natctl -'"
	check "bash: all that is shown" "offers Running 'natctl show '"
fi

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
# vim takes the file for what it is, and its words for keywords.
if have vim; then
	printf 'pass in on em0\n' >"$tmp/natd.conf"
	vim -Nu NONE -i NONE -n -es -c "set rtp^=$top_srcdir/contrib/vim" \
	    -c 'filetype on' -c 'syntax on' -c "edit $tmp/natd.conf" \
	    -c "call writefile([&filetype, synIDattr(synID(1, 1, 1), 'name')], \
		'$tmp/vim')" -c 'quit!' </dev/null >/dev/null 2>&1
	check "vim knows natd.conf" "grep -qx natd '$tmp/vim'"
	check "vim knows a keyword" "grep -qx natdStatement '$tmp/vim'"
else
	echo "no vim here"
	missing=77
fi
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
[ "$failed" -ne 0 ] || failed=$missing
exit "$failed"
