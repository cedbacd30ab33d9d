#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sabotage.sh [NAME]: shows that the tests can fail. Builds copies of the product with one
# thing broken each and expects the test that guards it to fail. Without a name: all of them.
set -u
. "$(dirname "$0")/lib.sh"

# NAME | FILE | sed script | LAB | TEST | words of the case
sabotages() {
	sed '/^#/d; /^$/d' "$here/sabotage.list"
}

try() {
	IFS='|' read -r name file script lab test words <<<"$1"
	local tree=$cache/sabotage/$name
	rm -rf "$tree"
	mkdir -p "$tree/tree"
	cp -a "$top"/{kmod,uapi,userspace,Kbuild,Makefile} "$tree/tree/"
	sed -i -e "$script" "$tree/tree/$file"
	if cmp -s "$top/$file" "$tree/tree/$file"; then
		fail "$name: the edit no longer applies to $file"
		return
	fi
	if ! NFHA_TREE=$tree/tree NFHA_BUILD=$tree/build "$here/build.sh" "${lab#*:}" \
			>"$tree/build.log" 2>&1; then
		tail -20 "$tree/build.log"
		fail "$name: does not build"
		return
	fi
	NFHA_BUILD=$tree/build NFHA_RESULTS=$tree/results NFHA_TRIALS=3 NFHA_CYCLES=10 \
		timeout 900 "$here/$test.py" "$lab" ${words:+"$words"} >"$tree/ktap" 2>&1 </dev/null
	if grep -q '^not ok' "$tree/ktap"; then
		pass "$name: $test fails as it should"
		rm -rf "$tree"
	else
		tail -20 "$tree/ktap"
		fail "$name: $test passed with broken code"
	fi
}

while IFS= read -r line; do
	[ $# = 0 ] || [ "${line%%|*}" = "$1" ] || continue
	try "$line"
done < <(sabotages)
totals
