#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A unit beside one of another version.

The debug module can pretend to be older or newer (kmod/pretend.h). Guards that two versions
that have something in common replicate, in both directions, and count what they do not
understand; and that two that have not stay out of each other's way and say so.
"""
from ktap import DEBUG, case, check, main, say
from place import poll
from test_replication import insert, inserted, wait_equal

PRETEND = '/sys/module/nfha/parameters/pretend'
OLDER, NEWER, APART = 1, 2, 3


def start(lab, version):
    """The primary is what it is, the secondary of another version."""
    lab.fresh(start=False)
    lab.a.start()
    poll('a runs', lambda: lab.a.state() not in (None, 'Negotiation'), 30)
    lab.b.place.run(f'echo {version} >{PRETEND}')
    lab.b.start()
    poll('b runs', lambda: lab.b.state() not in (None, 'Negotiation'), 30)


def replicates(active, standby):
    made = insert(active)
    poll('they arrived', lambda: inserted(standby) >= len(made), 20)
    wait_equal(active, standby, 20)


def both_ways(lab, version):
    start(lab, version)
    active, standby = lab.wait_pair(40)
    replicates(active, standby)
    active.place.run('conntrack -F; conntrack -F -f ipv6; true')
    poll('all is gone', lambda: not inserted(standby), 20)
    standby.command('failover active')
    poll('roles changed', lambda: standby.state() == 'Active', 20)
    lab.wait_pair(40)
    replicates(standby, active)
    for unit in lab.units:
        stats = unit.status()['stats']
        check(not stats['rx_malformed'] and not stats['rx_wire_version'],
              f'{unit.name} refused frames: {stats}')


@case('an older one, that does not say which versions it takes', kernels=DEBUG)
def older(lab):
    both_ways(lab, OLDER)
    for unit in lab.units:
        check(not unit.status()['stats']['rx_unknown_record'], 'nothing unknown was sent')


@case('a newer one: unknown records and attributes are skipped and counted', kernels=DEBUG)
def newer(lab):
    both_ways(lab, NEWER)
    stats = lab.a.status()['stats']
    say(f'records {stats["rx_unknown_record"]}, attributes {stats["rx_unknown_attribute"]}')
    check(stats['rx_unknown_record'] > 0, 'no unknown record came')
    check(stats['rx_unknown_attribute'] > 0, 'no unknown attribute came')


@case('one with no version in common is refused, and that is counted', kernels=DEBUG)
def apart(lab):
    start(lab, APART)
    for unit in lab.units:
        poll(f'{unit.name} counts', lambda u=unit: u.status()['stats']['rx_wire_version'] >= 10, 20)
        check(not unit.status()['link']['peer_seen'], f'{unit.name} has a session')
    check(lab.active() is lab.a, 'the state link is not what decides who is active')


if __name__ == '__main__':
    main()
