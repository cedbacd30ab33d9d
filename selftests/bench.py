#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py JSON [PART...]: measures nfha beside others; without PART all but LONG ones.

Parts and labs: PARTS below; what a part measures is said at its function. Nothing is asserted.
Results are added to the file JSON, a part each; pictures (bench-*.svg) lie beside it.
"""
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time

import bench_counted
import bench_failover
import bench_kill
import bench_latency
import bench_pair
import bench_speed
import bench_takeover
import lab as labs
import plot
from counted import CountedLab


def counted(folder):
    return CountedLab(folder, labs.build_folder())


def profiled(folder):
    return CountedLab(folder, labs.build_folder(), plugin=True)


def two(folder):
    return CountedLab(folder, labs.build_folder(), plugin=True, cpus=2)


def pair(folder):
    # Room for some hundred thousand entries, three times over in a daemon.
    lab = labs.open_lab('pair:uml', folder, labs.build_folder(), 1024)
    lab.kernel_name = 'uml'
    return lab


def emulated(folder):
    return labs.open_lab('pair:6.1', folder, labs.build_folder())


PARTS = {
    'cost': (counted, bench_counted.cost),
    'size': (counted, bench_counted.size),
    'by-rate': (counted, bench_counted.by_rate),
    'two': (two, bench_counted.two),
    'cipher': (counted, bench_counted.cipher),
    'wire': (counted, bench_counted.wire),
    'latency': (counted, bench_counted.latency),
    'pair-latency': (emulated, bench_latency.latency),
    'idle': (counted, bench_counted.idle),
    'profile': (profiled, bench_counted.profile),
    'bulk': (pair, bench_pair.bulk),
    'memory': (pair, bench_pair.memory),
    'interruption': (pair, bench_takeover.interruption),
    'downloads': (pair, bench_kill.downloads),
    'lost': (pair, bench_kill.lost),
    'takeover-size': (pair, bench_kill.takeover_size),
    'faults': (pair, bench_takeover.faults),
    'speed': (pair, bench_speed.speed),
    'table-13-7': (pair, bench_failover.table),
    'load': (pair, bench_failover.load),
}
LONG = ('downloads', 'takeover-size', 'table-13-7', 'load')


def version(program):
    """What is measured beside nfha; the guests have the host's programs."""
    done = subprocess.run([program, '-v'], capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().split('\n')[0]


def add(path, part, figures):
    results = {}
    if os.path.exists(path):
        with open(path) as f:
            results = json.load(f)
    # What was measured before and not now stays.
    before = results.get(part, {}).get('figures', {})
    results[part] = {'when': time.strftime('%Y-%m-%d'), 'machine': platform.machine(),
                     'processors': os.cpu_count(), 'conntrackd': version('conntrackd'),
                     'keepalived': version('keepalived'),
                     'figures': before | figures}
    with open(path, 'w') as f:
        json.dump(results, f, indent=1)
        f.write('\n')
    plot.draw(results, os.path.dirname(os.path.abspath(path)))


def main():
    path, *parts = sys.argv[1:]
    unknown = set(parts) - set(PARTS)
    if unknown:
        sys.exit(f'bench.py: no part {" ".join(unknown)}; there are {" ".join(PARTS)}')
    # A lab whose end nobody saw to would go on with what it did.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(f'bench.py: signal {number}'))
    lab, kind = None, None
    with tempfile.TemporaryDirectory(prefix='nfha-bench-') as folder:
        try:
            for part in parts or [p for p in PARTS if p not in LONG]:
                make, measure = PARTS[part]
                if make is not kind:
                    if lab:
                        lab.down()
                    lab, kind = make(folder), make
                    lab.up()
                print(f'{part}: {measure.__doc__.strip().splitlines()[0]}', flush=True)
                figures = {}
                try:
                    measure(lab, figures)
                finally:
                    add(path, part, figures)
        except Exception:
            for guest in lab.guests:
                print(f'{guest.name}:\n' + '\n'.join(guest.tail(20)), flush=True)
            raise
        finally:
            if lab:
                lab.down()
    print(f'results: {path}')


if __name__ == '__main__':
    main()
