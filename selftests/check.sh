#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh: everything. What "make check" runs; needs root on Debian 12.
#
# Installs what it needs, builds the test kernels (cached), checks the sources, runs the unit
# tests, then the system tests in each kind of lab. The last line is
# "N passed, N failed, N skipped"; exit 1 if anything failed.
set -u
. "$(dirname "$0")/lib.sh"
. "$here/checks.sh"

[ "$(id -u)" = 0 ] || { echo "check.sh: needs root" >&2; exit 1; }
rm -rf "$NFHA_RESULTS"
mkdir -p "$NFHA_RESULTS"
started=$SECONDS
progress() { say "$((SECONDS - started)) s: $*"; }

packages() {
	install_packages "${BUILD_PACKAGES[@]}" "${LAB_PACKAGES[@]}" "${CHECK_PACKAGES[@]}" qemu-system-x86 \
		linux-image-cloud-amd64 linux-headers-cloud-amd64 linux-headers-amd64 || return 1
	local name wanted=()
	for name in "linux-image cloud-amd64" "linux-headers cloud-amd64"; do
		# shellcheck disable=SC2086
		name=$(newest_612 $name)
		[ -n "$name" ] || { echo "no 6.12 kernel in the package lists"; return 1; }
		wanted+=("$name")
	done
	install_packages "${wanted[@]}"
}

progress "packages"
step "packages" packages || { totals; exit 1; }

# The test kernels build while the sources are checked.
"$here/kernel.sh" uml >"$NFHA_RESULTS/kernel-uml.log" 2>&1 &
uml=$!
progress "sources and packaging"
step "one version in uapi and dkms.conf" one_version
step "manual pages" manual_pages
step "what breaks the code on purpose still applies to it" "$here/sabotage.sh" -n
step "userspace and unit tests without a warning" userspace_without_warnings
step "100,000 random schedules of the election" random_schedules
step "module for Debian 6.1 without a warning (W=1, sparse)" module_without_warnings 6.1
step "module for Debian 6.12 without a warning (W=1, sparse)" module_without_warnings 6.12
step "make install into an empty root" installs
step "DKMS adds, builds, installs and removes the module for 6.1" dkms_builds 6.1
progress "test kernels, and the product for each kernel"
wait "$uml"
step "kernel uml" "$here/kernel.sh" uml
step "kernel umldbg" "$here/kernel.sh" umldbg
step "kernel coding style (checkpatch)" style
step "product for uml, umldbg, 6.1 and 6.12" "$here/build.sh" uml umldbg 6.1 6.12

# Pairs of machines, one test after the other, and beside them what fits into one guest with one
# processor; when the pairs are through, both processors work on what is left of that.
pairs=(
	"pair:uml test_kill"
	"pair:uml test_neighbours"
	"pair:uml test_switchover"
	"pair:uml test_fence"
	"pair:uml test_boot"
	"pair:uml test_rows"
	"pair:uml test_keys"
	"pair:uml test_health"
	"pair:uml test_admin helper"
	"pair:uml test_replication full"
	# Stock kernels; the newer one with two processors.
	"pair:6.1 test_kill"
	"pair:6.1 test_keys kill"
	"pair:6.1 test_switchover"
	"pair:6.1 test_fence"
	"pair:6.12 test_kill"
	"pair:6.12 test_switchover"
)
# Without and with KASAN, lockdep and kmemleak; what takes longest first. With one slow
# processor for all, transfers are over before most faults hit them: the other cases of the
# kill, and switchovers, run on the pairs.
one_guest=(
	"ns:umldbg test_unload"
	"ns:uml test_unload loads"
	"ns:umldbg test_boot"
	"ns:umldbg test_admin"
	"ns:umldbg test_fence"
	"ns:umldbg test_keys"
	"ns:uml test_converge"
	"ns:umldbg test_replication"
	"ns:umldbg test_kill upload"
	"ns:umldbg test_version"
	"ns:umldbg test_replay"
	"ns:uml test_replay"
	"ns:umldbg test_neighbours"
	"ns:umldbg test_converge memory"
	"ns:umldbg test_helpers mid-call"
	"ns:umldbg test_netlink"
	"ns:uml test_kernel_selftests"
	"ns:umldbg test_conntrack"
	"ns:uml test_netlink"
	"ns:uml test_helpers"
	"ns:uml test_windows"
)
queue=$NFHA_RESULTS/queue

run_one() { # LAB TEST [WORD...]
	progress "${*:2} on $1"
	NFHA_CPUS=$([ "$1" = pair:6.12 ] && echo 2 || echo 1) run_cases "$@"
}

# The queue's first line, which is taken out of it; fails at its end.
next() {
	(
		flock 7
		head -1 "$queue" | grep . || exit
		sed -i 1d "$queue"
	) 7>"$queue.lock"
}

drain() {
	local line
	while line=$(next); do
		# shellcheck disable=SC2086
		run_one $line
	done
}

export NFHA_ACCEL
NFHA_ACCEL=$("$here/accel.py") && say "QEMU accelerator: $NFHA_ACCEL"
printf '%s\n' "${one_guest[@]}" >"$queue"
beside=$NFHA_RESULTS/one-guest.log
(renice -n 10 $BASHPID >/dev/null; drain) >"$beside" 2>&1 &
guest=$!
# An interrupted run leaves nobody behind.
trap 'pkill -P "$guest"; kill "$guest" 2>/dev/null' EXIT
# shellcheck disable=SC2086
for line in "${pairs[@]}"; do run_one $line; done
drain
wait "$guest"
trap - EXIT
cat "$beside"
# shellcheck disable=SC2086
for line in "${pairs[@]}" "${one_guest[@]}"; do count_cases $line; done
progress "done"
totals
