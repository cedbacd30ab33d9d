#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Loading and unloading at every moment: no report, no leak, the host left as it was found.

Guards the exit paths: hooks, notifiers, pernet state, work items, sockets, side tables, the
conntrack event pointer and the private status bits. Meant for the debug kernel, where every
KASAN, lockdep or kmemleak report fails the case it happens in.
NFHA_CYCLES: how many loads and unloads in the first case.
"""
import os
import random
import re

from flows import Flow, finish, idle, wait_replicated
from ktap import case, check, main, say
from lab import PORT
from place import GuestPlace, generous, poll

CYCLES = {'umldbg': 100, 'smpdbg': 8, 'uml': 100, '6.1': 10, '6.12': 10}


# In the guest, without a word to the host between: every second load (on the slow debug kernel
# every fourth) with helpers, of which every other pair is killed and the rest stopped, at any
# moment of their start.
CYCLE = '''RANDOM={seed}
stop() {{
	kill $1 2>/dev/null
	for try in {{1..300}}; do [ -d /proc/$1 ] || return; sleep 0.05; done
	echo "helper $1 does not stop"; exit 1
}}
remove() {{	# a request of a helper holds the module while it lasts
	for try in {{1..400}}; do
		rmmod nfha 2>/run/cycles.why && return
		sleep 0.05
	done
	cat /run/cycles.why; exit 1
}}
for number in {{1..{count}}}; do
	insmod /nfha/nfha.ko {quick} || exit
	if [ $((number % {every})) = 0 ]; then
		{start}
		disown -a	# who is killed is no news
		for turn in {{1..{turns}}}; do sleep $((RANDOM % 12 / 10)).$((RANDOM % 10)); done
		if [ $((number / {every} % 2)) = 0 ]; then
			kill -9 $(cat /run/nfhad-?.pid)
		else
			for pid in $(cat /run/nfhad-?.pid); do stop $pid; done
		fi
	fi
	remove
	[ $((number % {every})) != 0 ] || kill -9 $(cat /run/nfhad-?.pid) 2>/dev/null
done
echo "$number loads and unloads in $SECONDS s"
'''


def snapshot(unit):
    """What nfha may touch and must put back: addresses, MACs, flags, routes, rules, sysctls."""
    text = unit.place.run(
        'for i in eth0 eth1 eth2 eth3; do ip -o link show $i; ip -o addr show $i; '
        'ip -o maddr show $i; done; ip route show table all; ip -6 route show table all; ip rule; '
        'nft -s list ruleset; sysctl -a 2>/dev/null | grep -E '
        '"^net\\.(ipv4|ipv6)\\.(conf|neigh)\\.|^net\\.netfilter|^net\\.ipv4\\.(ip_|tcp_)"', 60)
    keep = []
    for line in text.splitlines():
        # Counters, lifetimes and what the kernel counts by itself.
        if re.search(r'nf_conntrack_count|tcp_mem|nonlocal_bind_hits|users \d+', line):
            continue
        keep.append(re.sub(r'expires \S+|age \S+|valid_lft \S+|preferred_lft \S+|qlen \d+|'
                           r'@if\d+|state \w+', '', line).strip())
    return sorted(keep)


def compare(unit, before):
    after = snapshot(unit)
    gone = [line for line in before if line not in after]
    new = [line for line in after if line not in before]
    check(not gone and not new, f'{unit.name} is not as it was found:\nmissing: {gone[:12]}\n'
          f'added: {new[:12]}')


def remove_module(lab):
    """rmmod once a kernel; a helper that still runs must not hold it.

    A request of a helper holds the module while it lasts: then rmmod is refused, and asked again.
    """
    def removed(unit):
        return '/' not in unit.place.run('[ ! -e /sys/module/nfha ] || rmmod nfha 2>/dev/null; '
                                         'ls -d /sys/module/nfha 2>/dev/null', check=False)
    for unit in lab.units:
        poll(f'{unit.name}: the module is unloaded', lambda u=unit: removed(u), 20)


@case('loads and unloads under traffic')
def cycles(lab):
    count = int(os.environ.get('NFHA_CYCLES', 0)) or CYCLES[lab.kernel_name]
    lab.fresh(start=False)
    for unit in lab.units:              # traffic flows through a without nfha, too
        first = unit is lab.a
        last4, last6 = ('254', 'fe') if first else ('253', 'fd')
        unit.place.run(f'ip addr add 10.0.1.{last4}/24 dev eth0; ip addr add 10.0.2.{last4}/24 dev '
                       f'eth1; ip addr add fd00:1::{last6}/64 dev eth0 nodad; '
                       f'ip addr add fd00:2::{last6}/64 dev eth1 nodad')
    # All of it shares one processor: as much as leaves the loads and unloads some.
    churn = lab.traffic(lab.client, f'churn 10.0.2.2 {PORT} 3600 10')
    lab.traffic(lab.client, f'udp 10.0.2.2 {PORT} 10 3600')
    seed = random.randrange(1 << 30)
    say(f'{count} loads and unloads, seed {seed}')
    for unit in lab.units:
        unit.place.write(unit.config_path, unit.config())
    for guest in lab.guests:
        units = [unit for unit in lab.units if unit.guest is guest]
        guest.write('/run/cycles', CYCLE.format(
            seed=seed % 32768, count=count, turns=generous(1),
            every=4 if lab.kernel_name == 'umldbg' else 2,
            quick='fuzz_rounds=0' if lab.debug else '',     # see Unit.load()
            start='\n'.join(unit.start_script() for unit in units)))
    jobs = [GuestPlace(guest.name, guest).spawn('bash /run/cycles') for guest in lab.guests]
    for job in jobs:
        out, rc = job.wait(count * 60)
        check(not rc, f'loads and unloads end with {rc}: {out}')
        say(out.strip())
    check(churn.running(), 'the traffic stopped')
    lab.quiet()
    active, standby = lab.fresh()
    flow = idle(lab)
    wait_replicated(standby, 1)


@case('unload on a stopped pair leaves both hosts as they were')
def as_found(lab):
    lab.fresh(start=False)
    for unit in lab.units:              # loaded once before: nf_conntrack and friends stay
        unit.load()
    remove_module(lab)
    before = {unit: snapshot(unit) for unit in lab.units}
    for unit in lab.units:
        unit.start(wait=False)
    active, _ = lab.wait_pair()
    flow = Flow(lab, 'slow', f'slow 10.0.2.2 {PORT} 10000 1')
    flow.finish()
    check(not flow.judge(), 'no traffic through the pair')
    for unit in lab.units:
        changed = snapshot(unit)
        check(changed != before[unit], f'{unit.name}: the snapshot does not see nfha at work')
    for unit in (lab.other(active), active):
        unit.stop()
    remove_module(lab)
    for unit in lab.units:
        compare(unit, before[unit])


@case('unload with the helpers running leaves both hosts as they were')
def as_found_running(lab):
    lab.fresh(start=False)
    for unit in lab.units:
        unit.load()
    remove_module(lab)
    before = {unit: snapshot(unit) for unit in lab.units}
    for unit in lab.units:
        unit.start(wait=False)
    lab.wait_pair()
    remove_module(lab)
    for unit in lab.units:
        unit.reset()
        compare(unit, before[unit])


@case('connections seen before a reload are replicated after it')
def reload_replicates(lab):
    """Private status bits and the event pointer survive nothing: else these would be missed."""
    active, standby = lab.fresh()
    flow = idle(lab)
    wait_replicated(standby, 1)
    for unit in lab.units:
        unit.stop()
    remove_module(lab)
    standby.place.run('conntrack -F 2>/dev/null; true')
    # Same role for the same unit, or the connection would be on the wrong one.
    active.start()
    poll('active again', lambda: active.state() == 'Active', 15)
    standby.start()
    lab.wait_pair()
    wait_replicated(standby, 1)
    finish([flow])


def moments(lab, *delays):
    """All of them, or three of them in a run on the slow debug kernel."""
    return sorted(random.sample(delays, 3)) if lab.kernel_name == 'umldbg' else delays


@case('unload during the bulk walk')
def during_bulk(lab):
    count = 2000 if lab.debug else 20000
    for delay in moments(lab, 0.0, 0.1, 0.3, 0.6, 1.0):
        lab.fresh(start=False)
        lab.a.start()
        poll('a is active', lambda: lab.a.state() == 'Active', 15)
        lab.client.run(f'{lab.client.programs}/traffic spray 10.0.2.2 1000 {count}', 60)
        lab.b.start(wait=False)
        poll('the peer is seen', lambda: lab.a.status().get('other_host', {}).get('state')
             not in (None, 'Not Detected'), 15, 0.01)
        lab.machine_sleep(delay)
        remove_module(lab)


@case('unload while fenced')
def while_fenced(lab):
    active, standby = lab.fresh()
    active.signal_helper(19)
    poll('takeover', lambda: standby.state() == 'Active', 10)
    remove_module(lab)
    active.signal_helper(18)


@case('unload during a role change')
def during_role_change(lab):
    for delay in moments(lab, 0.0, 0.02, 0.05, 0.1, 0.2):
        _, standby = lab.fresh()
        standby.place.spawn(f'/nfha/nfha -s {standby.socket} failover active')
        lab.machine_sleep(delay)
        remove_module(lab)


@case('unload with a full dirty queue')
def full_queue(lab):
    active, _ = lab.fresh()
    lab.cut(active, 'state')            # nothing is acknowledged: all stays queued
    count = 4000 if lab.debug else 40000
    lab.traffic(lab.client, f'spray 10.0.2.2 1000 {count}')

    def queued():                       # until the peer is given up: then it is forgotten
        waiting = active.status().get('replication', {})
        return waiting.get('dirty', 0) + waiting.get('in_flight', 0) > 0
    poll('something is queued', queued, 20, 0.01)
    remove_module(lab)
    lab.mend(active, 'state')


def replace_inside(lab, unit):
    """The unit's inside interface goes away like a card that is pulled, and a new one comes."""
    lab.switch.run(f'ip link del {unit.name}-in')
    other = lab.other(unit)
    poll(f'{other.name} is the active unit', lambda: other.state() == 'Active', 20)
    lab.switch.run(f'ip link add {unit.name}-in type veth peer name eth0 address {unit.macs[0]} '
                   f'netns fw-{unit.name}; ip link set {unit.name}-in master br-in up')
    unit.place.run('ip link set eth0 up')
    lab.wait_pair()


@case('an interface in use goes away, and another one takes its name', kinds=('ns',))
def card_pulled(lab):
    active, standby = lab.fresh()
    flow = idle(lab)
    wait_replicated(standby, 1)
    replace_inside(lab, active)
    replace_inside(lab, active)         # the standby's, this time
    active.command('failover active')   # now through the new interface
    poll('active on the new interface', lambda: lab.wait_pair()[0] is active, 20)
    finish([flow])


@case('interfaces and namespaces that go away while in use')
def things_vanish(lab):
    active, standby = lab.fresh()
    lab.client.run(f'{lab.client.programs}/traffic spray 10.0.2.2 1000 200')
    # Renaming needs the interface down; the module has to let go or follow, not to crash.
    standby.place.run('ip link set eth0 down; ip link set eth0 name ethx; '
                      'ip link set ethx name eth0; ip link set eth0 up')
    check(active.state() == 'Active', f'the active unit became {active.state()}')
    if lab.b.place.netns:
        lab.b.reset()
        # The lab's own shell in it would keep the namespace.
        lab.machine.run('kill -9 $(ip netns pids fw-b); ip netns del fw-b', 60)
        poll('the namespace is gone with its interfaces',
             lambda: 'b-in' not in lab.switch.run('ip -br link'), 60)
        check(lab.a.state() is not None, 'the other unit no longer answers')
        lab.rebuild = True


if __name__ == '__main__':
    main()
