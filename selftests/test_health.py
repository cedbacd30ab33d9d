#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Interfaces that fail: the unit with the better ones is active (13-16, 13-23).

Guards the link test, the network tests, the policy, the recovery, and that a connection goes on.
A link that goes down is "ip link set down" in the guest; a connection problem is a cable pulled
out of the switch, of which the guest's carrier knows nothing: only the tests find it.
"""
import time

from flows import Flow, wait_replicated
from ktap import case, check, main, say
from lab import PORT
from place import poll

IF_HOLD = 5
LINES = f'failover polltime interface msec 500 holdtime {IF_HOLD}\n'


def interfaces(unit):
    return {i['name']: i['state'] for i in unit.status().get('interfaces', [])}


def pair(lab, lines=LINES):
    """A settled pair with all interfaces Normal on both units, and a stream through it."""
    active, standby = lab.fresh(extra=lines)
    for unit in lab.units:
        poll(f'{unit.name}: all interfaces are Normal',
             lambda u=unit: set(interfaces(u).values()) == {'Normal'}, 10)
    stream = Flow(lab, 'udp', f'udp 10.0.2.2 {PORT} 200 {4 * IF_HOLD}')
    wait_replicated(standby, 1, '-p udp')
    return active, standby, stream


def wait_moved(active, standby, limit):
    start = time.monotonic()
    poll(f'{standby.name} is active', lambda: standby.state() == 'Active', limit, 0.02)
    took = time.monotonic() - start
    poll(f'{active.name} is Failed', lambda: active.state() == 'Failed', 5)
    return took


def judge(stream, limit_ms):
    stream.finish()
    check(not stream.rc, stream.out)
    gap = stream.result['stall_ms']
    say(f'interruption of a 200 packets/s stream: {gap} ms')
    check(gap <= limit_ms, f'interrupted for {gap} ms; at most {limit_ms}')


def recovers(lab, active, standby):
    """The failed unit is standby by itself, and nothing moves back."""
    poll(f'{active.name} is standby again',
         lambda: (active.state() or '').startswith('Standby'), 2 * IF_HOLD)
    check(standby.state() == 'Active', f'{standby.name} is {standby.state()}')
    history = standby.command('show failover history')
    check('too many interfaces of the other unit failed' in history, history)


@case('a link of the active unit goes down: the standby takes over at once, the link recovers')
def link_down(lab):
    active, standby, stream = pair(lab)
    active.place.run('ip link set eth0 down')
    took = wait_moved(active, standby, 5)
    check(interfaces(active)['inside'] == 'Link Down', interfaces(active))
    say(f'seen by command after {took * 1000:.0f} ms')
    active.place.run('ip link set eth0 up')
    recovers(lab, active, standby)
    judge(stream, 1000)


@case('a cable of the active unit is pulled out of the switch: the tests find it')
def cable(lab):
    active, standby, stream = pair(lab)
    lab.cut(active, 'in')
    poll(f'{active.name} tests', lambda: interfaces(active)['inside'] == 'Testing', IF_HOLD)
    took = wait_moved(active, standby, IF_HOLD)
    check(interfaces(active)['inside'] == 'Failed', interfaces(active))
    check(interfaces(standby)['inside'] == 'Normal', interfaces(standby))
    say(f'{took * 1000:.0f} ms from the first test to the takeover')
    lab.mend(active, 'in')
    recovers(lab, active, standby)
    # Table 13-7: never longer than the hold time of the interface.
    judge(stream, IF_HOLD * 1000 + 500)


@case('two links of the active unit go down within a second: one takeover')
def two_cuts(lab):
    active, standby, stream = pair(lab)
    active.place.run('ip link set eth0 down; sleep 0.3; ip link set eth1 down')
    wait_moved(active, standby, 5)
    judge(stream, 1000)
    check(standby.state() == 'Active', f'{standby.name} is {standby.state()}')
    moves = standby.command('show failover history').count(' Active ')
    check(moves == 1, f'{moves} transitions to Active on {standby.name}')
    check(set(interfaces(active).values()) == {'Link Down'}, interfaces(active))


@case('below the interface policy nothing moves')
def policy(lab):
    active, standby, stream = pair(lab, LINES + 'failover interface-policy 2\n')
    active.place.run('ip link set eth0 down')
    poll('the link is seen', lambda: interfaces(active)['inside'] == 'Link Down', 5)
    lab.machine_sleep(2)
    check(active.state() == 'Active', f'{active.name} is {active.state()}')
    check(standby.status()['hello']['takeovers'] == 0, f'{standby.name} took over')
    active.place.run('ip link set eth1 down')
    wait_moved(active, standby, 5)
    stream.finish()


if __name__ == '__main__':
    main()
