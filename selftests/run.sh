#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh [-n] LAB TEST [WORD...]: builds the product for the lab's kernel and runs a test.
#
#   run.sh pair:uml test_kill            every case of test_kill.py on a UML pair
#   run.sh ns:umldbg test_unload bulk    the cases whose name holds "bulk", debug kernel
#   run.sh ns:uml all                    all tests
#
# LAB is pair: or ns: and uml, umldbg, smpdbg, 6.1 or 6.12. -n: do not build first.
# Consoles and captures of failures are kept in $NFHA_RESULTS (default selftests/results).
set -u
. "$(dirname "$0")/lib.sh"

build=1
if [ "${1:-}" = -n ]; then build=; shift; fi
lab=${1:?usage: run.sh [-n] LAB TEST [WORD...]}
test=${2:?usage: run.sh [-n] LAB TEST [WORD...]}
shift 2
[ -z "$build" ] || "$here/build.sh" "${lab#*:}" || exit 1
tests=("$(basename "$test" .py)")
if [ "$test" = all ]; then
	mapfile -t tests < <(cd "$here" && ls test_*.py | sed 's/\.py$//')
fi
for test in "${tests[@]}"; do cases "$lab" "$test" "$@"; done
totals
