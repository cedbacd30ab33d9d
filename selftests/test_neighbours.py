#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the neighbours see of a takeover: nothing.

Guards the MAC swap and its announcement: the client's and the server's ARP and ND entries for
the active addresses keep their MAC, the standby's is another one, and the switch has learnt
the active MAC's new port before any host had to speak. And what the new active unit sees of
its neighbours: what the old one knew, so that its first packet waits for nobody's answer.
"""
from capture import claims_active
from ktap import case, check, main, say
from place import poll

ADDRESSES = {'client': ('10.0.1.254', 'fd00:1::fe'), 'server': ('10.0.2.254', 'fd00:2::fe')}


def neighbours(lab):
    """The ends' entries for the active addresses, freshly asked for."""
    found = {}
    for end, addresses in ADDRESSES.items():
        place = getattr(lab, end)
        for address in addresses:
            place.run(f'ping -c1 -W2 {address}', check=False)
            line = place.run(f'ip neigh show {address} dev eth0').split()
            check('lladdr' in line, f'{end} has no entry for {address}: {line}')
            found[end, address] = line[line.index('lladdr') + 1]
    return found


def port_of(lab, net, mac):
    """The switch's port on which it last saw a MAC."""
    for line in lab.switch.run(f'bridge fdb show br br-{net}').splitlines():
        words = line.split()
        if words[0] == mac and 'permanent' not in words:
            return words[words.index('dev') + 1]
    return None


@case('ARP and ND entries stay, the switch learns the new port')
def entries_stay(lab):
    active, standby = lab.fresh()
    before = neighbours(lab)
    active_macs = lab.active_macs
    for (_, address), mac in before.items():
        check(mac in active_macs.values(), f'{address} is at {mac}, not at an active MAC')
    for net in ('in', 'out'):
        check(port_of(lab, net, active_macs[net]) == f'{active.name}-{net}',
              f'before: {active_macs[net]} is not at {active.name}-{net}')
    capture = lab.capture()
    active.kill()
    # Nobody asks anything meanwhile: the unit's own announcement has to do it.
    for net in ('in', 'out'):
        poll(f'the switch finds {active_macs[net]} at {standby.name}-{net}',
             lambda n=net: port_of(lab, n, active_macs[n]) == f'{standby.name}-{n}', 10)
    for (end, address), mac in before.items():
        line = getattr(lab, end).run(f'ip neigh show {address} dev eth0')
        check(mac in line, f'{end}: entry for {address} changed from {mac}: {line}')
    after = neighbours(lab)
    check(after == before, f'entries before {before}, after {after}')

    announced = {('in', 'ARP', '10.0.1.254'), ('out', 'ARP', '10.0.2.254'),
                 ('in', 'NA', 'fd00:1::fe'), ('out', 'NA', 'fd00:2::fe')}

    def missing():
        seen = [(f.net, 'ARP', f.arp_src) if f.arp_src else (f.net, 'NA', f.ip_src)
                for f in capture.so_far() if f.unit == standby.name and f.arp_dst == f.arp_src
                and (f.arp_src or f.icmp6 == 136) and claims_active(f, active_macs)]
        say(f'announcements: { {what: seen.count(what) for what in sorted(announced)} }')
        return [what for what in announced if seen.count(what) < 2]
    poll('announcements of every active address, more than once in some seconds',
         lambda: not missing(), 10, 1)
    capture.complete()


ENDS = {'10.0.1.2': 'in', 'fd00:1::2': 'in', '10.0.2.2': 'out', 'fd00:2::2': 'out'}


def rows(unit):
    """The columns of the ARP and ND rows of show failover."""
    return {row: unit.status()['kinds'][row] for row in ('ARP tbl', 'ND tbl')}


def held(unit, address):
    """The unit's own entry for an address, without what it remembers of a failure."""
    line = unit.place.run(f'ip neigh show {address}')
    return line if 'lladdr' in line else ''


def chat(lab):
    """Both ends hear of each other through the active unit, in both families, until stopped."""
    return [lab.client.spawn(f'ping -n -i 0.05 {address}') for address in ('10.0.2.2', 'fd00:2::2')]


@case('the new active unit knows its neighbours before it forwards the first packet')
def knows(lab):
    active, standby = lab.fresh()
    pings = chat(lab)
    poll('the active unit knows all ends', lambda: all(held(active, a) for a in ENDS), 15)
    poll('the standby was told', lambda: all(row['rcv'] >= 2 for row in rows(standby).values()), 15)
    check(all(row['xmit'] >= 2 for row in rows(active).values()), f'{active.name}: {rows(active)}')
    capture = lab.capture()
    active.kill()

    def forwarded():
        """By address: when the first ping or answer left for it (from whom is up to NAT)."""
        first = {}
        for f in capture.so_far():
            if (f.unit == standby.name and f.src == lab.active_macs[f.net] and
                    ENDS.get(f.ip_dst) == f.net and (f.l4 == 1 or f.icmp6 in (128, 129))):
                first[f.ip_dst] = min(f.time, first.get(f.ip_dst, f.time))
        return first
    poll('packets for every end go through', lambda: len(forwarded()) == len(ENDS), 20)
    first = forwarded()
    asked = [f for f in capture.complete() if f.unit == standby.name and f.asks in first
             and f.src in lab.active_macs.values() and f.time <= first[f.asks]]
    for ping in pings:
        ping.signal(2)
    stats = standby.status()['stats']
    say(f'{ {name: n for name, n in stats.items() if name.startswith("neigh_")} }')
    check(not asked, f'asked before the first packet: {asked[:4]}')
    check(stats['neigh_installed'] >= len(ENDS), 'entries were not installed')


@case('entries that go or change follow, those of the administrator do not', kinds=('ns',))
def follow(lab):
    active, standby = lab.fresh()
    lab.client.run('ping -c1 -W2 10.0.2.2')
    poll('the standby was told', lambda: rows(standby)['ARP tbl']['rcv'] >= 2, 15)
    before = rows(standby)['ARP tbl']['rcv']
    active.place.run('ip neigh del 10.0.1.2 dev eth0')
    poll('the deletion arrived', lambda: rows(standby)['ARP tbl']['rcv'] > before, 15)
    active.place.run(
        'ip neigh replace 10.0.1.77 lladdr 02:00:00:00:77:01 dev eth0 nud stale; '
        'ip neigh replace 10.0.1.78 lladdr 02:00:00:00:78:01 dev eth0 nud permanent; '
        'ip neigh change 10.0.1.77 lladdr 02:00:00:00:77:02 dev eth0 nud stale')
    standby.command('failover active')
    poll('the other one is active', lambda: lab.active() is standby, 20)
    check('02:00:00:00:77:02' in held(standby, '10.0.1.77'), 'the new MAC address did not arrive')
    check(not held(standby, '10.0.1.78'), 'an entry of the administrator was replicated')
    # And back: what the other one tells now.
    standby.place.run('ip neigh replace 10.0.2.79 lladdr 02:00:00:00:79:01 dev eth1 nud stale; '
                      'ip neigh del 10.0.1.77 dev eth0')
    lab.wait_pair()
    active.command('failover active')
    poll('the first one is active again', lambda: lab.active() is active, 20)
    check('02:00:00:00:79:01' in held(active, '10.0.2.79'), 'nothing arrived the other way')
    check(not held(active, '10.0.1.77'), 'a neighbour that was gone came back')


LIMIT = 64                              # of neigh_limit: the least there can be


def neighbours_of(unit, numbers, words='lladdr 02:00:00:00:99:01 nud stale'):
    """Entries of a unit's kernel, made or, without words, deleted."""
    verb = 'replace' if words else 'del'
    unit.place.run(f'for n in {{{numbers[0]}..{numbers[-1]}}}; do '
                   f'echo "neigh {verb} 10.0.1.$n dev eth0 {words}"; done | ip -batch -')


@case('more neighbours than neigh_limit: counted on either unit, and recovered from', kinds=('ns',))
def overflow(lab):
    lab.fresh(start=False)
    lab.a.start()
    poll('the first unit is active', lambda: lab.a.state() == 'Active', 20)
    # A namespace has the limit of the time when it was configured.
    limit = '/sys/module/nfha/parameters/neigh_limit'
    usual = lab.b.place.run(f'cat {limit}')
    lab.b.place.run(f'echo {LIMIT} >{limit}')
    lab.b.start()
    lab.wait_pair()
    lab.b.place.run(f'echo {usual} >{limit}')
    many, more = range(10, 16 + LIMIT), range(100, 110)

    def lost(unit, column):
        status = unit.status()
        return status['stats']['neigh_overflow'], status['kinds']['ARP tbl'][column]
    check(lost(lab.b, 'rerr') == (0, 0), f'before: {lost(lab.b, "rerr")}')
    neighbours_of(lab.a, many)
    poll('the standby has no room', lambda: min(lost(lab.b, 'rerr')) >= 6, 20)
    # What a lost frame carried counts as xerr, too.
    check(lost(lab.a, 'xerr')[0] == 0, f'the active unit has room: {lost(lab.a, "xerr")}')
    before = rows(lab.b)['ARP tbl']['rcv']
    neighbours_of(lab.a, many, '')
    poll('it has room again', lambda: rows(lab.b)['ARP tbl']['rcv'] >= before + 50, 20)
    neighbours_of(lab.a, more)
    say(f'refused by the standby: {lost(lab.b, "rerr")}')
    lab.b.command('failover active')
    poll('it is active', lambda: lab.active() is lab.b, 20)
    for n in more:
        check('02:00:00:00:99:01' in held(lab.b, f'10.0.1.{n}'), f'10.0.1.{n} was not taken')
    neighbours_of(lab.b, many)
    poll('the unit that is active now has no room', lambda: lost(lab.b, 'xerr')[1] >= 6, 20)
    say(f'not sent: {lost(lab.b, "xerr")}')


@case('a neighbour that has an address of the standby\'s configuration: refused, counted', kinds=('ns',))
def refused(lab):
    lab.fresh(start=False)
    lab.a.start()
    poll('the first unit is active', lambda: lab.a.state() == 'Active', 20)
    # They do not fit together then, but replicate.
    lab.b.start(inside=' ipv6 address fd00:77::fe/64 standby fd00:77::fd\n')
    poll('the second one has everything',
         lambda: lab.b.status().get('replication', {}).get('bulk') == 'done', 20)

    def counted():
        status = lab.b.status()
        return status['stats']['neigh_refused'], status['kinds']['ND tbl']['rerr']
    check(counted() == (0, 0), f'before: {counted()}')
    taken = rows(lab.b)['ND tbl']['rcv']
    lab.a.place.run('; '.join('ip neigh replace fd00:77::%s lladdr 02:00:00:00:77:01 dev eth0 nud stale' % n
                              for n in ('fe', 'fd', '7')))
    poll('two are refused', lambda: min(counted()) >= 2, 20)
    poll('the third one is taken', lambda: rows(lab.b)['ND tbl']['rcv'] > taken, 20)


@case('a standby answers on its own address and claims no active one')
def standby_is_quiet(lab):
    _, standby = lab.fresh()
    macs = lab.active_macs
    capture = lab.capture()
    for end, address in (('client', '10.0.1.253'), ('server', '10.0.2.253'),
                         ('client', 'fd00:1::fd'), ('server', 'fd00:2::fd')):
        out = getattr(lab, end).run(f'ping -c2 -i 0.3 -W3 {address}', check=False)
        check(' 0% packet loss' in out or ' 50% packet loss' in out,
              f'{end}: no answer from the standby address {address}:\n{out}')
    # Asked to its face, by its own MAC, for what it must not own or forward.
    for end, address in (('client', '10.0.1.254'), ('server', '10.0.2.254')):
        net = {'client': 'in', 'server': 'out'}[end]
        place = getattr(lab, end)
        place.run(f'ip neigh replace {address} lladdr {lab.standby_macs[net]} '
                  'dev eth0 nud permanent')
        out = place.run(f'ping -c2 -i 0.3 -W1 {address}', check=False)
        place.run(f'ip neigh del {address} dev eth0')
        check('100% packet loss' in out, f'the standby answered for {address}:\n{out}')
    frames = capture.complete()
    check(any(f.unit == standby.name for f in frames), 'the capture saw nothing of the standby')
    claims = [f for f in frames if f.unit == standby.name and claims_active(f, macs)]
    check(not claims, f'the standby claimed an active address or MAC: {claims[:3]}')


if __name__ == '__main__':
    main()
