#!/bin/sh
# SPDX-License-Identifier: ISC
# The systemd unit is there before the network, tells when it is up, and a
# restart of it leaves the hooks; systemd, where it is installed, reads it.
set -eu
top_srcdir=${top_srcdir:-.}
top_builddir=${top_builddir:-build}
in=$top_srcdir/engine/natd/natd.service.in
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

bad() {
	echo "natd.service: $*" >&2
	exit 1
}

# has SECTION LINE
has() {
	awk -v want="$1" '/^\[/ { section = $0 } section == want' "$in" |
	    grep -qxF -- "$2" || bad "no $2 in $1"
}

has '[Unit]' 'DefaultDependencies=no'
has '[Unit]' 'Wants=network-pre.target'
has '[Unit]' 'Before=network-pre.target shutdown.target'
has '[Service]' 'Type=notify'
has '[Service]' 'ExecStartPre=@sbindir@/natd -b'
has '[Service]' 'RestartKillSignal=SIGUSR1'
has '[Service]' 'ExecReload=@sbindir@/natd -n'
grep -q 'SIGUSR1, on_handover' "$top_srcdir/engine/natd/main.c" ||
    bad "natd does not know SIGUSR1"

# A stop is one of the whole machine or not, says a systemctl of ours: natd is
# told to leave its hooks, or nothing.
stop=$(sed -n "s/^ExecStop=.bin.sh -c '\(.*\)'$/\1/p" "$in" | sed 's/\$\$/$/g')
[ -n "$stop" ] || bad "no ExecStop"
printf '#!/bin/sh\necho "$STATE"\n' >"$tmp/systemctl"
chmod 755 "$tmp/systemctl"
for state in running degraded starting stopping; do
	told=$(STATE=$state MAINPID=7 PATH=$tmp:$PATH \
	    sh -c "kill() { echo \"\$@\"; }; $stop") || bad "a stop fails"
	case $state in
	stopping) [ "$told" = '-USR1 7' ] || bad "a shutdown opens the host" ;;
	*) [ -z "$told" ] || bad "a stop does not open: $told" ;;
	esac
done

# What is built looks where the unit and the manual say.  The unit cannot make
# a directory for the socket but in /run.
built=$top_builddir/engine/natd
socket=$(grep -aoE '/[a-z/]+/natd\.sock' "$built/natd" | head -n 1)
[ "$socket" = /run/natd/natd.sock ] || bad "natd's socket is $socket"
has '[Service]' 'RuntimeDirectory=natd'
grep -q "^\.It Pa $socket\$" "$top_srcdir/man/natd.8" ||
    bad "the manual has another socket than $socket"
file=$(sed -n 's/^ConditionPathExists=//p' "$built/natd.service")
grep -qaF "$file" "$built/natd" || bad "natd does not read $file"
case $(sed -n 's/^ExecStart=\(.*\)\/sbin\/natd -d$/\1/p' "$built/natd.service")
in
/usr | /usr/local)
	grep -q "^\.It Pa $file\$" "$top_srcdir/man/natd.8" ||
	    bad "the manual has another file than $file"
	;;
esac

command -v systemd-analyze >/dev/null || exit 0
printf '#!/bin/sh\n' >"$tmp/natd"
chmod 755 "$tmp/natd"
sed -e "s|@sbindir@|$tmp|g" -e 's|@sysconfdir@|/etc|g' "$in" \
    >"$tmp/natd.service"
# a container may have no /run of systemd's, which is said on other lines
systemd-analyze verify --man=no "$tmp/natd.service" >"$tmp/said" 2>&1 || :
! grep 'natd\.service' "$tmp/said" >&2 || bad "systemd does not like it"
