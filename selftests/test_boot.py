#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is active after boots, joins, returns and cut links.

Guards the election (13-6), the bulk copy to a late joiner, the question on the data interfaces
before a takeover for silence, stateless failover without a state link, and a state link that
shares a data interface.
"""
import re
import time

from flows import Flow, check_closed, finish, idle, wait_replicated
from ktap import case, check, main
from lab import PORT
from place import poll


def shown(unit):
    """The roles that "show failover" names."""
    return set(re.findall(r'host: \w+ - (.*)', unit.command('show failover')))


@case('both start together: the primary becomes active')
def together(lab):
    active, standby = lab.fresh()
    check(active is lab.a, f'{active.name} is active, the primary should be')
    seen = active.status()['other_host']
    check(seen['unit'].lower() == 'secondary', f'the other host is {seen}')
    # The standby says so first, the active unit has to hear of it.
    poll('the active unit shows both roles',
         lambda: not {'Active', 'Standby Ready'} - shown(active), 10)


@case('one starts alone and serves, the other joins and gets the old connections')
def alone_then_joined(lab):
    lab.fresh(start=False)
    lab.b.start()
    poll('the secondary alone becomes active', lambda: lab.b.state() == 'Active', 15)
    flows = [Flow(lab, 'idle', f'idle 10.0.2.2 {PORT}'),
             Flow(lab, 'idle6', f'idle fd00:2::2 {PORT}')]
    for flow in flows:
        poll('the idle connection is up', lambda f=flow: 'idle' in f.job.output(), 20)
    lab.client.run(f'{lab.client.programs}/traffic spray 10.0.2.2 20000 500')
    before = len(lab.b.entries('-p udp'))
    check(before >= 400, f'only {before} entries on the active unit')
    lab.a.start()
    active, standby = lab.wait_pair()
    check(active is lab.b, 'the joiner took the active role')
    # Unreplied datagrams live for 30 s only, so allow for some that went meanwhile.
    poll('the joiner holds what was there before it',
         lambda: len(standby.entries('-p udp')) >= before * 0.9, 15)
    wait_replicated(standby, 1)
    wait_replicated(standby, 1, '-f ipv6 -p tcp')
    standby.close_new()
    active.kill()
    poll('the joiner takes over', lambda: standby.state() == 'Active', 10)
    finish(flows)
    check_closed(lab)


@case('the failed unit comes back as the standby')
def comes_back(lab):
    active, standby = lab.fresh()
    active.kill()
    poll('takeover', lambda: standby.state() == 'Active', 10)
    lab.revive(active)
    active.start()
    got, _ = lab.wait_pair()
    check(got is standby, f'{got.name} is active after the return')


def steady(lab, active, standby, seconds):
    """Roles must not change for a while; any look that finds them changed is the failure."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        check(active.state() == 'Active', f'{active.name} became {active.state()}')
        check((standby.state() or '').startswith('Standby'),
              f'{standby.name} became {standby.state()}')


@case('the failover link is cut in operation: roles stay')
def failover_link_cut(lab):
    active, standby = lab.fresh()
    flow = Flow(lab, 'slow', f'slow 10.0.2.2 {PORT} 10000 6')
    lab.cut(active, 'fover')
    try:
        steady(lab, active, standby, 5)
        finish([flow])
        # A cut failover link must not hide a real death: the data interfaces tell.
        active.kill()
        poll('takeover with the failover link cut', lambda: standby.state() == 'Active', 10)
    finally:
        if active.running():
            lab.mend(active, 'fover')


@case('the failover link comes back: roles stay and the pair is ready again')
def failover_link_mended(lab):
    active, standby = lab.fresh()
    lab.cut(active, 'fover')
    steady(lab, active, standby, 2.5)
    lab.mend(active, 'fover')
    steady(lab, active, standby, 2)
    got, _ = lab.wait_pair()
    check(got is active, 'the roles changed when the link came back')


@case('the state link is cut and mended: the standby catches up')
def state_link_cut(lab):
    active, standby = lab.fresh()
    lab.cut(active, 'state')
    flow = idle(lab)
    lab.mend(active, 'state')
    wait_replicated(standby, 1)
    lab.wait_pair()
    standby.close_new()
    active.kill()
    poll('takeover', lambda: standby.state() == 'Active', 10)
    finish([flow])


@case('the state link shares a data interface: replication, a switchover, a takeover')
def state_on_data(lab):
    active, standby = lab.fresh(state='inside', key='shared-with-inside')
    check('Link : inside eth0 (up)' in active.command('show failover'),
          active.command('show failover'))
    first = Flow(lab, 'idle', f'idle 10.0.2.2 {PORT}')
    wait_replicated(standby, 1)
    released = standby.status()['released_ns']
    standby.command('failover active')
    now, _ = lab.wait_pair()
    check(now is standby, f'{standby.name} did not take over')
    # In a handover both units have the active addresses: what goes between the modules must not
    # be theirs.
    check(standby.status()['released_ns'] > released, f'{standby.name} opened without RELEASED')
    second = Flow(lab, 'idle2', f'idle 10.0.2.2 {PORT}')
    wait_replicated(active, 2)
    active.close_new()
    standby.kill()
    poll('takeover', lambda: active.state() == 'Active', 10)
    finish([first, second])
    check_closed(lab)


@case('no state link: addresses move, connections are not replicated')
def stateless(lab):
    lab.fresh(start=False)
    for unit in lab.units:
        unit.start(wait=False, state=False)

    def settled():
        unit = lab.active()
        return unit if unit and lab.other(unit).state() == 'Standby' else None
    active = poll('one active, one standby', settled, 20)
    standby = lab.other(active)
    flow = idle(lab)
    time.sleep(1)                       # as long as replication would take many times over
    held = [e for e in standby.entries('-p tcp') if f'port={PORT}' in e]
    check(not held, f'connections were replicated without a state link: {held}')
    active.kill()
    poll('takeover', lambda: standby.state() == 'Active', 10)
    out = lab.client.run(f'{lab.client.programs}/traffic -t 10 get 10.0.2.2 {PORT} 100000')
    check('ok=1' in out, f'no traffic after a stateless takeover: {out}')


if __name__ == '__main__':
    main()
