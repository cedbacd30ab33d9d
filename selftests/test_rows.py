#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Table 13-2 (13-8), row by row; two failover links; a split that heals.

A case has the words of its row, and those of its scenario in the simulator (unit_fsm.c,
unit_health.c, unit_lan.c). What other programs show of the same rows:

  active unit failed                test_kill, test_neighbours (connections, neighbours);
                                    test_fence (a hang: SIGSTOP of the helper, of the machine)
  formerly active unit recovers     test_boot "comes back", test_fence (after a hang)
  standby unit failed               here alone
  failover link, during operation   test_boot "cut in operation" (and a death meanwhile)
  failover link, at startup         here alone
  state link failed                 test_boot "cut and mended" (the standby catches up)
  interface, on the active unit     test_health (link, connection problem, two at once, policy)
  interface, on the standby unit    here alone

The cases take the pair as the one before left it: settled, and healed.
"""
from capture import claims_active
from flows import Flow, finish, idle, wait_replicated
from ktap import case, check, main, say
from lab import ENDS, NETS, PORT
from place import poll
from test_neighbours import port_of

LINES = 'failover polltime interface msec 500 holdtime 5\n'
BACKUP = ('failover lan backup more eth3\n'
          'failover interface ip more 10.0.5.1/24 standby 10.0.5.11\n')
# What must not happen would have happened by then: a link that fails counts at once, and hellos
# come every 200 ms.
LONG_ENOUGH = 1.5


def pair(lab):
    """(active, standby), settled; the pair of the case before, unless that broke it."""
    if not hasattr(lab, 'pair_runs'):
        lab.fresh(extra=LINES)
    lab.pair_runs = True
    return lab.wait_pair(30)


def comes(unit, state, limit=10):
    poll(f'{unit.name} is {state}', lambda: unit.state() == state, limit)


def is_like(unit, state):
    """Standby: ready or not."""
    return (unit.state() or '').startswith(state)


def stay(lab, states):
    """The units say so, and go on saying it."""
    for unit, state in states.items():
        poll(f'{unit.name} is {state}', lambda u=unit, s=state: is_like(u, s), 15)
    for _ in range(3):
        lab.machine_sleep(LONG_ENOUGH / 3)
        for unit, state in states.items():
            check(is_like(unit, state), f'{unit.name} became {unit.state()}, not {state}')


def peer_is(unit, state):
    poll(f'{unit.name} says that the other host is {state}',
         lambda: unit.status().get('other_host', {}).get('state') == state, 10)


def interface_is(unit, name, state):
    poll(f'{unit.name}: {name} is {state}',
         lambda: {i['name']: i['state'] for i in unit.status()['interfaces']}[name] == state, 10)


def lan_failed(unit, link='lan', failed=True):
    poll(f'{unit.name}: {link} has {"failed" if failed else "come back"}',
         lambda: unit.status().get(link, {}).get('failed') is failed, 10)


def marked_failed(unit):
    lan_failed(unit)
    check('Failover LAN Interface: fover eth2 (failed)' in unit.command('show failover'),
          f'{unit.name} does not mark it as failed')


@case('row: active unit failed; row: formerly active unit recovers')
def active_dies(lab):
    active, standby = pair(lab)
    active.kill()
    comes(standby, 'Active')
    peer_is(standby, 'Failed')
    lab.revive(active)
    active.start(wait=False, extra=LINES)
    got, _ = lab.wait_pair(30)
    check(got is standby, f'{got.name} is active after the other one recovered')


@case('row: standby unit failed')
def standby_dies(lab):
    active, standby = pair(lab)
    standby.kill()
    peer_is(active, 'Failed')
    # "even if the interface failure threshold is surpassed"
    active.place.run('ip link set eth0 down')
    interface_is(active, 'inside', 'Link Down')
    stay(lab, {active: 'Active'})
    active.place.run('ip link set eth0 up')
    lab.revive(standby)
    standby.start(wait=False, extra=LINES)
    got, _ = lab.wait_pair(30)
    check(got is active, 'the role moved')


@case('row: failover link failed during operation')
def link_fails(lab):
    active, standby = pair(lab)
    lab.cut(active, 'fover')
    for unit in lab.units:
        marked_failed(unit)
    # "the unit cannot fail over to the standby unit while the failover link is down"
    active.place.run('ip link set eth0 down')
    interface_is(active, 'inside', 'Link Down')
    stay(lab, {active: 'Active', standby: 'Standby'})
    active.place.run('ip link set eth0 up')
    interface_is(active, 'inside', 'Normal')
    lab.mend(active, 'fover')
    for unit in lab.units:
        lan_failed(unit, failed=False)


@case('row: stateful failover link failed')
def state_link_fails(lab):
    active, standby = pair(lab)
    lab.cut(active, 'state')
    for unit in lab.units:
        poll(f'{unit.name} shows it', lambda u=unit: 'Link : state eth3 (failed)'
             in u.command('show failover'), 10)
    check(active.state() == 'Active', f'{active.name} became {active.state()}')
    check(is_like(standby, 'Standby'), f'{standby.name} became {standby.state()}')
    lab.mend(active, 'state')
    got, _ = lab.wait_pair()
    check(got is active, 'the role moved')


@case('row: interface failure on standby unit above threshold')
def link_of_standby(lab):
    active, standby = pair(lab)
    standby.place.run('ip link set eth0 down')
    comes(standby, 'Failed')
    peer_is(active, 'Failed')
    # "even if the interface failure threshold is surpassed"
    active.place.run('ip link set eth1 down')
    interface_is(active, 'outside', 'Link Down')
    stay(lab, {active: 'Active', standby: 'Failed'})
    active.place.run('ip link set eth1 up')
    standby.place.run('ip link set eth0 up')
    got, _ = lab.wait_pair()
    check(got is active, 'the role moved')


@case('row: interface failure on active unit above threshold')
def link_of_active(lab):
    active, standby = pair(lab)
    active.place.run('ip link set eth0 down')
    comes(standby, 'Active')
    comes(active, 'Failed')
    peer_is(standby, 'Failed')
    active.place.run('ip link set eth0 up')
    got, _ = lab.wait_pair()
    check(got is standby, 'the role moved back by itself')


def split(lab, unit):
    """All that reaches a unit, but no cable of it, to bridges of its own."""
    lab.switch.run('; '.join(
        f'ip link add apart-{net} type bridge stp_state 0 forward_delay 0 mcast_snooping 0; '
        f'ip link set apart-{net} up; ip link set {unit.name}-{net} master apart-{net}'
        for net in NETS))


def move_ends(lab, bridge):
    """Client and server to the other unit; their neighbours' entries stay."""
    lab.switch.run('; '.join(f'ip link set {end} master {bridge}-{net}'
                             for end, (net, *_) in ENDS.items()))


def heal(lab, unit):
    lab.switch.run('; '.join(f'ip link set {unit.name}-{net} master br-{net}; '
                             f'ip link del apart-{net}' for net in NETS))
    move_ends(lab, 'br')


def announced(frames, unit, macs):
    """The nets on which it announced its active addresses."""
    return {f.net for f in frames if f.unit == unit.name and claims_active(f, macs)
            and f.arp_src and f.arp_src == f.arp_dst}


def entries_of(lab):
    return {end: getattr(lab, end).run(f'ip neigh show {gateway} dev eth0').split()[2]
            for end, (_, _, _, gateway, _) in ENDS.items()}


def left_behind(unit):
    """Connections of the spray."""
    return sum('dport=200' in line for line in unit.entries('-p udp'))


@case('a split with connections on both sides heals: the higher term stays')
def split_and_heal(lab):
    active, standby = pair(lab)
    macs = lab.active_macs
    before = Flow(lab, 'idle-before', f'idle 10.0.2.2 {PORT}')
    wait_replicated(standby, 1)
    entries = entries_of(lab)
    split(lab, standby)
    comes(standby, 'Active')
    check(active.state() == 'Active', f'{active.name} became {active.state()}')
    # Ends that speak to the one, then to the other.
    lab.client.run(f'{lab.client.programs}/traffic spray 10.0.2.2 20000 20')
    poll('connections of the one side', lambda: left_behind(active) == 20, 10)
    move_ends(lab, 'apart')
    after = idle(lab, 'idle-after')
    check(not left_behind(standby), f'{standby.name} has them, too')
    terms = {u.name: u.status()["term"] for u in lab.units}
    check(terms[standby.name] > terms[active.name], f'terms: {terms}')
    capture = lab.capture(expression='"(arp or icmp6)"')
    heal(lab, standby)
    got, loser = lab.wait_pair(30)
    check(got is standby, f'{got.name} is active; terms were {terms}')
    poll('both nets are told', lambda: announced(capture.so_far(), standby, macs) ==
         {'in', 'out'}, 10)
    for net in ('in', 'out'):
        check(port_of(lab, net, macs[net]) == f'{standby.name}-{net}',
              f'{macs[net]} is at {port_of(lab, net, macs[net])}')
    check(entries_of(lab) == entries, f'entries were {entries}, are {entries_of(lab)}')
    # The loser's state is the winner's: what only it had is gone, the other side's is there.
    poll(f'{loser.name} forgets what only it had', lambda: not left_behind(loser), 10)
    wait_replicated(loser, 2)
    finish([before, after])
    say(f'terms at the split: {terms}')


@case('row: failover link failed at startup')
def boot_links_down(lab):
    lab.fresh(start=False)
    lab.pair_runs = True
    # As written: no path at all. Both become active.
    split(lab, lab.b)
    for unit in lab.units:
        unit.start(wait=False, extra=LINES)
    for unit in lab.units:
        comes(unit, 'Active', 15)
        peer_is(unit, 'Not Detected')
        marked_failed(unit)
    heal(lab, lab.b)
    # Neither has taken over from the other: equal terms, the primary stays.
    got, _ = lab.wait_pair(30)
    check(got is lab.a, f'{got.name} stayed active at equal terms')
    for unit in lab.units:
        lan_failed(unit, failed=False)
    # The deviation: a data interface tells of an active peer.
    lab.b.stop()
    lab.cut(lab.b, 'fover')
    lab.b.start_helper()
    stay(lab, {lab.a: 'Active', lab.b: 'Standby'})
    for unit in lab.units:
        marked_failed(unit)
    lab.mend(lab.b, 'fover')


@case('second failover link: one of both, both, one again')
def backup_link(lab):
    active, standby = lab.fresh(state='fover', extra=LINES + BACKUP)
    lab.cut(active, 'fover')
    for unit in lab.units:
        lan_failed(unit)
        check(not unit.status()['lan_backup']['failed'], f'{unit.name}: the backup failed, too')
    # Nothing else happens: an interface above the threshold moves the role.
    stay(lab, {active: 'Active', standby: 'Standby'})
    lab.cut(active, 'state')
    for unit in lab.units:
        lan_failed(unit, 'lan_backup')
    active.place.run('ip link set eth0 down')
    interface_is(active, 'inside', 'Link Down')
    stay(lab, {active: 'Active'})
    # The second one alone again, and with it what a failover link is for.
    lab.mend(active, 'state')
    comes(standby, 'Active')
    comes(active, 'Failed')
    active.place.run('ip link set eth0 up')
    for unit in lab.units:
        lan_failed(unit, 'lan_backup', False)
        lan_failed(unit)
    lab.mend(active, 'fover')
    got, _ = lab.wait_pair()
    check(got is standby, 'the role moved back by itself')


if __name__ == '__main__':
    main()
