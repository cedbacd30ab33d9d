# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that have to live through something, and the judgement whether they did."""
import re

from ktap import Failed, Inconclusive, check, say
from lab import PORT
from place import parse_result, poll

# In bytes; a transfer has to last long enough for a fault to hit its middle.
SIZE = {'umldbg': 240 << 20, 'smpdbg': 30 << 20, 'uml': 600 << 20, '6.1': 300 << 20, '6.12': 300 << 20}
# A stall beyond this is no failover. Generous: a busy machine, an emulated one.
STALL_LIMIT_MS = 15000


class Flow:
    """One connection of the traffic program; direction "in" dials from the server's side."""

    def __init__(self, lab, name, arguments, inbound=False, size=0):
        self.lab, self.name, self.size = lab, name, size
        self.place = lab.server if inbound else lab.client
        self.log = f'{self.place.tmp}/flow-{name}.log'
        self.place.run(f'mkdir -p {self.place.tmp}; rm -f {self.log}')
        self.job = lab.traffic(self.place, f'-t 30 -l {self.log} {arguments}')
        self.result = None

    def progress(self):
        """Bytes so far, from the log."""
        try:
            lines = self.place.read(self.log).decode().splitlines()
        except Exception:
            return 0
        return sum(int(x[1]) for x in map(str.split, lines) if len(x) == 2 and x[0] != '#')

    def start_time(self):
        found = re.search(r'# start (\S+)', self.place.read(self.log).decode())
        return float(found[1])

    def finish(self, limit=90):
        if self.result is not None:
            return self.result
        out, rc = self.job.wait(limit)
        self.result = parse_result(out)
        self.rc, self.out = rc, out
        return self.result

    def judge(self):
        """Complete, right, and not stalled beyond reason."""
        say(f'{self.name}: {self.out.strip()}')
        if self.rc:
            return f'{self.name}: {self.out.strip()}'
        if self.result.get('stall_ms', 0) > STALL_LIMIT_MS:
            return f'{self.name}: stalled for {self.result["stall_ms"]} ms'
        return None


def idle(lab, name='idle'):
    """A connection that is up, and silent until finish() wakes it."""
    flow = Flow(lab, name, f'idle 10.0.2.2 {PORT}')
    poll('the idle connection is up', lambda: 'idle' in flow.job.output(), 20)
    return flow


def bytes_for(lab):
    size = SIZE[lab.kernel_name]
    # All ends share one emulated processor there.
    return size // 2 if lab.a.place.netns and not lab.debug else size


def start_mix(lab, standby):
    """The four connections of the basic kill trial, client to server, all of them old enough.

    The transfers come last, and the faster one after the other: at full speed they are soon over.
    """
    server, size = f'10.0.2.2 {PORT}', bytes_for(lab)
    idle = Flow(lab, 'idle', f'idle {server}')
    seconds = 6 if lab.kernel_name == 'uml' else 20     # to the middle of the transfers
    slow = Flow(lab, 'slow', f'slow {server} 10000 {seconds}')
    poll('the idle connection is up', lambda: 'idle' in idle.job.output(), 20)
    wait_replicated(standby, 2)
    upload = Flow(lab, 'upload', f'put {server} {size // 2}', size=size // 2)
    poll('the upload has begun', lambda: upload.progress() > 0, 20, 0.01)
    return [idle, slow, Flow(lab, 'download', f'get {server} {size}', size=size), upload]


def wait_middle(flows, share=0.1, limit=60):
    """Until all bulk transfers run and one has moved that share; none may be over by then."""
    bulk = [f for f in flows if f.size]

    def middle():
        done = [f.progress() for f in bulk]
        return min(done) > 0 and any(n > share * f.size for n, f in zip(done, bulk))
    poll('transfers in their middle', middle, limit, 0.01)
    for flow in flows:
        if not flow.job.running():
            raise Inconclusive(f'{flow.name} was over before the fault: '
                               f'{flow.job.output().strip()}')


def wait_replicated(unit, want, arguments='-p tcp'):
    """Until the standby's own table has so many connections of the test's port."""
    poll(f'{want} connections on the standby',
         lambda: sum(f'port={PORT}' in line and 'UNREPLIED' not in line
                     for line in unit.entries(arguments)) >= want, 20)


def finish(flows):
    """Waits for all, wakes the idle one last; raises with every flow that went wrong."""
    for flow in flows:
        if flow.name.startswith('idle'):
            flow.job.signal(10)
    for flow in flows:
        flow.finish()
    wrong = [w for w in (f.judge() for f in flows) if w]
    if wrong:
        raise Failed('\n'.join(wrong))


def check_closed(lab, address='10.0.2.2'):
    """New connections must be refused by the survivor, or survival was no survival."""
    out = lab.client.run(f'timeout 2 {lab.client.programs}/traffic -t 1 get {address} {PORT} 1000; '
                         'echo "exit $?"', check=False)
    check('exit 0' not in out, 'the survivor let a new connection in: the trial proves nothing')
