#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Both tables become equal, whatever happened between the units, without a person.

Guards the anti-entropy and the acknowledgement: a link that loses, doubles and reorders,
cuts of it, entries changed by hand on the standby, a bulk synchronisation, a full table and
failing allocations on the standby, restarts, flaps and a change of the link's MTU. Judged
twice: by nfha's digest, and by "conntrack -L -o xml" of both units (tables.py).

NFHA_SECONDS: length of the traffic (5), NFHA_TRIALS: trials of the bad link (2), NFHA_RATE:
connections a second (150), NFHA_CUTS: seconds (1 5), NFHA_ENTRIES: of the bulk (3000).
"""
import os
import random
import re
import time

from flows import finish, idle, wait_replicated
from ktap import DEBUG, Failed, case, check, main, say
from lab import PORT
from place import poll
from tables import differences

V4 = '-s 10.0.1.2 -d 10.0.2.2'
LINKS = ('eth2', 'eth3')


def number(name, value):
    return int(os.environ.get(name) or value)


def slow(lab):
    """How much longer things may take on a debug kernel."""
    return 6 if lab.debug else 1


def replication(unit):
    """What show failover says of it; a busy unit may not answer the first time."""
    return poll(f'{unit.name} answers', lambda: unit.status().get('replication'), 10)


def agreed(unit, since):
    """The unit says that all was equal at a moment after since."""
    r = replication(unit)
    return (r.get('digest') == 'equal' and r['dirty'] + r['in_flight'] == 0 and
            r.get('digest_match_age_ms', 1 << 60) < (time.monotonic() - since) * 1000)


def wait_equal(lab, active, standby, since, limit=15):
    """Both tables are equal: nfha says so on both units, and an independent comparison does.

    The limit is a generous one, for a busy machine; how long it took is said.
    """
    limit *= slow(lab)
    poll('the digest is equal on both units',
         lambda: agreed(active, since) and agreed(standby, since), limit)
    took = time.monotonic() - since
    end = time.monotonic() + limit
    while True:
        found, size = differences(active, standby)
        if not found:
            return f'{size} connections equal {took:.1f} s after'
        if time.monotonic() > end:
            raise Failed(f'{len(found)} differences:\n' + '\n'.join(found[:20]))


def rate_server(lab):
    """Many connections at once end at it; until the case is over."""
    def listens():
        return lab.server.run(f'ss -Hlnt sport = :{PORT + 1}').strip()
    if not listens():
        lab.server.spawn(f'{lab.server.programs}/rate server 0.0.0.0 {PORT + 1}')
        poll('the server listens', listens, 10)


class Load:
    """Connections that open, change and close through the active unit."""

    def __init__(self, lab, active, seconds):
        self.active = active
        rate = max(10, number('NFHA_RATE', 150) // slow(lab))
        # More than 60,000 in a minute: ports come again before their minute is over.
        lab.client.run('sysctl -qw net.ipv4.tcp_tw_reuse=1')
        rate_server(lab)
        self.jobs = [lab.client.spawn(f'{lab.client.programs}/rate tcp 10.0.2.2 {PORT + 1} '
                                      f'{seconds * rate} 64 {rate}'),
                     lab.traffic(lab.client, f'churn fd00:2::2 {PORT} {seconds} {rate // 4}')]
        # Entries that come, change and go on the active unit itself.
        self.jobs.append(active.place.spawn(f"""bash -c '
            end=$((SECONDS + {seconds}))
            for ((n = 0; SECONDS < end; n++)); do
                p=$((n % 50 + 2000))
                conntrack -I {V4} -p udp --sport $p --dport 53 -t 600 -u SEEN_REPLY
                conntrack -U {V4} -p udp --sport $((p - 3)) --dport 53 -u SEEN_REPLY,ASSURED
                conntrack -D {V4} -p udp --sport $((p - 7)) --dport 53
                sleep 0.1
            done' >/dev/null 2>&1"""))
        self.limit = seconds * 4 + 60
        self.began = time.monotonic()

    def finish(self):
        """Waits for the end of it, the server's part too: the time of the end."""
        said = [job.wait(self.limit)[0] for job in self.jobs]
        made = sum(int(n) for text in said for n in re.findall(r'good=(\d+)', text))
        say(f'{made / (time.monotonic() - self.began):.0f} connections a second')
        poll('the server has closed them all', lambda: 'CLOSE_WAIT' not in self.active.place.run(
            'conntrack -L -p tcp --state CLOSE_WAIT 2>/dev/null; '
            'conntrack -L -f ipv6 -p tcp --state CLOSE_WAIT 2>/dev/null; true'), 60)
        return time.monotonic()


def insert(unit, count, first=1, source='10.0.1.2'):
    """So many assured UDP connections, at once."""
    unit.place.run(f'for ((n = {first}; n < {first + count}; n++)); do echo "-I -s {source} '
                   f'-d 10.0.2.2 -p udp --sport $((1024 + n % 60000)) --dport $((1 + n / 60000)) '
                   '-t 900 -u SEEN_REPLY,ASSURED"; done >/run/entries; conntrack -R /run/entries', 300)


def bad(seed):
    """What a bad link does to each frame."""
    r = random.Random(seed)
    return (f'loss {r.choice((10, 20))}% duplicate {r.choice((5, 15))}% reorder '
            f'{r.choice((10, 30))}% 50% delay {r.choice((20, 50))}ms {r.choice((20, 50))}ms')


def bad_links(lab, what):
    """Both directions of the failover and of the state link by netem."""
    for unit in lab.units:
        for link in LINKS:
            unit.place.run(f'tc qdisc replace dev {link} root netem {what}')


def good_links(lab):
    for unit in lab.units:
        for link in LINKS:
            unit.place.run(f'tc qdisc del dev {link} root')


@case('both links lose, double, reorder and delay, under load')
def netem(lab):
    active, standby = lab.fresh()
    try:
        for trial in range(number('NFHA_TRIALS', 2)):
            seed = random.getrandbits(32)
            what = bad(seed)
            bad_links(lab, what)
            say(f'seed {seed}: {what}')
            ended = Load(lab, active, number('NFHA_SECONDS', 5)).finish()
            said = wait_equal(lab, active, standby, ended)
            status = active.status()
            stats, kinds = status['stats'], status['kinds']
            say(f'{said}; frames lost {stats["tx_frames_lost"]}, objects sent again '
                f'{stats["tx_objects_resent"]}, by the digest {stats["digest_objects_sent"]}')
            check(active.state() == 'Active', 'hellos were lost, and a role with them')
            check(stats['tx_frames_lost'] > 0, 'nothing was lost: the trial proves nothing')
            check(kinds['TCP conn']['xerr'] > 0 and kinds['sys cmd']['xmit'] > 0 and
                  sum(row['xerr'] for row in kinds.values()) >= stats['tx_objects_resent'],
                  f'errors do not add up: {kinds}')
    finally:
        good_links(lab)


@case('links on which nearly every frame overtakes others, and none is lost')
def jitter(lab):
    active, standby = lab.fresh()
    bad_links(lab, 'delay 20ms 20ms')
    try:
        ended = Load(lab, active, 3).finish()
        say(wait_equal(lab, active, standby, ended))
        stats = active.status()['stats']
        say(f'{stats["tx_frames_lost"]} of {stats["tx_frames"]} frames called lost')
        # Rare ones are later than any bound; without one by time it is every third.
        check(stats['tx_frames_lost'] < stats['tx_frames'] / 4, 'overtaken is not lost')
    finally:
        good_links(lab)


@case('the state link is cut under load, and healed')
def cut(lab):
    active, standby = lab.fresh()
    insert(active, 2000)
    wait_equal(lab, active, standby, time.monotonic())
    for seconds in map(int, (os.environ.get('NFHA_CUTS') or '1 5').split()):
        before = active.status()
        load = Load(lab, active, seconds + 1)
        lab.cut(active, 'state')
        lab.machine_sleep(seconds)
        waiting = replication(active)
        sent = active.status()['stats']['tx_bytes']
        lab.mend(active, 'state')
        ended = load.finish()
        said = wait_equal(lab, active, standby, ended)
        after = active.status()
        say(f'cut for {seconds} s: {said}; {waiting["dirty"]} of {waiting["objects"]} objects '
            f'had changed when it was healed; bytes sent after it: '
            f'{after["stats"]["tx_bytes"] - sent}')
        check(after['replication']['generation'] == before['replication']['generation'],
              'everything was sent once more')


def repaired(lab, active, standby, what, command, seen, gone, compare=True):
    """A command on the standby; its effect is seen, and gone within 2 s."""
    started = time.monotonic()
    standby.place.run(command)
    check(seen() or time.monotonic() - started > 0.3, f'{what}: no effect')
    poll(f'{what}: repaired', gone, 2 * slow(lab))
    say(f'{what}: repaired after {time.monotonic() - started:.2f} s')
    if compare:
        wait_equal(lab, active, standby, started)


@case('entries deleted, changed and inserted by hand on the standby')
def by_hand(lab):
    active, standby = lab.fresh()
    insert(active, 500)
    wait_equal(lab, active, standby, time.monotonic())

    active.place.run(f'conntrack -I {V4} -p tcp --sport 1100 --dport 443 -t 600 --state ESTABLISHED '
                     '-u SEEN_REPLY,ASSURED')
    wait_equal(lab, active, standby, time.monotonic())

    def has(word):
        return any(word in line for line in standby.entries())
    one = '-p udp --orig-port-src 1100'
    repaired(lab, active, standby, 'conntrack -D', f'conntrack -D {one}',
             lambda: not has('sport=1100 dport=1 '), lambda: has('sport=1100 dport=1 '))
    repaired(lab, active, standby, 'conntrack -U', f'conntrack -U {V4} -p tcp --sport 1100 --dport 443 --state CLOSE_WAIT',
             lambda: has('CLOSE_WAIT'), lambda: not has('CLOSE_WAIT'))
    repaired(lab, active, standby, 'conntrack -I',
             f'conntrack -I {V4} -p udp --sport 9 --dport 9 -t 800 -u SEEN_REPLY',
             lambda: has('sport=9 '), lambda: not has('sport=9 '))
    repaired(lab, active, standby, 'conntrack -F', 'conntrack -F',
             lambda: not has('sport=1100 '), lambda: has('sport=1100 '))
    before = active.status()['stats']
    check(before['digest_objects_extra'] > 0 and before['digest_objects_sent'] > 0,
          f'not by the digest: {before}')


@case('comparisons are rare while nothing changes; a change on the standby ends that')
def rest(lab):
    active, standby = lab.fresh()
    # Of so many one comparison takes long enough for half a minute's rest.
    insert(active, 30000 // slow(lab))
    wait_equal(lab, active, standby, time.monotonic())
    rounds = active.status()['stats']['digest_rounds']
    # The rest itself is what is judged; nothing is waited for.
    lab.machine_sleep(10)
    rounds = active.status()['stats']['digest_rounds'] - rounds
    say(f'{rounds} comparisons in 10 s')
    check(rounds <= 2, 'they go on as if something changed')

    # From now on the next one would come after all of the rest.
    mark = active.status()['stats']['digest_rounds']
    poll('a comparison', lambda: active.status()['stats']['digest_rounds'] > mark, 90)
    one, since = 'sport=1100 dport=1 ', time.monotonic()
    standby.place.run('conntrack -D -p udp --orig-port-src 1100')
    poll('the entry comes back', lambda: any(one in line for line in standby.entries()),
         8 * slow(lab))
    wait_equal(lab, active, standby, since)


def reconfigure(lab, extra):
    """Another configuration by planned restarts, both units keep their roles."""
    roles = {u: u.status()['this_host']['state'].split()[0] for u in lab.units}
    for unit in lab.units:
        unit.place.write(unit.config_path, unit.config(hold_ms=6000, poll_ms=500, extra=extra))
        unit.signal_helper(12)
        poll(f'{unit.name}: the old helper is gone', lambda u=unit: not u.place.run(
            f'[ ! -d /proc/$(<{u.pid_path}) ] || echo runs'), 10)
        unit.start_helper()
    poll('both have their roles again', lambda: all(
        (u.state() or '').startswith(role) for u, role in roles.items()), 15)


@case('failover replication http: left out by default, and changed while the pair runs (13-22)')
def http(lab):
    active, standby = lab.fresh(hold_ms=6000, poll_ms=500)

    def held(unit, port):
        return sum(f'dport={port} ' in line for line in unit.entries('-p tcp'))
    active.place.run(f"""for p in 1 2 3; do for d in 80 443 8080; do
        conntrack -I {V4} -p tcp --sport 120$p --dport $d -t 600 --state ESTABLISHED -u SEEN_REPLY,ASSURED
        done; done; conntrack -I {V4} -p udp --sport 1200 --dport 80 -t 600 -u SEEN_REPLY,ASSURED""")
    # By the list of ports: what the standby is to hold of each.
    for extra, wanted in (('', (0, 3, 3)), ('failover replication http\n', (3, 3, 3)),
                          ('no failover replication http 443 8080\n', (3, 0, 0)),
                          ('no failover replication http\n', (0, 3, 3))):
        if extra:
            reconfigure(lab, extra)
        poll(f'{extra.strip() or "default"}: {wanted}',
             lambda: tuple(held(standby, p) for p in (80, 443, 8080)) == wanted, 10)
        since = time.monotonic()
        poll('the digest is equal on both units',
             lambda: agreed(active, since) and agreed(standby, since), 5 * slow(lab))
        check(tuple(held(standby, p) for p in (80, 443, 8080)) == wanted, 'not for long')
        check(sum('dport=80 ' in line for line in standby.entries('-p udp')) == 1, 'UDP is no HTTP')
    check(tuple(held(active, p) for p in (80, 443, 8080)) == (3, 3, 3), 'the active unit lost some')
    stats = active.status()['stats']
    check(stats['tx_http_left_out'] >= 3, f'not counted: {stats["tx_http_left_out"]}')
    check(replication(active)['generation'] == 1, 'everything was sent once more')
    # Made by hand where the active unit does not want them.
    repaired(lab, active, standby, 'conntrack -I of HTTP',
             f'conntrack -I {V4} -p tcp --sport 1201 --dport 80 -t 600 --state ESTABLISHED -u SEEN_REPLY',
             lambda: held(standby, 80), lambda: not held(standby, 80), compare=False)
    check(held(active, 80) == 3, 'and taken from the active unit')


@case('failover resync: everything once more; a bulk synchronisation with its progress')
def resync(lab):
    active, standby = lab.fresh()
    count = number('NFHA_ENTRIES', 3000) // slow(lab)
    insert(active, count)
    wait_equal(lab, active, standby, time.monotonic(), 20)
    for unit in (active, standby):
        generation = replication(active)['generation']
        free = active.place.run('grep MemAvailable /proc/meminfo').split()[1]
        started = time.monotonic()
        check('begins' in unit.command('failover resync'), 'not accepted')
        again = unit.place.run(f'/nfha/nfha -s {unit.socket} failover resync; true')
        say(f'asked twice: {again.strip()}')
        least = int(free)

        def done():
            nonlocal least
            least = min(least, int(active.place.run('grep MemAvailable /proc/meminfo').split()[1]))
            r = replication(active)
            return r['generation'] > generation and r['bulk'] == 'done'
        poll('the bulk synchronisation is over', done, 30 * slow(lab), 0.02)
        took = time.monotonic() - started
        say(f'on {unit.name}: {replication(active)["bulk_objects"]} objects in {took:.2f} s; memory '
            f'taken meanwhile, both units: {int(free) - least} KiB')
        check(replication(active)['bulk_percent'] == 100, 'progress does not end at 100 %')
        check(replication(active)['bulk_objects'] >= count, 'not everything was walked')
        wait_equal(lab, active, standby, started)
    lab.cut(active, 'state')
    try:
        poll('the peer is missed', lambda: replication(active)['digest'] == 'none', 10)
        out = active.place.run(f'/nfha/nfha -s {active.socket} failover resync 2>&1; echo "exit $?"')
        check('refused' in out and 'exit 1' in out, f'without a peer: {out}')
    finally:
        lab.mend(active, 'state')


@case('a full connection table on the standby: shown, counted, recovered from')
def full(lab):
    active, standby = lab.fresh()
    limit = int(standby.place.run('cat /proc/sys/net/netfilter/nf_conntrack_max'))
    try:
        # In one kernel both have the same limit; the standby stops short of it.
        lab.a.guest.exec('sysctl -qw net.netfilter.nf_conntrack_max=1000')
        lab.b.guest.exec('sysctl -qw net.netfilter.nf_conntrack_max=1000')
        insert(active, 960)
        poll('refusals are counted', lambda: standby.status()['stats']['ct_table_full'] > 0, 10)
        poll('it shows', lambda: replication(active)['digest'] == 'different' and
             replication(standby)['digest'] == 'different' and standby.state() == 'Standby',
             10 * slow(lab))
        say(active.command('show failover').strip().splitlines()[-1].strip())
        held = sum('dport=' in line for line in standby.entries('-p udp'))
        check(held <= 900, f'{held} replicas: more than nine tenths of the table')
        check(standby.status()['kinds']['UDP conn']['rerr'] > 0, 'refusals are not in the table')
    finally:
        for unit in lab.units:
            unit.guest.exec(f'sysctl -qw net.netfilter.nf_conntrack_max={limit}')
    say(wait_equal(lab, active, standby, time.monotonic()))
    poll('ready again', lambda: standby.state() == 'Standby Ready', 5)


FAILSLAB = '''cd /sys/kernel/debug/failslab && echo 0 >verbose && echo N >ignore-gfp-wait &&
echo Y >cache-filter && echo -1 >times && echo 1 >interval && echo {percent} >probability &&
grep -q 1 /sys/kernel/slab/nfha_obj/failslab && grep -q 1 /sys/kernel/slab/nfha_transit/failslab'''


def failslab(lab, percent):
    """For the caches named on the guest's command line; a namespace's /sys has no debugfs."""
    for guest in lab.guests:
        out, rc = guest.exec(FAILSLAB.format(percent=percent))
        check(not rc, f'failslab: {out}')


# What is cached for a processor counts as in use until it is given back.
TRANSITS = 'cd /sys/kernel/slab/nfha_transit && echo 1 >shrink && read n rest <objects && echo $n'


def in_transit(lab):
    return sum(int(guest.exec(TRANSITS)[0]) for guest in lab.guests)


@case('memory allocations fail on both units: counted, recovered from', kernels=DEBUG)
def no_memory(lab):
    active, standby = lab.fresh()
    failslab(lab, 30)
    try:
        Load(lab, active, number('NFHA_SECONDS', 5)).finish()
        # An insertion that fails ends the file of conntrack -R.
        for first in range(1, 400, 20):
            active.place.run(f'for n in {{{first}..{first + 19}}}; do conntrack -I {V4} -p udp '
                             '--sport $((3000 + n)) --dport 5 -t 600; done >/dev/null 2>&1; true', 60)
    finally:
        failslab(lab, 0)
    say(wait_equal(lab, active, standby, time.monotonic()))
    failed = {unit.name: (unit.status()['stats']['tx_objects_no_memory'],
                          unit.status()['stats']['ct_no_memory']) for unit in lab.units}
    say(f'objects without memory, entries without: {failed}')
    poll('what is in sync takes no memory for being under way', lambda: not in_transit(lab), 20)
    check(failed[active.name][0] and failed[standby.name][1], 'nothing failed')


@case('no memory for a bulk synchronisation: it waits, and nothing is taken for gone', kernels=DEBUG)
def no_memory_for_bulk(lab):
    active, standby = lab.fresh()
    insert(active, 300)
    wait_equal(lab, active, standby, time.monotonic())

    def failed():
        return active.status()['stats']['tx_objects_no_memory']
    before = failed()
    failslab(lab, 100)
    try:
        active.command('failover resync')
        poll('it tried again and again', lambda: failed() >= before + 20, 20)
        check(replication(active)['bulk'] != 'done', 'it ended without memory')
        held = len(standby.entries('-p udp'))
        check(held >= 300, f'{held} of 300 replicas left')
    finally:
        failslab(lab, 0)
    say(wait_equal(lab, active, standby, time.monotonic()))
    r = replication(active)
    check(r['bulk'] == 'done' and 300 <= r['bulk_objects'] < 320,
          f'{r["bulk_objects"]} objects, {r["bulk"]}')


@case('restart of the standby, flaps and another MTU of the state link, under load')
def disturbed(lab):
    active, standby = lab.fresh()
    insert(active, 300)
    load = Load(lab, active, 4)
    standby.reset()
    standby.start_helper()
    say('restarted: ' + wait_equal(lab, active, standby, load.finish()))
    load = Load(lab, active, 4)
    for unit in lab.units * 2:
        unit.place.run('ip link set eth3 down; sleep 0.3; ip link set eth3 up')
    say('flapped: ' + wait_equal(lab, active, standby, load.finish()))
    for mtu in (700, 1500):
        load = Load(lab, active, 2)
        for unit in lab.units:
            unit.place.run(f'ip link set eth3 mtu {mtu}')
        say(f'mtu {mtu}: ' + wait_equal(lab, active, standby, load.finish()))
    check(lab.active() is active and standby.state() == 'Standby Ready', 'not the same pair')


@case('others remove the addresses of the state link and add another one, under load')
def meddled(lab):
    active, standby = lab.fresh()
    insert(active, 300)
    wait_equal(lab, active, standby, time.monotonic())
    generation = replication(active)['generation']
    for units in ((active,), lab.units):
        repairs = {u: u.status()['stats']['address_repairs'] for u in units}
        load = Load(lab, active, 2)
        # The other one is the first of its net: what is sent has to come from the pair's all the same.
        for unit in units:
            unit.place.run('ip addr flush dev eth3; ip addr add 10.0.5.77/24 dev eth3')
        for unit in units:
            poll(f'{unit.name} puts it right',
                 lambda u=unit: u.status()['stats']['address_repairs'] > repairs[u], 10)
        ended = load.finish()
        say(f'{[u.name for u in units]}: ' + wait_equal(lab, active, standby, ended))
        for unit in units:
            # A secondary address goes with it.
            unit.place.run('ip addr del 10.0.5.77/24 dev eth3')
        say('without it: ' + wait_equal(lab, active, standby, time.monotonic()))
    check(lab.active() is active and standby.state() == 'Standby Ready', 'not the same pair')
    check(replication(active)['generation'] == generation, 'everything was sent once more')


@case('other addresses of the state link in both files, by a stop and a start of each unit')
def readdressed(lab):
    active, standby = lab.fresh()
    insert(active, 300)
    wait_equal(lab, active, standby, time.monotonic())
    flow = idle(lab)
    wait_replicated(standby, 1)
    for unit in (standby, active):
        unit.stop()
        unit.place.write(unit.config_path, unit.config().replace('10.0.5.', '10.0.6.'))
        unit.start_helper()
        poll('one of them is the active unit', lambda: lab.active(), 20)
    check(lab.wait_pair(30)[0] is standby, 'the unit that was changed first is not active')
    say(wait_equal(lab, standby, active, time.monotonic()))
    finish([flow])


if __name__ == '__main__':
    main()
