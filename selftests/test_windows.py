#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A replica's wide TCP window is narrow again soon after the takeover.

Guards nfha_inject_narrow(): while the unit was standby its copy of a connection's window is
far too wide, so that no packet is missed; once both sides spoke through the new active unit,
a segment far outside of the window is invalid again, and the connection itself goes on. And what
is sent of a connection in a flowtable, whose windows conntrack does not follow.
"""
import re

from flows import Flow, finish, wait_replicated
from ktap import case, check, main, say
from lab import PORT
from place import Skip, poll
from stray import strays

# Sixteen times what a replica may be behind before it is refreshed.
RUNNING = 1 << 30


def invalid(unit):
    text = unit.place.run('nft list chain inet fw forward')
    return int(re.search(r'ct state invalid counter packets (\d+)', text)[1])


def stray(lab):
    out, rc = strays(lab.client).wait(30)
    check(rc == 0, f'no stray segment: {out}')


@case('a segment out of the window is invalid again after the takeover')
def narrowed(lab):
    if not lab.client.run('command -v python3; true').strip():
        raise Skip('no python3 at the client')
    active, standby = lab.fresh()
    flow = Flow(lab, 'slow', f'slow 10.0.2.2 {PORT} 10000 40')
    wait_replicated(standby, 1)
    before = invalid(active)
    stray(lab)
    poll('the active unit itself refuses it', lambda: invalid(active) > before, 10)
    standby.close_new()
    active.kill()
    poll('takeover', lambda: standby.state() == 'Active', 10)
    poll('a window was narrowed',
         lambda: standby.status()['stats']['tcp_windows_narrowed'] > 0, 10)
    before = invalid(standby)
    stray(lab)
    poll('the new active unit refuses it, too', lambda: invalid(standby) > before, 10)
    finish([flow])
    say(f'invalid on the new active unit: {before} before, {invalid(standby)} after')
    check(flow.result['stall_ms'] < 15000, 'the connection stood still')


@case('the replica of a connection that runs is refreshed many times in a lap of the sweep')
def running(lab):
    active, standby = lab.fresh()
    lap = '/sys/module/nfha/parameters/sweep_lap_ms'
    before = active.place.run(f'cat {lap}; echo 600000 >{lap}')
    try:
        # For half a minute after a takeover each sweep is a lap.
        lab.machine_sleep(32)
        flow = Flow(lab, 'download', f'get 10.0.2.2 {PORT} {RUNNING}', size=RUNNING)
        wait_replicated(standby, 1)
        refreshed = active.status()['stats']['sweep_refreshed']
        finish([flow])
        refreshed = active.status()['stats']['sweep_refreshed'] - refreshed
        took = flow.result['seconds']
        say(f'refreshed {refreshed} times in {RUNNING >> 20} MiB, {took:.1f} s')
        # What was established lately is looked at every two seconds, what runs every quarter of
        # one; each 64 MiB make a refresh.
        check(refreshed > min(took / 2 + 2, 12), 'too rarely')
    finally:
        active.place.run(f'echo {before} >{lap}')


# Conntrack lets pass what is up to four times NFHA_TCP_SLACK ahead of a replica, and moves its
# window there: more has to pass conntrack by before the fault.
OFFLOADED = 2900 << 20
FLOWTABLE = '''table inet fast {
	flowtable fast { hook ingress priority 0; devices = { eth0, eth1 }; }
	chain forward {
		type filter hook forward priority filter + 10
		ip protocol tcp flow add @fast
	}
}'''


@case('a transfer that a flowtable forwards goes on after the takeover')
def offloaded(lab):
    active, standby = lab.fresh()
    try:
        flow = Flow(lab, 'download', f'get 10.0.2.2 {PORT} {OFFLOADED}', size=OFFLOADED)
        wait_replicated(standby, 1)
        # Not on the other one: there conntrack is to take what comes.
        active.place.run(f"nft -f - <<<'{FLOWTABLE}'")
        poll('it is in the flowtable', lambda: any(
            'OFFLOAD' in line and f'port={PORT}' in line for line in active.entries('-p tcp')), 20)
        poll('more than a window passed', lambda: flow.progress() > OFFLOADED * 3 // 4, 240)
        check(flow.job.running(), 'it was over before the fault')
        standby.close_new()
        active.kill()
        poll('takeover', lambda: standby.state() == 'Active', 10)
        finish([flow])
    finally:
        active.place.run('nft delete table inet fast; true')


if __name__ == '__main__':
    main()
