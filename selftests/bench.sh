#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench.sh: figures of merit on a pair of virtual machines; see bench.py. What "make bench"
# runs; needs root on Debian 12. Best on a machine that does nothing else.
set -eu
. "$(dirname "$0")/lib.sh"

prepare_uml bench
exec "$here/bench.py" "$NFHA_RESULTS/bench.json"
