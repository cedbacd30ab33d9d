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
umask 077
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
	$key_lines
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
poll_ms=50 hold_ms=200 why= key_lines="failover key none"
ip netns add "$a" && ip netns add "$b" || exit 1
for i in 0 1 2 3; do
	ip -n "$a" link add eth$i type veth peer name eth$i netns "$b"
	ip -n "$a" link set eth$i up
	ip -n "$b" link set eth$i up
done
ip -n "$a" addr add 10.0.4.1/24 dev eth2
ip -n "$b" addr add 10.0.4.11/24 dev eth2
ip -n "$a" addr add 10.0.6.1/24 dev eth3
ip -n "$b" addr add 10.0.6.11/24 dev eth3

echo "KTAP version 1"
start a "$a" primary
start b "$b" secondary
poll is a Active; poll is b Standby; poll sees a Standby; poll sees b Active
measured() { "$nfha" -s "$dir/$1.sock" show failover -j | grep -q '"round_trip_us":[0-9]'; }
poll measured a; poll measured b
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

normal() { [ "$("$nfha" -s "$dir/$1.sock" show monitor-interface | grep -c '): Normal$')" = 4 ]; }
poll normal a; poll normal b
"$nfha" -s "$dir/a.sock" show failover history | grep -q "Negotiation  Active " || why="$why history;"
"$nfha" -s "$dir/a.sock" failover reset | grep -q "nothing to do: " || why="$why reset;"
result "all interfaces of both are Normal; history; nothing to reset"

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
link_lost() { "$nfha" -s "$dir/$1.sock" show failover | grep -Eq 'LAN Interface:.*\((down|failed)\)'; }
poll link_lost b
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

"$nfha" -s "$dir/b.sock" no failover active >/dev/null 2>&1
poll is a Active; poll is b Standby
kill -USR2 "${pid[a]}"
wait "${pid[a]}" || why="exit status $?;"
grep -q 'the other unit waits for the restart' "$dir/a.log" || why="$why not granted;"
"$nfha" -s "$dir/b.sock" show failover | grep -q 'restarts its helper: waiting for [0-9]* ms more' ||
	why="$why not shown;"
"$nfha" -s "$dir/b.sock" failover active >/dev/null 2>&1 && why="$why a command got between;"
# Five hold times: its gate would still be open, and the standby waits.
read -r -t 1 <>"$dir/never"
is b Standby && sees b Active || why="$why it took over;"
poll is b Active
result "the active helper restarts: the standby waits for as long as it agreed to, and no longer"

rm -f "$dir/a.sock"
start a "$a" primary
poll is a Standby; poll sees b Standby
"$nfha" -s "$dir/a.sock" failover active >/dev/null || why="refused;"
poll is a Active; poll is b Standby
kill -TERM "${pid[a]}"
wait "${pid[a]}" || why="$why exit status $?;"
poll is b Active; poll sees b "Not Detected"
result "the active helper is told to stop: the standby takes over"

kill -TERM "${pid[b]}"
wait "${pid[b]}" || why="exit status $?;"
"$nfha" -s "$dir/b.sock" show failover 2>/dev/null && why="$why it answers;"
result "the last one stops; the command says that nobody answers"

encryption() { "$nfha" -s "$dir/$1.sock" show failover 2>/dev/null | sed -n 's/^    Encryption: //p'; }
encrypted() { [[ $(encryption "$1") == "TLS 1.3 PSK, "*", key "* ]]; }
key_of() { local text; text=$(encryption "$1"); echo "${text##*key }"; }
same_key() { encrypted a && encrypted b && [ "$(key_of a)" = "$(key_of b)" ]; }
key_above() { same_key && [ "$(key_of a)" -gt "$1" ]; }
stop_both() {
	local unit
	for unit in a b; do { kill -9 "${pid[$unit]}"; wait "${pid[$unit]}"; rm -f "$dir/$unit.sock"; } 2>/dev/null; done
}

echo Correct.Horse.Battery >"$dir/key"
key_lines="failover link fover
failover key file $dir/key
failover key lifetime 1"
start a "$a" primary
start b "$b" secondary
poll is a Active; poll is b Standby; poll same_key
result "with a key: hellos are taken, both have the same key of the state link"

poll key_above 3
result "each second another key"

{ kill -9 "${pid[b]}"; wait "${pid[b]}"; rm -f "$dir/b.sock"; } 2>/dev/null
start b "$b" secondary
poll same_key
result "the secondary's helper is killed and comes back: another key"

{ kill -9 "${pid[a]}"; wait "${pid[a]}"; rm -f "$dir/a.sock"; } 2>/dev/null
start a "$a" primary
poll same_key
result "the primary's helper is killed and comes back: another key"

stop_both
both_links="$key_lines
failover lan backup more eth3
failover interface ip more 10.0.6.1/24 standby 10.0.6.11"
key_lines=$both_links start a "$a" primary
key_lines=$both_links start b "$b" secondary
poll is a Active; poll is b Standby; poll same_key
works() { "$nfha" -s "$dir/$1.sock" show failover | grep -q "^    Backup: more eth3 (up), round trip [0-9]"; }
poll works a; poll works b
ip -n "$a" link set eth2 down
poll grep -q 'no hellos on the failover link; its backup has them' "$dir/b.log"
poll key_above $(($(key_of a) + 2))
is a Active && is b Standby || why="$why roles moved;"
grep -q 'no hellos on the failover link (13-16)' <(tail -5 "$dir/b.log") && why="$why both links given up;"
ip -n "$a" link set eth2 up
poll grep -q 'hellos on the failover link again, too' "$dir/b.log"
result "two failover links, one is lost: hellos and keys go by the other, roles stay"

stop_both
# Each unit has a file of its own; the next key comes by SIGHUP.
for unit in a b; do echo Correct.Horse.Battery >"$dir/key.$unit"; done
key_lines="failover link fover
failover key file $dir/key.a"
start a "$a" primary
key_lines="failover link fover
failover key file $dir/key.b"
start b "$b" secondary
poll is a Active; poll is b Standby; poll same_key
change() { "$nfha" -s "$dir/$1.sock" show failover -j | sed -n 's/^ *"key_change":"\(.*\)",$/\1/p'; }
changes() { [ "$(change "$1")" = "$2" ]; }
said() { grep -c "$2" "$dir/$1.log"; }
reload() { echo "$2" >"$dir/key.$1"; kill -HUP "${pid[$1]}"; }
number=$(key_of a)
was_said=$(said a "not sealed with this")
reload b Another.Horse.Battery
poll changes b "waiting for the peer"; poll changes a "peer is waiting"
encryption b | grep -q "; another failover key waits for the peer$" || why="$why not shown;"
for _ in {1..20}; do is a Active && is b Standby && sees a Standby || why="$why roles;"; done
result "another key by SIGHUP: the one before serves until the other unit has it, too"

reload a Another.Horse.Battery
poll changes a none; poll changes b none
poll key_above $((number + 1))
is a Active && is b Standby || why="$why roles moved;"
[ "$(said a "the failover key was changed")$(said b "the failover key was changed")" = 11 ] || why="$why not logged;"
[ "$(said a "not sealed with this")" = "$was_said" ] || why="$why refused hellos;"
result "the key is changed, without anybody losing a role"

reload b Correct.Horse.Battery
poll changes b "waiting for the peer"
reload b Another.Horse.Battery
poll changes b none
reload b Correct.Horse.Battery; reload a Correct.Horse.Battery
poll eval '[ "$(said a "the failover key was changed")" = 2 ]'
poll eval '[ "$(said b "the failover key was changed")" = 2 ]'
result "another thought; both at once"

reload b Correct.Horse.Battery
poll grep -q "told to reload: nothing differs" "$dir/b.log"
sed -i s/holdtime.*/holdtime\ 1/ "$dir/b.conf"
reload b Another.Horse.Battery
poll grep -q "told to reload: more than the key differs" "$dir/b.log"
sed -i 's/^failover key.*/failover key none/;s/holdtime.*/holdtime msec '$hold_ms/ "$dir/b.conf"
reload b Another.Horse.Battery
poll grep -q "told to reload: from clear text to a key, and back" "$dir/b.log"
echo wrong >>"$dir/b.conf"
reload b Another.Horse.Battery
poll grep -q "told to reload: the configuration has mistakes" "$dir/b.log"
changes b none && is a Active && is b Standby || why="$why something was changed;"
result "what a running pair cannot take is refused, in words"

stop_both
key_lines="failover link fover
failover key file $dir/key
failover key lifetime 1"
start a "$a" primary
echo Wrong.Horse.Battery >"$dir/key"
start b "$b" secondary
for unit in a b; do
	poll eval '[ "$(encryption $unit)" = "key mismatch with the peer" ]'
	poll sees $unit "Not Detected"
done
grep -q "hello that is not sealed with this unit's key" "$dir/a.log" || why="$why nothing in the log;"
result "another key on one unit: both say so"

stop_both
echo Correct.Horse.Battery >"$dir/key"
start a "$a" primary
poll is a Active
ip -n "$a" addr add 10.0.1.254/24 dev eth0
echo Wrong.Horse.Battery >"$dir/key"
start b "$b" secondary
held() { "$nfha" -s "$dir/b.sock" show failover -j | grep -q '"active_address_answered":[1-9][0-9]'; }
poll held
is b Negotiation || why="$why it became active beside the other one;"
ip -n "$a" addr del 10.0.1.254/24 dev eth0
poll is b Active
result "another key, and the active address is answered: not active before that ends"

stop_both
key_lines="failover link fover
failover key none"
start a "$a" primary
poll eval '[ "$(encryption a)" = "none (failover key none)" ]'
key_lines="failover link fover
failover key hex 0123456789abcdef0123456789abcdef"
start b "$b" secondary
poll eval '[ "$(encryption a)" = "none (failover key none), key mismatch with the peer" ]'
result "a key on one unit alone: the other one says so"

if grep -e Horse -e 0123456789abcdef "$dir"/*.log; then why="a key in the log"; fi
result "no key in the log"

if grep -HE 'Sanitizer|runtime error' "$dir"/*.log; then why="sanitizer"; fi
result "no report of a sanitizer"
[ $failed = 0 ] || sed 's/^/# /' "$dir"/*.log
echo "1..$n"
echo "# Totals: pass:$((n - failed)) fail:$failed xfail:0 xpass:0 skip:0 error:0"
[ $failed = 0 ]
