#!/bin/sh
# SPDX-License-Identifier: ISC
# The manuals are good mdoc.
set -eu
[ -n "$MANDOC" ] || { echo "no mandoc here"; exit 77; }
cd "$top_srcdir/man"
"$MANDOC" -T lint -W warning ./*.[0-9]
