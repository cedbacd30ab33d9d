#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.sh: two firewalls in virtual machines, a download through them, and a power cut.
# What "make demo" runs; needs root on Debian 12. The first run builds a kernel.
set -eu
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || { echo "demo.sh: needs root" >&2; exit 1; }
mkdir -p "$NFHA_RESULTS"
install_packages "${BUILD_PACKAGES[@]}" "${LAB_PACKAGES[@]}"
"$here/kernel.sh" --path uml >/dev/null || say "building the test kernel (once, some minutes) ..."
"$here/kernel.sh" uml >/dev/null
say "building nfha ..."
"$here/build.sh" uml >"$NFHA_RESULTS/demo-build.log" 2>&1 || { cat "$NFHA_RESULTS/demo-build.log"; exit 1; }
exec "$here/demo.py" "$NFHA_RESULTS/demo.svg"
