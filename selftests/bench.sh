#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench.sh [PART...]: figures of merit beside those of others; see bench.py. What "make bench"
# runs; needs root on Debian 12. Best on a machine that does nothing else.
set -eu
. "$(dirname "$0")/lib.sh"

prepare_uml bench
install_packages qemu-system-x86 linux-image-cloud-amd64 linux-headers-cloud-amd64 \
	keepalived gnuplot-nox
"$here/build.sh" 6.1 >>"$NFHA_RESULTS/bench-build.log" 2>&1 || { cat "$NFHA_RESULTS/bench-build.log"; exit 1; }
exec "$here/bench.py" "$NFHA_RESULTS/bench.json" "$@"
