#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""demo.py SVG: a download through a pair of firewalls, and the power cut of the active one."""
import hashlib
import sys
import tempfile
import time

import chart
import lab as labs
from capture import claims_active
from flows import Flow
from place import poll

SIZE = 400 << 20
INTRODUCTION = '''A client downloads from a server through two firewalls (User-mode Linux machines) that nfha
makes one. The firewalls masquerade on their shared address; the active one loses its power.

  client ---+--- primary ---+--- server
            +-- secondary --+
'''
SUBTITLE = 'throughput at the client, in steps of 50 ms; hello every 100 ms, hold time 500 ms'


def expected(programs):
    """The checksum of what the server sends."""
    import subprocess
    total = hashlib.sha256()
    with subprocess.Popen([f'{programs}/traffic', 'pattern', str(SIZE)],
                          stdout=subprocess.PIPE) as p:
        for block in iter(lambda: p.stdout.read(1 << 20), b''):
            total.update(block)
    return total.hexdigest()


def checksum(path):
    with open(path, 'rb') as f:
        return hashlib.file_digest(f, 'sha256').hexdigest()


def show(title, unit):
    print(f'\n--- {unit.role} ({unit.name}): nfha show failover, {title}')
    print(unit.command('show failover').rstrip())


def download(lab, active, standby):
    """Starts it, cuts the power in its middle; returns (flow, file, time of the cut, capture)."""
    path = f'{lab.folder}/download'
    capture = lab.capture(snap=64)
    flow = Flow(lab, 'download', f'-o {path} get 10.0.2.2 {labs.PORT} {SIZE}', size=SIZE)
    poll('a quarter of the download', lambda: flow.progress() > SIZE / 4, 60, 0.01)
    cut = time.time()
    active.kill()
    print(f'\n*** SIGKILL of the {active.role} unit, {flow.progress() >> 20} MB into the download')
    flow.finish()
    return flow, path, cut, capture


def timeline(lab, flow, cut, capture, active, standby):
    frames = [f for f in capture.stop() if claims_active(f, lab.active_macs)]
    last = max(f.time for f in frames if f.unit == active.name)
    first = min(f.time for f in frames if f.unit == standby.name)
    stall, at = flow.result['stall_ms'], flow.result['stall_at']
    events = [(flow.start_time(), 'the download starts'),
              (cut, f'power cut of the {active.role} unit (SIGKILL of its machine)'),
              (last, f'last frame of the {active.role} unit, with the active addresses'),
              (first, f'first frame of the {standby.role} unit with the active addresses'),
              (at + stall / 1000, 'the download goes on (TCP had to retransmit: its timer decides)'),
              (flow.start_time() + flow.result['seconds'], 'the download is complete')]
    print('\n       ms')
    for when, what in sorted(events):
        print(f'{(when - cut) * 1000:9.1f}  {what}')
    return [(0, f'power cut of the {active.role} unit'),
            ((first - cut) * 1000, f'the {standby.role} unit has taken over: {(first - cut) * 1000:.0f} ms'),
            ((at + stall / 1000 - cut) * 1000, 'TCP retransmits: the download goes on')]


def main():
    svg_path = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix='nfha-demo-') as folder:
        lab = labs.open_lab('pair:uml', folder, labs.build_folder())
        lab.kernel_name = 'uml'
        print(INTRODUCTION, flush=True)
        try:
            lab.up()
            active, standby = lab.fresh(poll_ms=100, hold_ms=500)
            show('before', active)
            standby.close_new()     # only what it was given passes it, nothing new
            flow, path, cut, capture = download(lab, active, standby)
            marks = timeline(lab, flow, cut, capture, active, standby)
            text = flow.place.read(flow.log).decode()
            bins, width = chart.around(text, cut, 1000, 2500)
            print('\n' + chart.terminal(bins, width))
            title = f'A download lives through a power cut, silent for {flow.result["stall_ms"]:.0f} ms'
            with open(svg_path, 'w') as f:
                f.write(chart.svg(bins, width, marks, title, SUBTITLE))
            show('after', standby)
            got, want = checksum(path), expected(lab.programs)
            print(f'\nsha256 sent      {want}\nsha256 received  {got}')
            print(f'interruption     {flow.result["stall_ms"]:.0f} ms\nchart            {svg_path}')
            if got != want or not flow.result.get('ok'):
                sys.exit(f'The download did not survive: {flow.out.strip()}')
            print('The download survived. TCP tracking was strict, and the survivor accepted no '
                  'new connection.')
        finally:
            lab.down()


if __name__ == '__main__':
    main()
