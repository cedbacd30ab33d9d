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

# Pairs of User-mode Linux machines: the fastest.
for test in test_kill test_neighbours test_switchover test_fence test_boot test_keys test_health; do
	progress "$test on a UML pair"
	cases pair:uml $test
done

# All in one guest: without and with KASAN, lockdep and kmemleak.
progress "loads and unloads, the kernel's own tests"
cases ns:uml test_unload "loads and unloads"
cases ns:uml test_kernel_selftests
# With KASAN and one processor for all, transfers are over before most faults hit them: the
# other cases of the kill, and switchovers, run on the pairs.
progress "kill on the debug kernel"
cases ns:umldbg test_kill "download, upload"
for test in test_neighbours test_fence test_boot test_keys test_admin test_unload test_conntrack test_replication test_version; do
	progress "$test on the debug kernel"
	cases ns:umldbg $test
done

# Pairs of QEMU machines: stock kernels; the newer one with two processors.
export NFHA_ACCEL
NFHA_ACCEL=$("$here/accel.py") && say "QEMU accelerator: $NFHA_ACCEL"
for pair in 6.1:test_kill 6.1:test_switchover 6.1:test_fence 6.12:test_kill; do
	kernel=${pair%%:*} test=${pair#*:}
	progress "$test on a pair of $kernel"
	NFHA_CPUS=$([ $kernel = 6.12 ] && echo 2 || echo 1) cases pair:$kernel $test
done
progress "done"
totals
