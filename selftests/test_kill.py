#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Power loss of the active unit: established connections go on.

Guards replication, injection, widened windows, the takeover of addresses and MACs and their
announcement. Tracking is strict (be_liberal=0, tcp_loose=0, invalid dropped) and the survivor
accepts no new connection, so that only the replicated state can carry a flow.
NFHA_TRIALS: how many kills in the first case.
"""
import os
import time

from flows import (Flow, bytes_for, check_closed, finish, start_mix, wait_middle,
                   wait_replicated)
from ktap import case, check, main, say
from lab import PORT
from place import poll

TRIALS = {('pair', 'uml'): 20, ('pair', '6.1'): 3, ('pair', '6.12'): 3, ('ns', 'umldbg'): 2}
# Many trials, so no longer a hold time than a busy machine needs.
FAST = {'pair': {'poll_ms': 100, 'hold_ms': 500}, 'ns': {}}


def trial(lab, active, standby, options):
    """One kill under the mix of flows; the killed unit is back before the slow ones end."""
    standby.close_new()
    flows = start_mix(lab, standby)
    check(active.state() == 'Active', f'{active.name} lost its role before it was killed')
    wait_middle(flows)
    active.kill()
    poll(f'{standby.name} takes over', lambda: standby.state() == 'Active', 10)
    for flow in flows:
        if flow.size:
            flow.finish()
    lab.revive(active)
    active.start(wait=False, **options)
    finish(flows)
    check_closed(lab)
    stalls = {f.name: f.result['stall_ms'] for f in flows}
    say(f'killed {active.name}; longest silence in ms: {stalls}')
    return stalls['download']


@case('download, upload, 10 kB/s and idle live through a kill')
def kill_mix(lab):
    kind = 'ns' if lab.a.place.netns else 'pair'
    count = int(os.environ.get('NFHA_TRIALS', 0)) or TRIALS.get((kind, lab.kernel_name), 3)
    active, standby = lab.fresh(**FAST[kind])
    stalls = []
    for number in range(1, count + 1):
        try:
            stalls.append(trial(lab, active, standby, FAST[kind]))
        except Exception:
            say(f'trial {number} of {count} failed')
            raise
        # It becomes standby, and is next to inherit.
        standby.rules()
        active, standby = lab.wait_pair()
    stalls.sort()
    say(f'{count} of {count}; interruption of the download in ms: median '
        f'{stalls[len(stalls) // 2]}, all {stalls}')


NAT_RULES = {
    'dnat': f'iifname "eth1" meta l4proto {{ tcp, udp }} th dport 8080 dnat ip to 10.0.1.2:{PORT}\n'
            f'iifname "eth1" tcp dport 8082 dnat ip to 10.0.1.2:{PORT}',
    'snat': 'oifname "eth0" meta l4proto tcp ct original proto-dst 8082 snat ip to 10.0.1.254',
}


@case('DNAT, DNAT with SNAT, IPv6 and UDP both ways live through a kill')
def kill_nat(lab):
    active, standby = lab.fresh()
    for unit in lab.units:
        unit.rules(**NAT_RULES)
    standby.close_new()
    size = bytes_for(lab) // 2
    rate = 50 if lab.debug else 200
    seconds = 10 if lab.kernel_name == 'uml' else 25
    udp = [Flow(lab, 'udp-out', f'udp 10.0.2.2 {PORT} {rate} {seconds}'),
           Flow(lab, 'udp-in', f'udp 10.0.2.254 8080 {rate} {seconds}', True),
           Flow(lab, 'udp-ipv6', f'udp fd00:2::2 {PORT} {rate} {seconds}')]
    wait_replicated(standby, 2, '-p udp')
    wait_replicated(standby, 1, '-f ipv6 -p udp')
    flows = [Flow(lab, 'dnat', f'get 10.0.2.254 8080 {size}', True, size),
             Flow(lab, 'dnat-snat', f'get 10.0.2.254 8082 {size}', True, size),
             Flow(lab, 'ipv6', f'get fd00:2::2 {PORT} {size}', False, size)] + udp
    wait_middle(flows)
    before = time.time()
    active.kill()
    finish(flows)
    for flow in flows:
        if flow.name.startswith('udp'):
            lost = flow.result['lost_up'] + flow.result['lost_down']
            check(lost < flow.result['sent'] / 2, f'{flow.name}: lost {lost} datagrams')
            # The stream goes on to its end, not only to the kill.
            check(flow.result['got'] > 0 and flow.result['seconds'] > time.time() - before - 60,
                  f'{flow.name} ended early')
    check_closed(lab)


EXTRA = {
    'inside': ' ip address 10.0.11.254/24 standby 10.0.11.253 secondary\n'
              ' ip address 10.0.1.252/24 standby 10.0.1.251 secondary\n'
              ' ipv6 address fe80::1/64 standby fe80::2\n',
    'outside': ' ip address 10.0.12.254/24 standby 10.0.12.253 secondary\n',
}


@case('secondaries, more subnets, policy routes and link-local routers live through a kill')
def kill_addresses(lab):
    # The client gets a second address in the second subnet, routed by rule and source.
    lab.client.run('ip addr replace 10.0.11.2/24 dev eth0; ip route replace 10.0.12.0/24 '
                   'via 10.0.11.254 src 10.0.11.2; '
                   'ip -6 route replace default via fe80::1 dev eth0')
    lab.server.run('ip addr replace 10.0.12.2/24 dev eth0; ip route replace 10.0.11.0/24 '
                   'via 10.0.12.254')
    try:
        addresses_trial(lab)
    finally:
        lab.client.run('ip -6 route replace default via fd00:1::fe; '
                       'ip addr del 10.0.11.2/24 dev eth0; true')
        lab.server.run('ip addr del 10.0.12.2/24 dev eth0; true')


def addresses_trial(lab):
    active, standby = lab.fresh(**EXTRA)
    own = {active: ('10.0.2.254', '10.0.1.254'), standby: ('10.0.2.253', '10.0.1.253')}
    for unit in lab.units:
        unit.place.run(f'ip route replace 10.99.0.0/16 via 10.0.2.2 src {own[unit][0]} table 100; '
                       f'ip route replace 10.98.0.0/16 via 10.0.12.2 table 100; '
                       'ip rule del from 10.0.11.0/24 table 100 2>/dev/null; '
                       'ip rule add from 10.0.11.0/24 table 100')
    standby.close_new()
    size = bytes_for(lab) // 2
    flows = [Flow(lab, 'second-subnet', f'get 10.0.12.2 {PORT} {size}', False, size),
             Flow(lab, 'link-local-router', f'get fd00:2::2 {PORT} {size}', False, size)]
    wait_middle(flows)
    active.kill()
    poll(f'{standby.name} takes over', lambda: standby.state() == 'Active', 10)
    finish(flows)
    addresses = standby.place.run('ip -br addr')
    for address in ('10.0.1.254/24', '10.0.1.252/24', '10.0.11.254/24', '10.0.12.254/24',
                    'fe80::1/64', 'fd00:1::fe/64'):
        check(address in addresses, f'{address} is missing after the takeover:\n{addresses}')
    for address in ('10.0.1.253', '10.0.1.251', '10.0.11.253', 'fe80::2/'):
        check(address not in addresses, f'{address} is still there after the takeover:\n{addresses}')
    primary = standby.place.run('ip -4 -o addr show dev eth0 primary')
    check('10.0.1.254/24' in primary, f'the active address is not the primary one:\n{primary}')
    routes = standby.place.run('ip route show table 100')
    check('10.99.0.0/16 via 10.0.2.2' in routes and 'src 10.0.2.254' in routes,
          f'the prefsrc route did not move along:\n{routes}')
    check('10.98.0.0/16 via 10.0.12.2' in routes, f'a route was lost:\n{routes}')
    check('10.0.11.0/24' in standby.place.run('ip rule'), 'a rule was lost')


if __name__ == '__main__':
    main()
