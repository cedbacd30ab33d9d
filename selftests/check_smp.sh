#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check_smp.sh: the module on two processors, every path of it preemptible.
#
# What "make check-smp" runs, for before a release and not for every change: a QEMU guest with a
# kernel that has KASAN, lockdep, PROVE_RCU, DEBUG_ATOMIC_SLEEP, debug objects and kmemleak
# (smp.config), and in it the system tests that work the module most. Under TCG, NFHA_ACCEL=kvm
# for another. The last line is "N passed, N failed, N skipped"; exit 1 if anything failed.
# "check_smp.sh TEST [WORD...]" runs only that test's cases whose name holds one of the words.
set -u
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || { echo "check_smp.sh: needs root" >&2; exit 1; }
mkdir -p "$NFHA_RESULTS"
started=$SECONDS

# Loads, teardown against traffic, timers and events first: there two processors differ from one.
tests=(
	"test_unload"
	"test_conntrack"
	"test_replication protocol tuple loses"
	"test_netlink"
	"test_converge memory"
	"test_keys each nearly"
	"test_neighbours knows"
	"test_boot together joins"
	"test_version newer"
)
[ $# = 0 ] || tests=("$*")

step "packages" install_packages "${BUILD_PACKAGES[@]}" "${LAB_PACKAGES[@]}" qemu-system-x86 ||
	{ totals; exit 1; }
step "kernel smpdbg" "$here/kernel.sh" smpdbg || { totals; exit 1; }
step "product for smpdbg" "$here/build.sh" smpdbg || { totals; exit 1; }
for line in "${tests[@]}"; do
	say "$((SECONDS - started)) s: $line"
	# shellcheck disable=SC2086
	cases ns:smpdbg $line
done
say "$((SECONDS - started)) s: done"
totals
