#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The shell of the machine under test, at its second serial line: reads a
# command from each line; prints its output with `|' before each line, and in
# the end `=' and its status.  `+' says that the machine is up.
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
systemctl is-system-running --wait >/dev/null
echo +
while read -r line; do
	(eval "$line") </dev/null 2>&1 | sed 's/^/|/'
	echo "=${PIPESTATUS[0]}"
done
