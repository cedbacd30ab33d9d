#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# agent.sh [DEVICE]: PID 1 of a test guest. Each line from the host is a bash script with its
# newlines and backslashes escaped; the answer is its output, then "\n\001RC <exit status>\n".
# A line "@NAME script" runs in that network namespace, in a shell kept there for the purpose.
# One fork a command and no exec: those are slow in an emulated machine.
#
# Descriptor 5 is the host, 6 a FIFO by which a namespace's shell says that it is done.

answer() {
	local script
	printf -v script %b "$1"
	(trap - INT TERM HUP; eval "$script") </dev/null >&5 2>&1 5>&- 6>&-
	printf '\n\001RC %d\n' $? >&5
}

if [ "${1:-}" = --namespace ]; then
	while read -r line; do
		answer "$line"
		echo >&6
	done
	exit
fi

trap '' INT TERM HUP
device=${1:-}
for _ in {1..200}; do
	[ -z "$device" ] || break
	for port in /sys/class/virtio-ports/*; do
		[ -e "$port/name" ] && read -r name <"$port/name" &&
			[ "$name" = guest.command ] && device=/dev/${port##*/}
	done
	[ -n "$device" ] || sleep 0.05
done
exec 5<>"$device"
if [ -t 5 ]; then stty raw -echo <&5; fi
mkdir -p /run/test
mkfifo /run/.done
exec 6<>/run/.done
ip link set lo up
echo "guest: ready" >/dev/console

declare -A shell
while :; do
	read -r -u 5 line || { sleep 0.05; continue; }
	case $line in
	'')			# guest.py pokes a line that may be stuck
		;;
	@*)
		name=${line%% *}
		name=${name#@}
		if [ -z "${shell[$name]:-}" ]; then
			mkfifo "/run/.shell-$name"
			ip netns exec "$name" bash "$0" --namespace <"/run/.shell-$name" &
			exec {fd}>"/run/.shell-$name"
			shell[$name]=$fd
		fi
		printf '%s\n' "${line#* }" >&"${shell[$name]}"
		read -r -u 6 _
		;;
	*)
		answer "$line"
		;;
	esac
done
