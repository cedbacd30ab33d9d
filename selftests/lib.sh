# SPDX-License-Identifier: GPL-2.0-or-later
# Shell side of the tests: a count of what passed, failed and was skipped, in KTAP's words.
# Sourced by check.sh, demo.sh and run.sh.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/.." && pwd)
cache=${NFHA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nfha}
export NFHA_BUILD=${NFHA_BUILD:-$cache/build}
export NFHA_RESULTS=${NFHA_RESULTS:-$here/results}
passed=0 failed=0 skipped=0
failures=

say() { printf '# %s\n' "$*"; }
pass() { passed=$((passed + 1)); echo "ok - $*"; }
fail() { failed=$((failed + 1)); failures+="not ok - $*"$'\n'; echo "not ok - $*"; }
skip() { skipped=$((skipped + 1)); echo "ok - $1 # SKIP $2"; }

# step NAME COMMAND...: one result; the output is shown only if it failed. Exit 4 is a skip.
step() {
	local name=$1 log start=$SECONDS rc=0
	shift
	mkdir -p "$NFHA_RESULTS"
	log=$NFHA_RESULTS/$(tr -c 'A-Za-z0-9.\n' - <<<"$name").log
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	case $rc in
	0) pass "$name # $((SECONDS - start)) s" ;;
	4) skip "$name" "$(tail -1 "$log")" ;;
	*) sed 's/^/# /' "$log" | tail -60; fail "$name" ;;
	esac
	return $rc
}

# run_cases LAB TEST [WORD...]: runs a test program's cases; its report and exit status stay
# in files for count_cases.
run_cases() {
	local lab=$1 test=$2 log
	log=$(case_log "$@")
	shift 2
	mkdir -p "$NFHA_RESULTS"
	"$here/$test.py" "$lab" "$@" 2>&1 </dev/null | tee "$log"
	echo "${PIPESTATUS[0]}" >"$log.rc"
}

case_log() { # LAB TEST [WORD...]
	echo "$NFHA_RESULTS/$(tr -c 'A-Za-z0-9.\n' - <<<"$2 $1${3:+ ${*:3}}").ktap"
}

# count_cases LAB TEST [WORD...]: adds the results of run_cases.
count_cases() {
	local log rc ok bad skips
	log=$(case_log "$@")
	rc=$(cat "$log.rc" 2>/dev/null)
	ok=$(grep -c '^ok ' "$log"); bad=$(grep -c '^not ok ' "$log")
	skips=$(grep -c '^ok .*# SKIP' "$log")
	passed=$((passed + ok - skips)); failed=$((failed + bad)); skipped=$((skipped + skips))
	[ "$bad" = 0 ] || failures+=$(grep '^not ok ' "$log")$'\n'
	# Ended without having said so: a crash of the test program is a failure, too.
	case $rc in
	0|4) ;;
	*) [ "$bad" -gt 0 ] || fail "$2 $1 ended with ${rc:-nothing}" ;;
	esac
}

cases() { # LAB TEST [WORD...]
	run_cases "$@"
	count_cases "$@"
}

# What failed once more, at the end of a long report.
totals() {
	[ -z "$failures" ] || sed 's/^/# /' <<<"${failures%$'\n'}"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# install PACKAGE...: Debian packages, only those that are not there.
install_packages() {
	local missing=() package
	for package; do
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
			missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	say "installing ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	{ apt-get -qq update && apt-get -qq -y --no-install-recommends install "${missing[@]}"; } \
		>/tmp/nfha-apt.$$ 2>&1 || { cat /tmp/nfha-apt.$$; rm -f /tmp/nfha-apt.$$; return 1; }
	rm -f /tmp/nfha-apt.$$
}

BUILD_PACKAGES=(gcc libc6-dev make bc bison flex libelf-dev libssl-dev libmnl-dev libcap-dev libsystemd-dev
	libjson-c-dev pkg-config linux-source-6.1 kmod cpio rsync xz-utils python3 perl)
CHECK_PACKAGES=(sparse mandoc dkms iperf3)
LAB_PACKAGES=(iproute2 nftables iptables conntrack conntrackd tcpdump iputils-ping iputils-arping
	ethtool procps psmisc socat netcat-openbsd busybox-static vsftpd sip-tester)

# The newest 6.12 kernel of Debian 12's security suite for a flavour: "cloud-amd64", "amd64".
newest_612() { # PREFIX FLAVOUR
	apt-cache search --names-only "^$1-6\\.12\\.[0-9]+\\+deb12-$2\$" | cut -d' ' -f1 | sort -V | tail -1
}

# prepare_uml NAME: packages, kernel and product for a User-mode Linux pair, or exit.
prepare_uml() {
	local log=$NFHA_RESULTS/$1-build.log
	[ "$(id -u)" = 0 ] || { echo "$1.sh: needs root" >&2; exit 1; }
	mkdir -p "$NFHA_RESULTS"
	install_packages "${BUILD_PACKAGES[@]}" "${LAB_PACKAGES[@]}" || exit 1
	"$here/kernel.sh" --path uml >/dev/null || say "building the test kernel (once, some minutes) ..."
	"$here/kernel.sh" uml >/dev/null || exit 1
	say "building nfha ..."
	"$here/build.sh" uml >"$log" 2>&1 || { cat "$log"; exit 1; }
}
