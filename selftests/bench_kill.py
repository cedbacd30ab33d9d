# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of the benchmark on a User-mode Linux pair: what lives through a power cut.

Downloads: bulk TCP with windows checked (nf_conntrack_tcp_be_liberal=0, tcp_loose=0) through the
SIGKILL of the active unit, and stray segments from both ends that show when conntrack checks them again.
NFHA_TRIALS: how many with nfha (default 50), and with conntrackd (5 at most), its TCPWindowTracking On
("windows tracked") and Off ("unchecked"). Where conntrackd is, both units have the addresses, and the
ends are told the other unit's MAC directly after the kill: what its replicas are worth, without the time
that keepalived takes.

Lost: 10,000 open connections and 1,000 a second that come and go. What the active unit had is what it
sent on, recorded at its ports by the host: whose SYN it forwarded is in its table, confirmed before
that. Whoever is not in the survivor's table, or there as if its SYN were unanswered though the unit
forwarded the answer, is lost; its age is the time from that packet to the kill. The survivor lets no
new connection in meanwhile. Then the 10,000 are closed, each by both of its ends. The units share the
processors at first, then each has one. NFHA_TRIALS: 5, of each.

Takeover-size: the longest silence of an echo every 2 ms at a power cut, with so many connections in the
table. conntrackd with an external cache has to commit it first: the time from the cut until the last
connection is in the kernel's table, and the echo's silence, which ends when its own one is there.
NFHA_TRIALS: of each size (10; of conntrackd's 3 at most), NFHA_SIZES: 1000 10000 100000 500000.
"""
import contextlib
import itertools
import os
import random
import re
import shlex
import signal
import statistics
import time

from bench_failover import takeovers
from bench_pair import BUCKETS, Stalled, empty, wait_held, watch, watched
from bench_takeover import Witness, apart
from flows import Flow, check_closed
from lab import PORT
from peers import Conntrackd, Nothing, fill
from place import CommandFailed, Timeout, poll
from stray import MARK, sent, strays

BYTES = 1600 << 20
TIMES = {'poll_ms': 50, 'hold_ms': 150}
# The ends' windows: Linux's defaults, wherever this runs. What conntrack lets pass of such a window
# that is narrow again is up to 48 MiB ahead (twice 8 MiB, and four times 8 beyond that by its rule
# for hosts that send more than they may), of a widened one more than 512.
RMEM = 'sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456"'
AHEAD_MIB = 128
PAUSE_S = 0.02
ENOUGH = 10
ACTIVE = ('10.0.1.254', '10.0.2.254')
OPEN, CHURN, GOAL_MS = 10000, 1000, 5
# Else the unit itself answered what is invalid, and so not to be translated, with a reset.
INPUT = 'table inet own { chain in { type filter hook input priority filter; ct state invalid drop; }; }'


def cut_power(unit):
    """Returns when; the process itself may take longer to go."""
    at = time.time()
    os.killpg(unit.guest.process.pid, signal.SIGKILL)
    return at


def make_room(unit, entries):
    """A new boot starts with a small table."""
    unit.place.run(f'echo 262144 >{BUCKETS}; sysctl -qw net.netfilter.nf_conntrack_max={2 * entries + 262144}')


class Pair:
    """nfha; the unit that was killed comes back as the standby."""

    name = f'nfha, polltime msec {TIMES["poll_ms"]} holdtime msec {TIMES["hold_ms"]}'

    def __init__(self, lab, entries=0):
        """With so many entries in the table, made by hand."""
        self.lab, self.entries = lab, entries
        for unit in lab.fresh(start=False):
            make_room(unit, entries)
        if entries:
            fill(lab.a, entries)
        lab.a.start(**TIMES)
        poll('the first unit is active', lambda: lab.a.state() == 'Active', 20)
        lab.b.start(wait=False, **TIMES)

    def ready(self):
        """(active, standby), each with its usual rules."""
        self.lab.quiet()
        for unit in self.lab.units:
            if not unit.running():
                self.lab.revive(unit)
                make_room(unit, self.entries)
                unit.start(wait=False, **TIMES)
            unit.rules()
        return self.lab.wait_pair(120)

    def is_settled(self, active):
        r = active.status().get('replication', {})
        return r.get('bulk') == 'done' and not r['dirty'] + r['in_flight']

    def moves(self):
        return [takeovers(unit) for unit in self.lab.units]

    def strike(self, active, standby):
        at = cut_power(active)
        active.kill()
        return at

    def configuration(self):
        return self.lab.a.config(**TIMES)

    def end(self):
        self.lab.quiet()
        self.lab.fresh(start=False)


class ByHand:
    """conntrackd on both units; the ends are pointed at the other one at once."""

    def __init__(self, lab, windows=None, **options):
        self.lab, self.started = lab, False
        self.case = Conntrackd(windows=bool(windows), **options)
        self.name = self.case.name + {None: '', True: ', windows tracked', False: ', windows unchecked'}[windows]

    def ready(self):
        """Both units have the addresses; whose MAC that is nobody is told but by hand."""
        self.end()
        self.start()
        return self.lab.units

    def start(self):
        self.case.start(self.lab)
        self.started = True
        self.lab.b.place.run('sysctl -qw net.ipv4.conf.all.arp_ignore=8; '
                             'ip addr add 10.0.1.254/24 dev eth0; ip addr add 10.0.2.254/24 dev eth1')
        self.point_at(self.lab.a)

    def is_settled(self, active):
        return True

    def moves(self):
        return None

    def point_at(self, unit=None):
        """Of nobody the ends have to ask again."""
        for place, nic in ((self.lab.client, 0), (self.lab.server, 1)):
            how = f'replace 10.0.{nic + 1}.254 lladdr {unit.macs[nic]}' if unit else f'del 10.0.{nic + 1}.254'
            place.run(f'ip neigh {how} dev eth0')

    def strike(self, active, standby):
        at = cut_power(active)
        self.point_at(standby)
        active.kill()
        return at

    def configuration(self):
        return self.case.config(self.lab.a)

    def halt(self):
        """No conntrackd, no addresses; the killed unit is alive again."""
        self.lab.quiet()
        if not self.started:
            return
        if self.lab.a.running():
            self.case.stop(self.lab)
        else:
            self.lab.revive(self.lab.a)
            self.case.end(self.lab.b)
            Nothing.stop(self.case, self.lab)
        self.lab.b.place.run('sysctl -qw net.ipv4.conf.all.arp_ignore=0')
        self.point_at()
        self.started = False

    def end(self):
        self.halt()
        self.lab.fresh(start=False)


class Void(Exception):
    """The trial says nothing."""


class Watch:
    """Stray segments from both ends, and what the units let through, on the host's clock."""

    def __init__(self, lab):
        self.capture = lab.capture(expression=f"'arp or (ip and ip[1] = {MARK})'")
        # The ends' segments come out of the other side.
        for unit in lab.units:
            unit.place.run(f'nft {shlex.quote(INPUT)}')
        self.jobs = {'out': strays(lab.client, 10000, PAUSE_S, AHEAD_MIB),
                     'in': strays(lab.server, 10000, PAUSE_S, AHEAD_MIB)}

    def stop(self):
        for job in self.jobs.values():
            job.kill()
        self.sent = {net: sent(job) for net, job in self.jobs.items()}
        self.frames = self.capture.stop()

    def taken_over(self, unit, after):
        """When it first spoke as the active one: announced itself, asked for an end, let a stray pass."""
        return min((f.time for f in self.frames if f.unit == unit.name and f.time > after and
                    f.arp_src in (None, *ACTIVE)), default=None)

    def claimed(self, unit, before):
        """When it first announced itself too early."""
        return min((f.time for f in self.frames if f.unit == unit.name and f.time < before and
                    f.arp_src in ACTIVE), default=None)

    def passed(self, unit, net, after):
        return [f.time for f in self.frames if f.unit == unit.name and f.time > after and
                f.ip_dst == ('10.0.1.2' if net == 'in' else '10.0.2.2')]

    def refused_before(self, active, kill):
        """Whether the window was checked while nothing had happened yet."""
        return all(any(t < kill for t in times) for times in self.sent.values()) and not any(
            self.passed(active, net, 0) for net in self.sent)

    def tight_after(self, unit, takeover):
        """Seconds from the takeover to the first stray of the slower end since when none passed; None
        if too few were refused to tell."""
        found = []
        for net, times in self.sent.items():
            last = max(self.passed(unit, net, takeover), default=takeover)
            since = [t for t in times if t > last]
            if len(since) < ENOUGH:
                return None
            found.append(since[0] - takeover)
        return max(found)


def replicated(standby):
    return any(f'dport={PORT}' in line and 'ESTABLISHED' in line for line in standby.entries('-p tcp'))


def download(lab, case):
    """One kill: what became of the download, as a dict."""
    active, standby = case.ready()
    for unit in lab.units:
        unit.place.run('conntrack -F 2>/dev/null')
    for end in (lab.client, lab.server):
        end.run(RMEM)
    watch = Watch(lab)
    flow = Flow(lab, 'download', f'-t 20 get 10.0.2.2 {PORT} {BYTES}', size=BYTES)
    poll('the download is on the standby', lambda: replicated(standby), 10, 0.02)
    standby.close_new()
    share = random.uniform(0.2, 0.4)
    poll('the download is in its middle', lambda: flow.progress() > share * BYTES, 60, 0.01)
    if not flow.job.running():
        raise Void(f'the download was over before the kill: {flow.job.output().strip()}')
    moved = flow.progress()
    kill = case.strike(active, standby)
    flow.finish()
    watch.stop()
    takeover = watch.taken_over(standby, kill)
    check_closed(lab)
    early = watch.claimed(standby, kill)
    if early:
        raise Void(f'the standby had taken over {1000 * (kill - early):.0f} ms before the kill; the download '
                   f'{"died" if flow.rc else "finished"}')
    tight = watch.tight_after(standby, takeover) if takeover else None
    return {'survived': flow.rc == 0, 'why': flow.result.get('why', ''),
            'seconds': flow.result['seconds'],
            'killed_at_s': round(kill - flow.start_time(), 2), 'killed_at_mib': moved >> 20,
            'moved_mib': flow.result.get('bytes', 0) >> 20,
            'stall_ms': flow.result['stall_ms'] if flow.rc == 0 else None,
            'takeover_ms': round(1000 * (takeover - kill), 1) if takeover else None,
            'tight_ms': None if tight is None else round(1000 * tight),
            'checked_before': watch.refused_before(active, kill)}


def summary(found):
    """The figures of some trials."""
    lived = [t for t in found if t['survived']]
    tight = [t['tight_ms'] for t in lived if t['tight_ms'] is not None]
    stalls = sorted(t['stall_ms'] for t in lived)
    figures = {'trials': len(found), 'survived': len(lived),
               'windows_checked_before': sum(t['checked_before'] for t in found),
               'windows_tight_within_1_s': sum(ms < 1000 for ms in tight),
               'stall_ms': stalls, 'tight_ms': sorted(tight),
               'takeover_ms': sorted(t['takeover_ms'] for t in found if t['takeover_ms']),
               'died': [f'{t["why"]} after {t["moved_mib"]} MiB' for t in found if not t['survived']]}
    for name, values in (('stall', stalls), ('tight', tight), ('takeover', figures['takeover_ms'])):
        if values:
            figures |= {f'{name}_ms_median': statistics.median(values), f'{name}_ms_worst': max(values)}
    return figures


def attempts(lab, measure, count):
    """So many trials that say something, and why the others do not."""
    found, void = [], []
    while len(found) < count and len(void) < 3 + count // 5:
        try:
            found.append(measure())
            print(f'  {len(found):3}: {found[-1]}', flush=True)
        except (Void, Stalled, Timeout, CommandFailed) as why:
            lab.quiet()
            void.append(str(why).splitlines()[0])
            print(f'  void: {void[-1]}', flush=True)
    return found, void


def downloads(lab, figures):
    """Bulk TCP through a power cut, windows checked afterwards."""
    count = int(os.environ.get('NFHA_TRIALS') or 50)
    for make, trials in ((lambda: Pair(lab), count), (lambda: ByHand(lab, windows=True), min(count, 5)),
                         (lambda: ByHand(lab, windows=False), min(count, 5))):
        case = make()
        found, void = attempts(lab, lambda c=case: download(lab, c), trials)
        figures[case.name] = summary(found) | {'void': void, 'configuration': case.configuration()}
        case.end()
        of = figures[case.name]
        print(f'  {case.name}: {of["survived"]} of {of["trials"]} downloads finished intact, stall median '
              f'{of.get("stall_ms_median")} ms, worst {of.get("stall_ms_worst")}; windows tight within '
              f'a second: {of["windows_tight_within_1_s"]}, median {of.get("tight_ms_median")} ms, worst '
              f'{of.get("tight_ms_worst")}; void: {len(void)}', flush=True)


# A line of tcpdump's: when, from and to which port, flags.
LINE = re.compile(r'^(\S+) IP \S+\.(\d+) > \S+\.(\d+): Flags \[(\S+)\]', re.M)


def spoken(lab, capture, unit, net):
    """[(time, source port, destination port, flags)] of what a unit sent there."""
    path = next(path for _, name, where, path in capture.jobs if (name, where) == (unit.name, net))
    return [(float(t), int(a), int(b), flags) for t, a, b, flags in LINE.findall(
        lab.switch.run(f'tcpdump -nn -tt -r {path} tcp 2>/dev/null', 60))]


def known(unit, port):
    """{client's port: state} of the table."""
    out = unit.place.run(f"conntrack -L -p tcp --dport {port} 2>/dev/null | awk '{{ print $4, $7 }}'", 60)
    return {int(line.split('sport=')[1]): line.split()[0] for line in out.splitlines()}


class Had:
    """What the active unit had when it was killed, by the client's port."""

    def __init__(self, lab, capture, unit, port):
        capture.stop()
        if capture.dropped:
            raise Void(f'{capture.dropped} frames were not recorded')
        up, down = (spoken(lab, capture, unit, net) for net in ('out', 'in'))
        self.begun, self.answered = {}, {}
        for t, source, _, flags in up:
            if flags == 'S':
                self.begun.setdefault(source, t)
        for t, _, target, flags in down:
            if flags == 'S.':
                self.answered.setdefault(target, t)
        if len(self.begun) < OPEN:
            raise Void(f'only {len(self.begun)} connections through the unit that was killed')
        # It may have lived for a moment longer than until the signal.
        self.end = max(t for t, *_ in up + down)

    def lost(self, table, at):
        """[(age in ms, whether it was answered)] of each that is not in another's table as it was."""
        at = max(at, self.end)
        since = [(t, port in self.answered) for port, t in self.begun.items() if port not in table]
        since += [(self.answered[port], True) for port, state in table.items()
                  if state == 'SYN_SENT' and port in self.answered]
        return sorted((round(1000 * (at - t), 2), answered) for t, answered in since)


def lost_trial(lab, case, port, witness):
    """One kill: what is lost by it, as a dict."""
    active, standby = case.ready()
    moves = case.moves()
    lab.server.spawn(f'{lab.server.programs}/rate server 0.0.0.0 {port}')
    poll('the server listens', lambda: lab.server.run(f'ss -Hlnt sport = :{port}'), 10)
    capture = lab.capture(snap=64, expression=f'tcp port {port}')
    rate = f'{lab.client.programs}/rate'
    held = lab.client.spawn(f'{rate} hold 10.0.2.2 {port} {OPEN} {2 * CHURN}')
    poll('connections are open', lambda: 'held' in held.output(), 60)
    poll('the standby has them', lambda: case.is_settled(active), 30)
    lab.client.spawn(f'{rate} tcp 10.0.2.2 {port} 60000 256 {CHURN}')
    # The rate is even by then; where in its cycle of polls and flushes the unit is, is left to chance.
    time.sleep(random.uniform(3, 4))
    standby.close_new()
    if case.moves() != moves:
        raise Void('the role moved before the kill, and perhaps back')
    at = case.strike(active, standby)
    if isinstance(case, Pair):
        poll('takeover', lambda: standby.state() == 'Active', 10)
    table = known(standby, port)
    held.signal(signal.SIGUSR1)
    out, _ = held.wait(60)
    had = Had(lab, capture, active, port)
    gone = had.lost(table, at)
    ages = [ms for ms, _ in gone]
    return {'had': len(had.begun), 'begun_in_the_last_second': sum(t > at - 1 for t in had.begun.values()),
            'lost': len(ages), 'unanswered': sum(not answered for _, answered in gone), 'ages_ms': ages,
            'oldest_ms': max(ages, default=0), 'older_than_goal': sum(ms > GOAL_MS for ms in ages),
            'machine_still_ms': witness.still(at - 0.1, at + 0.1),
            'open_ones_closed_well': int(re.search(r'good=(\d+)', out)[1])}


def lost_of(lab, case, count, ports, witness):
    """So many kills: the figures."""
    # Another port each time: what an earlier trial left in a table is not taken for this one's.
    found, void = attempts(lab, lambda: lost_trial(lab, case, next(ports), witness), count)
    configuration = case.configuration()
    case.end()
    return {
        'trials': found, 'void': void, 'configuration': configuration,
        'lost': sum(t['lost'] for t in found), 'of': sum(t['had'] for t in found),
        'oldest_ms': max((t['oldest_ms'] for t in found), default=None),
        'older_than_goal': sum(t['older_than_goal'] for t in found)}


def lost(lab, figures):
    """What a power cut takes of 10,000 open connections and 1,000 new ones a second."""
    count = int(os.environ.get('NFHA_TRIALS') or 5)
    witness, ports = Witness(lab), itertools.count(8101)
    for placement, placed in (('', contextlib.nullcontext), (', a processor for each unit', lambda: apart(lab))):
        for make in (lambda: Pair(lab), lambda: ByHand(lab, states=''), lambda: ByHand(lab)):
            case = make()
            with placed():
                of = figures[case.name + placement] = lost_of(lab, case, count, ports, witness)
            print(f'  {case.name}{placement}: lost {of["lost"]} of {of["of"]} in {len(of["trials"])} kills, the '
                  f'oldest {of["oldest_ms"]} ms (goal: {GOAL_MS}), {of["older_than_goal"]} older than that', flush=True)


def echo(lab, seconds):
    flow = Flow(lab, 'echo', f'udp 10.0.2.2 {PORT} 500 {seconds}')
    poll('the stream flows', lambda: flow.progress() > 8000, 10)
    return flow


def size_nfha(case):
    """One power cut: ms of silence."""
    active, standby = case.ready()
    lab, before = case.lab, takeovers(standby)
    flow = echo(lab, 6)
    poll('the standby has everything', lambda: case.is_settled(active), 60)
    standby.close_new()
    if not flow.job.running():
        raise Void('the echo was over before the cut')
    case.strike(active, standby)
    flow.finish()
    if takeovers(standby) - before != 1 or standby.state() != 'Active':
        raise Void('the role moved before the cut')
    return {'silence_ms': flow.result['stall_ms'], 'all_ms': flow.result['stall_ms']}


def size_conntrackd(case, count):
    """The same; the unit that had the connections is left alone, nobody speaks to it any more."""
    lab = case.lab
    empty(lab.b)
    case.start()
    try:
        case.case.command(lab.b, '-n')
        wait_held(case.case, lab.b, count)
        flow = echo(lab, 6 + count // 8000)
        lab.b.close_new()
        job, at = watch(lab.b, count), time.time()
        case.point_at(lab.b)
        lab.b.place.spawn(case.case.line(lab.b, '-c'))
        last = watched(job, 240)[1]
        flow.finish()
    finally:
        case.halt()
    return {'silence_ms': flow.result['stall_ms'], 'all_ms': round(1000 * (last - at), 1)}


def of_size(lab, entries, count):
    """(name, trials, void) of either, with so many entries."""
    case = Pair(lab, entries)
    found, void = attempts(lab, lambda: size_nfha(case), count)
    yield case.name, found, void, case.configuration()
    case.end()
    for unit in lab.units:
        make_room(unit, entries)
    fill(lab.a, entries)
    case = ByHand(lab, states='', external=True, bulk=entries)
    found, void = attempts(lab, lambda: size_conntrackd(case, entries), min(count, 3))
    yield case.name, found, void, case.configuration()
    case.end()


def takeover_size(lab, figures):
    """Interruption by a power cut against the size of the table."""
    count = int(os.environ.get('NFHA_TRIALS') or 10)
    for entries in map(int, (os.environ.get('NFHA_SIZES') or '1000 10000 100000 500000').split()):
        for name, found, void, configuration in of_size(lab, entries, count):
            here = {'void': void, 'silence_ms': sorted(t['silence_ms'] for t in found),
                    'all_ms': sorted(t['all_ms'] for t in found)}
            if found:
                here |= {'median_ms': statistics.median(here['all_ms']), 'worst_ms': here['all_ms'][-1]}
            figures.setdefault('configuration', {})[name] = configuration
            figures.setdefault(str(entries), {})[name] = here
            print(f'  {entries:7} entries, {name}: until all go on median {here.get("median_ms")} ms, worst '
                  f'{here.get("worst_ms")}; {len(found)} trials, {len(void)} void', flush=True)
