#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.sh: two firewalls in virtual machines, a download through them, and a power cut.
# What "make demo" runs; needs root on Debian 12. The first run builds a kernel.
set -eu
. "$(dirname "$0")/lib.sh"

prepare_uml demo
exec "$here/demo.py" "$NFHA_RESULTS/demo.svg"
