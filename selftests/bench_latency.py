# SPDX-License-Identifier: GPL-2.0-or-later
"""A part of the benchmark on a pair of emulated machines with Debian's kernel: how old a new
connection is when the peer's kernel table has it.

Probes in both kernels, at the same places for nfha and conntrackd: where conntrack tells of a new
entry, and where an entry from outside is inserted. Their times are those of the processors' counters,
whose difference between the machines is what the quickest of many round trips says; it is the same
for all cases, but for half of that round trip at most, which is in the result. All take turns.
NFHA_ROUNDS: how many (default 3).
"""
import os
import re

from bench_counted import BOTH, THERE, TOLD, spread, trace, traced
from place import parse_result, poll

PORT, TICKS_PORT = 8002, 8003
RATES = {300: 1500, 1000: 3000}         # connections a second: how many
ROUND_TRIPS = 1000
SEEN = "grep -ho '[0-9]*: nfha_t.*' trace"


class Clocks:
    """What a tick of the second unit's counter is by the first one's."""

    def __init__(self, lab):
        found = parse_result(lab.a.place.run(f'/nfha/ticks 10.0.5.11 {TICKS_PORT} {ROUND_TRIPS}', 60))
        self.offset, self.per_us = found['offset'], found['per_us']
        self.uncertain_us = found['rtt'] / 2 / self.per_us

    def us(self, begin, end):
        """Between a time of the first unit and one of the second."""
        return (end - self.offset - begin) / self.per_us


def first_seen(unit):
    """{client's port: counter} of the first event of each."""
    seen = {}
    for ticks, port in re.findall(r'^(\d+): nfha_t.* port=(\d+)$', traced(unit.place, SEEN), re.M):
        seen.setdefault(port, int(ticks))
    return seen


def measure(lab, clocks, per_second):
    """(connections a second there were, us of each, how many never came)"""
    for unit, probe in ((lab.a, TOLD), (lab.b, THERE)):
        unit.place.run('conntrack -F 2>/dev/null; true')
        trace(unit.place, probe, 16384, 'x86-tsc')
    found = parse_result(lab.client.run(f'{lab.client.programs}/rate tcp 10.0.2.2 {PORT} '
                                        f'{RATES[per_second]} 500 {per_second}', 120))
    told = first_seen(lab.a)
    # What comes later than that is as good as never.
    lab.machine_sleep(2)
    there = first_seen(lab.b)
    return (1e9 * found['good'] / found['ns'],
            [clocks.us(at, there[port]) for port, at in told.items() if port in there],
            len(told.keys() - there.keys()))


def latency(lab, figures):
    """us from a connection's first packet until it is in the peer's kernel table, on a pair."""
    job = lab.server.spawn(f'{lab.server.programs}/rate server 0.0.0.0 {PORT}')
    lab.server.jobs.remove(job)
    lab.listeners.append(job)
    lab.fresh(start=False)
    sums = {}
    for _ in range(int(os.environ.get('NFHA_ROUNDS') or 3)):
        for case in BOTH:
            lab.fresh(start=False)
            case.start(lab)
            server = lab.b.place.spawn(f'/nfha/ticks server 10.0.5.11 {TICKS_PORT}')
            lab.client.run('ip neigh flush all')
            clocks = Clocks(lab)
            for per_second in RATES:
                poll('all is told', lambda c=case: c.in_step(lab), 60)
                rate, us, never = measure(lab, clocks, per_second)
                of = sums.setdefault(f'{case.name}, {per_second}/s', {'rates': [], 'us': [], 'never': 0,
                                                                      'uncertain_us': []})
                of['rates'].append(round(rate))
                of['us'] += us
                of['never'] += never
                of['uncertain_us'].append(round(clocks.uncertain_us))
            server.kill()
            case.stop(lab)
    for name, of in sums.items():
        us = of.pop('us')
        figures[name] = of | {'connections': len(us)} | (spread(us) if us else {})
        print(f'  {name:60} {figures[name]}', flush=True)
