#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PID 1 of a QEMU guest, in an initramfs made of the host's files (initramfs.py).
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
mount="/bin/busybox mount"
$mount -t proc proc /proc
$mount -t sysfs sysfs /sys
$mount -t debugfs debugfs /sys/kernel/debug
$mount -t devtmpfs devtmpfs /dev
$mount -t tmpfs tmpfs /run
$mount -t tmpfs tmpfs /tmp
/bin/busybox mkdir -p /dev/pts /run/netns /run/lock /run/test
$mount -t devpts devpts /dev/pts
/bin/busybox ln -s /proc/self/fd /dev/fd
for module in $(/bin/busybox cat /modules.first); do modprobe -q "$module"; done
exec /bin/bash /agent.sh
