# SPDX-License-Identifier: GPL-2.0-or-later
"""A part of the benchmark on a User-mode Linux pair: connections a second through it.

As fast as they go, opened and closed, with each kind of replication in turn, so that all see the same
machine; what counts is the ratio to those without replication in the same round. The standby shares
the processors with the active unit, the client and the server.
NFHA_ROUNDS: how many rounds (default 7); NFHA_CONNECTIONS: of each measurement (10000).
"""
import glob
import os
import statistics

from peers import Conntrackd, Nfha, Nothing
from place import parse_result

PORT = 8002
AT_ONCE = 32
COUNT = '/proc/sys/net/netfilter/nf_conntrack_count'


def cases():
    return (Nothing(), Nfha(), Nfha(key='benchmark'), Conntrackd(), Conntrackd(states=''))


def processor_us(unit):
    """Of this machine's processors' time, what a unit's guest has taken so far."""
    ticks = 0
    for path in glob.glob('/proc/[0-9]*/stat'):
        try:
            with open(path) as f:
                fields = f.read().rpartition(') ')[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == unit.guest.process.pid:
            ticks += sum(map(int, fields[11:15]))
    return 1e6 * ticks / os.sysconf('SC_CLK_TCK')


def measure(lab, case, count):
    """Connections a second; the share of the active unit's entries that the standby has then; us of
    processor for each connection, by unit."""
    lab.fresh(start=False)
    case.start(lab)
    # Who had the addresses before had other MAC addresses.
    for end in (lab.client, lab.server):
        end.run('ip neigh flush all')
    run = f'{lab.client.programs}/rate tcp 10.0.2.2 {PORT}'
    lab.client.run(f'{run} 500 {AT_ONCE}', 60)
    before = [processor_us(unit) for unit in lab.units]
    found = parse_result(lab.client.run(f'{run} {count} {AT_ONCE}', 300))
    spent = [(processor_us(unit) - us) / count for unit, us in zip(lab.units, before)]
    held = [int(unit.place.run(f'cat {COUNT}')) for unit in lab.units]
    case.stop(lab)
    return 1e9 * found['good'] / found['ns'], held[1] / held[0], spent


def speed(lab, figures):
    """Connections/s through the pair, with replication relative to without."""
    rounds = int(os.environ.get('NFHA_ROUNDS') or 7)
    count = int(os.environ.get('NFHA_CONNECTIONS') or 10000)
    job = lab.server.spawn(f'{lab.server.programs}/rate server 0.0.0.0 {PORT}')
    lab.server.jobs.remove(job)
    lab.listeners.append(job)
    # An end that remembered all of them would run out of ports.
    for end in (lab.client, lab.server):
        end.run('sysctl -qw net.ipv4.tcp_max_tw_buckets=4096')
    for unit in lab.units:
        unit.place.run('echo 65536 >/sys/module/nf_conntrack/parameters/hashsize; '
                       'sysctl -qw net.netfilter.nf_conntrack_max=524288')
    found = {case.name: [] for case in cases()}
    for _ in range(rounds):
        for case in cases():
            found[case.name].append(measure(lab, case, count))
        figures.update(summary(found))
    for name, figure in figures.items():
        ratios = figure['ratios']
        print(f'  {name:50} {figure["median_per_second"]:6}/s, {min(ratios):.3f} to {max(ratios):.3f}, '
              f'median {figure["median_ratio"]:.3f} of without; on the standby '
              f'{min(figure["on_standby"]):.2f} of the entries; us of processor for each, active '
              f'{figure["processor_us"][0]}, standby {figure["processor_us"][1]}', flush=True)


def summary(found):
    """{case: figures} of all rounds so far."""
    bare, figures = [rate for rate, *_ in found[Nothing.name]], {}
    for name, each in found.items():
        ratios = [rate / without for (rate, *_), without in zip(each, bare)]
        figures[name] = {'per_second': [round(rate) for rate, *_ in each],
                         'median_per_second': round(statistics.median(r for r, *_ in each)),
                         'ratios': [round(r, 3) for r in ratios],
                         'median_ratio': round(statistics.median(ratios), 3),
                         'on_standby': [round(share, 3) for _, share, _ in each],
                         'processor_us': [round(statistics.median(us)) for us in zip(*(of[2] for of in each))]}
    return figures
