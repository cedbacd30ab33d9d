#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pair_mock.sh NFHAD NFHA - two real helpers in two network namespaces, without the
# module (mock_genl.c): threads, sockets, election, command. Needs root.
set -u
nfhad=$(realpath "$1") nfha=$(realpath "$2")
n=0 failed=0 pids=()

if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null; then
	echo "1..0 # SKIP needs root and network namespaces"
	exit 4
fi
dir=$(mktemp -d)
a=nfha-mock-a-$$ b=nfha-mock-b-$$

cleanup() {
	local p
	for p in "${pids[@]}"; do kill -9 "$p" 2>/dev/null; done
	wait 2>/dev/null
	ip netns del "$a" 2>/dev/null
	ip netns del "$b" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

result() {	# text
	n=$((n + 1))
	if [ -z "$why" ]; then
		echo "ok $n $1"
	else
		echo "not ok $n $1"
		echo "# $why"
		failed=$((failed + 1))
	fi
	why=
}

# Waits until a command succeeds, 10 s at most.
poll() {
	local end=$((SECONDS + 10))
	until "$@"; do
		if [ $SECONDS -ge $end ]; then
			why="$why waited in vain: $*;"
			return 1
		fi
		read -r -t 0.05 <>"$dir/never" || true
	done
}

state() { "$nfha" -s "$dir/$1.sock" show failover 2>/dev/null | sed -n 's/^    This host: [A-Za-z]* - //p'; }
other() { "$nfha" -s "$dir/$1.sock" show failover 2>/dev/null | sed -n 's/^    Other host: [A-Za-z]* - //p'; }
is() { [ "$(state "$1")" = "$2" ]; }
sees() { [ "$(other "$1")" = "$2" ]; }

start() {	# unit namespace role
	cat >"$dir/$1.conf" <<-END
	failover lan unit $3
	failover lan interface fover eth2
	failover interface ip fover 10.0.4.1/24 standby 10.0.4.11
	failover key none
	failover polltime msec $poll_ms holdtime msec $hold_ms
	interface eth0
	 nameif inside
	 ip address 10.0.1.254/24 standby 10.0.1.253
	interface eth1
	 nameif outside
	 ip address 10.0.2.254/24 standby 10.0.2.253
	 no shutdown
	interface eth2
	 no shutdown
	failover
	END
	# No "ip netns exec": it would become the process to signal.
	nsenter --net="/run/netns/$2" "$nfhad" -c "$dir/$1.conf" -s "$dir/$1.sock" 2>>"$dir/$1.log" &
	pid[$1]=$!
	pids+=("$!")
	poll test -S "$dir/$1.sock"
}

mkfifo "$dir/never"
declare -A pid
poll_ms=50 hold_ms=200 why=
ip netns add "$a" && ip netns add "$b" || exit 1
for i in 0 1 2; do
	ip -n "$a" link add eth$i type veth peer name eth$i netns "$b"
	ip -n "$a" link set eth$i up
	ip -n "$b" link set eth$i up
done
ip -n "$a" addr add 10.0.4.1/24 dev eth2
ip -n "$b" addr add 10.0.4.11/24 dev eth2

echo "KTAP version 1"
start a "$a" primary
start b "$b" secondary
poll is a Active; poll is b Standby; poll sees a Standby; poll sees b Active
result "both start: the primary is active, the secondary standby"

[ "$("$nfha" -s "$dir/a.sock" failover active)" = "nfha: nothing to do: this unit is already active" ] || why="wrong words"
result "a command that has nothing to do says so"

"$nfha" -s "$dir/a.sock" show running-config failover >"$dir/again.conf" || why="refused;"
chmod 600 "$dir/again.conf"
nsenter --net="/run/netns/$a" "$nfhad" -t -c "$dir/again.conf" || why="$why not accepted again;"
"$nfha" -s "$dir/a.sock" show running-config all failover -j |
	grep -q 'failover interface-policy 1' || why="$why no defaults;"
result "show running-config failover is a configuration"

sed s/standby/standyb/ "$dir/a.conf" >"$dir/wrong.conf"
if nsenter --net="/run/netns/$a" "$nfhad" -c "$dir/wrong.conf" -s "$dir/wrong.sock" 2>"$dir/wrong"
then why="started;"; fi
grep -q 'nothing was applied' "$dir/wrong" && [ ! -e "$dir/wrong.sock" ] || why="$why wrong words;"
result "a wrong configuration: nothing is applied"

"$nfha" -s "$dir/b.sock" failover active >/dev/null || why="refused;"
poll is b Active; poll is a Standby
result "failover active"

"$nfha" -s "$dir/b.sock" no failover active >/dev/null || why="refused;"
poll is a Active; poll is b Standby
result "no failover active"

"$nfha" -s "$dir/a.sock" debug fover hello || why="refused;"
poll grep -q 'debug: hello by' "$dir/a.log"
"$nfha" -s "$dir/a.sock" no debug fover all || why="$why refused;"
"$nfha" -s "$dir/a.sock" debug fover helo 2>"$dir/wrong" && why="$why accepted;"
grep -q 'did you mean "hello"' "$dir/wrong" || why="$why $(cat "$dir/wrong");"
result "debug fover"

ip -n "$a" link set eth2 down
poll test "$("$nfha" -s "$dir/b.sock" show failover | grep -c '(down)')" = 0
poll sees b Active; is a Active && is b Standby || why="$why roles moved"
result "failover link down: the data interfaces carry the hellos"
ip -n "$a" link set eth2 up

{ kill -9 "${pid[a]}"; wait "${pid[a]}"; } 2>/dev/null
poll is b Active; poll sees b Failed
result "the active helper is killed: the standby takes over"

rm -f "$dir/a.sock"
start a "$a" primary
poll is a Standby; poll sees b Standby
result "it comes back as standby"

kill -STOP "${pid[b]}"
poll is a Active
kill -CONT "${pid[b]}"
poll is b Standby; poll is a Active
result "the active helper is stopped and goes on: it is standby"

kill -TERM "${pid[a]}"
wait "${pid[a]}" || why="exit status $?;"
poll is b Active; poll sees b "Not Detected"
result "the active helper is told to stop: the standby takes over"

kill -TERM "${pid[b]}"
wait "${pid[b]}" || why="exit status $?;"
"$nfha" -s "$dir/b.sock" show failover 2>/dev/null && why="$why it answers;"
result "the last one stops; the command says that nobody answers"

if grep -HE 'Sanitizer|runtime error' "$dir"/*.log; then why="sanitizer"; fi
result "no report of a sanitizer"
[ $failed = 0 ] || sed 's/^/# /' "$dir"/*.log
echo "1..$n"
echo "# Totals: pass:$((n - failed)) fail:$failed xfail:0 xpass:0 skip:0 error:0"
[ $failed = 0 ]
