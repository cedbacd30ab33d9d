#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sabotage.sh [-n] [NAME...]: shows that the tests can fail. Builds copies of the product with one
# thing broken each and expects the test that guards it to fail. Without a name: all of
# sabotage.list. Takes about a minute each, and is not a part of "make check"; with -n it only
# looks whether each edit still changes its files, and that is.
set -u
. "$(dirname "$0")/lib.sh"

# Each script is applied to each of the files and has to change it. TREE: empty: nowhere.
break_tree() { # TREE FILES SCRIPT
	local file
	for file in $2; do
		! sed -e "$3" "$top/$file" | cmp -s "$top/$file" - || {
			echo "the edit no longer applies to $file"; return 1; }
		[ -z "$1" ] || sed -i -e "$3" "$1/$file"
	done
}

unit_tests() { # TREE
	make -s -C "$1/userspace" 2>&1 || { echo "does not build"; return 1; }
	make -s -C "$1/userspace" unit 2>&1 || echo "not ok unit tests"
}

system_test() { # FOLDER LAB TEST WORDS
	NFHA_TREE=$1/tree NFHA_BUILD=$1/build "$here/build.sh" "${2#*:}" >"$1/build.log" 2>&1 || {
		tail -20 "$1/build.log"; echo "does not build"; return 1; }
	NFHA_BUILD=$1/build NFHA_RESULTS=$1/results NFHA_TRIALS=2 NFHA_CYCLES=4 \
		timeout 900 "$here/$3.py" "$2" ${4:+"$4"} 2>&1
}

try() { # NAME|FILES|SCRIPT|LAB|TEST|WORDS; the script may hold a | as \x7c only
	local name files script lab test words
	IFS='|' read -r name files script lab test words <<<"$1"
	if [ "$look" ]; then
		if break_tree "" "$files" "$script"; then pass "$name"; else fail "$name"; fi
		return
	fi
	local folder=$cache/sabotage/$name
	rm -rf "$folder"
	mkdir -p "$folder/tree"
	cp -a "$top"/{kmod,uapi,userspace,selftests,Documentation,Kbuild,Makefile} "$folder/tree/"
	rm -rf "$folder/tree/selftests/results" "$folder/tree/userspace/build"
	break_tree "$folder/tree" "$files" "$script" || { fail "$name"; return; }
	if [ "$lab" = unit ]; then
		unit_tests "$folder/tree"
	else
		system_test "$folder" "$lab" "$test" "$words"
	fi >"$folder/ktap" </dev/null
	if grep -q '^not ok' "$folder/ktap"; then
		pass "$name: $lab $test fails as it should"
		grep -m1 -B3 '^not ok' "$folder/ktap" | sed 's/^#* */#   /' | cut -c1-160
		rm -rf "$folder"
	else
		tail -20 "$folder/ktap"
		fail "$name: $lab $test did not fail; kept: $folder"
	fi
}

look=
if [ "${1:-}" = -n ]; then look=1; shift; fi
while IFS= read -r line; do
	case $line in ''|'#'*) continue ;; esac
	[ $# = 0 ] || [[ " $* " == *" ${line%%|*} "* ]] || continue
	try "$line"
done <"$here/sabotage.list"
totals
