#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# agent.sh [DEVICE]: PID 1 of a test guest. Each line from the host is a bash script with its
# newlines and backslashes escaped; the answer is its output, then "\n\001RC <exit status>\n".
# One fork a command and no exec: those are slow in an emulated machine.
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
ip link set lo up
echo "guest: ready" >/dev/console
while :; do
	read -r -u 5 line || { sleep 0.05; continue; }
	printf -v script %b "$line"
	(trap - INT TERM HUP; eval "$script") </dev/null >&5 2>&1 5>&-
	printf '\n\001RC %d\n' $? >&5
done
