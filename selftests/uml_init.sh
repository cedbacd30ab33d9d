#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PID 1 of a User-mode Linux guest: the host's / read-only with a tmpfs over it, then the agent.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
here=$(cd "$(dirname "$0")" && pwd)

mount -t tmpfs tmpfs /mnt
mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root
mount --bind / /mnt/lower
root=/mnt/root
mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work overlay $root || {
	echo "guest: no overlay"; exec sleep 1000; }
mount -t proc proc $root/proc
mount -t sysfs sysfs $root/sys
mount -t debugfs debugfs $root/sys/kernel/debug
mount -t devtmpfs devtmpfs $root/dev
mkdir -p $root/dev/pts $root/dev/shm
mount -t devpts devpts $root/dev/pts
mount -t tmpfs tmpfs $root/dev/shm
mount -t tmpfs tmpfs $root/run
ln -s /proc/self/fd $root/dev/fd
mkdir -p $root/run/lock $root/run/netns $root/run/test

value() { local v=" $(cat $root/proc/cmdline) "; v=${v#* "$1"=}; echo "${v%% *}"; }
ln -s "$(value guest.programs)" $root/nfha
# The test kernel's modules in the place where modprobe and the kernel look.
ln -s "$(value guest.modules)/lib/modules/$(uname -r)" "$root/lib/modules/$(uname -r)"
hostname "$(value guest.name)"
# Its scheduler's clock is the timer's tick, 10 ms: a real-time task that happens to run whenever it
# ticks seems to run all the time, and would be kept from the processor until the second is over.
echo -1 >$root/proc/sys/kernel/sched_rt_runtime_us

exec chroot $root /bin/bash "$here/agent.sh" /dev/ttyS0
