# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of the benchmark on a User-mode Linux pair: interruption by each kind of fault.

nfha at two pairs of times and keepalived with conntrackd, in turns of a few trials so that all see the
same machine. An even stream of UDP echoes runs through the pair; its longest silence after the fault
counts, and what of it is lost. Each unit has a processor of its own, which ordinary programs have to leave to it. Both units' ports are recorded
meanwhile: whether two units spoke in the active one's name, whatever they say of themselves. For the
pictures there is a download beside it.
A witness says when the machine itself stood still: trials and flaps beside that are counted apart, too.
NFHA_TRIALS: faults of each kind (default 10, for the pictures 5); NFHA_FAULTS, NFHA_CASES: words,
separated by ";", one of which has to be in the name of what is measured.
"""
import contextlib
import os
import random
import re
import statistics
import time

from capture import claims_active
from guest import PRIORITY
from peers import Keepalived
from place import CommandFailed, Timeout, poll

FAULTS = ('power cut', 'hang', 'link down', 'planned')
PORT = 8001
# The ends are machines of their own, too: a unit that is busy must not keep them from answering.
PROMPT = f'chrt -r {PRIORITY + 1}'
RATE = 500                      # echoes a second
PICTURED = 1000, 12500000       # the same, and bytes a second of a download, for the pictures
BIN_MS = 5
TURN = 5                        # trials until it is another's turn
STEADY = 0.7                    # seconds for which roles must have stayed
WATCHED = 1.0                   # seconds after a fault
LATE = 0.3                      # seconds: an answer that is later is none
CLAIMS = '"arp or icmp6 or ip proto 112 or src host 10.0.2.254"'
VRRP = 112
STILL_MS = 5                    # the machine stood still for so long: what happened then is disturbed


class Pair:
    """nfha at a polling and a hold time."""

    def __init__(self, poll_ms=None, hold_ms=None):
        self.options = {'poll_ms': poll_ms, 'hold_ms': hold_ms,
                        'extra': 'failover polltime interface msec 500 holdtime 5\n'}
        self.name = f'nfha, polltime msec {poll_ms} holdtime msec {hold_ms}'

    def configuration(self, unit):
        return unit.config(**self.options)

    def start(self, lab):
        lab.fresh(limit=60, **self.options)

    def stop(self, lab):
        lab.fresh(start=False)

    def start_unit(self, unit):
        unit.start(wait=False, **self.options)

    def look(self, unit):
        status = unit.status()
        states = {i['state'] for i in status.get('interfaces', [])}
        role = {'Active': 'active', 'Standby Ready': 'standby'}.get(
            status.get('this_host', {}).get('state'), 'between')
        return (role if states <= {'Normal'} else 'between',
                status.get('hello', {}).get('takeovers', 0))

    def get_ready(self, unit):
        """After three moves for interfaces there would be no more within ten minutes."""
        unit.command('failover reset')

    def plan(self, active, standby):
        standby.command('failover active')

    def after_plan(self, unit):
        pass


class Vrrp(Keepalived):
    def get_ready(self, unit):
        pass

    def plan(self, active, standby):
        active.place.run('kill -TERM $(cat /run/keepalived.pid)')

    def after_plan(self, unit):
        self.stop_vrrp(unit)
        self.start_vrrp(unit)


class Void(Exception):
    """The trial says nothing about the fault; why."""


class Witness:
    """When the machine itself stood still: the program of that name says so."""

    def __init__(self, lab):
        self.job = lab.client.spawn(f'{lab.client.programs}/witness')
        lab.client.jobs.remove(self.job)
        lab.listeners.append(self.job)

    def pauses(self):
        """[(when it was over, ms)]"""
        lines = self.job.output().splitlines()
        if not self.job.running():
            raise RuntimeError('\n'.join(lines))
        return [tuple(map(float, line.split())) for line in lines]

    def still(self, begin, end):
        """The longest pause between the two: ms."""
        return max((ms for over, ms in self.pauses() if over - ms / 1000 < end and over > begin),
                   default=0)


class Roles:
    """What the units say of themselves; takeovers that nothing explains are flaps."""

    def __init__(self, lab, case):
        self.lab, self.case, self.seen = lab, case, {}
        self.flaps = []         # (how many, between when and when)
        self.looked = [time.time()] * 2

    def look(self):
        """({unit: role}, takeovers since the last look)"""
        roles, new = {}, 0
        self.looked = self.looked[1], time.time()
        for unit in self.lab.units:
            if unit.running():
                roles[unit], count = self.case.look(unit)
                new += max(0, count - self.seen.get(unit, count))
                self.seen[unit] = count
        return roles, new

    def flap(self, count):
        """So many takeovers that the last look found were flaps."""
        if count > 0:
            self.flaps.append((count, *self.looked))

    def settle(self, limit=60):
        """(active, standby) of a pair that stays so; Timeout if it does not."""
        end, since = time.monotonic() + limit, None
        while True:
            roles, new = self.look()
            self.flap(new)
            good = sorted(roles.values()) == ['active', 'standby'] and not new
            since = (since or time.monotonic()) if good else None
            if since and time.monotonic() >= since + STEADY:
                return sorted(roles, key=roles.get)
            if time.monotonic() > end:
                raise Timeout(f'not settled within {limit} s: '
                              f'{ {u.name: r for u, r in roles.items()} }')
            time.sleep(0.2)


class Stream:
    """Of the program of that name, from the client to the server; times are seconds since 1970."""

    def __init__(self, lab, kind, rate):
        self.job = lab.client.spawn(f'{PROMPT} {lab.client.programs}/stream {kind} 10.0.2.2 {PORT} {rate} 15')
        found = poll('the stream begins', lambda: re.search(
            r'start (\S+) port (\d+)\n', self.job.output()), 10, 0.02)
        self.start, self.port = float(found[1]), int(found[2])

    def is_replicated(self, unit):
        return any(f'sport={self.port} dport={PORT} ' in e and '[UNREPLIED]' not in e
                   for e in unit.entries())

    def finish(self):
        self.job.signal(15)
        lines = self.job.wait(10)[0].splitlines()[1:]
        return [tuple(map(int, line.split())) for line in lines]

    def came(self):
        """Of a download: [(when, bytes)]"""
        return [(self.start + at / 1e6, size) for at, size in self.finish()]


class Echo(Stream):
    def finish(self):
        """For each datagram when it was sent and when answered, if it was."""
        self.sent = [(self.start + s / 1e6, self.start + c / 1e6 if c else None)
                     for s, c in super().finish()]
        self.came = sorted(came for _, came in self.sent if came)

    def silence(self, begin, end):
        """The longest one that did not end before: ms."""
        at = [t for t in self.came if t < end] + [end]
        return max(1000 * (b - a) for a, b in zip(at, at[1:]) if b > begin)

    def lost(self, begin, end):
        return sum(begin <= sent < end and (not came or came - sent > LATE)
                   for sent, came in self.sent)


def befall(case, fault, active, standby):
    if fault == 'power cut':
        active.kill()
    elif fault == 'hang':
        active.guest.freeze()
    elif fault == 'link down':
        active.place.run('ip link set eth0 down')
    else:
        case.plan(active, standby)


def recover(lab, case, fault, unit, roles):
    if fault == 'power cut':
        lab.revive(unit)
        case.start_unit(unit)
        roles.seen[unit] = 0
    elif fault == 'link down':
        unit.place.run('ip link set eth0 up')
    elif fault == 'planned':
        case.after_plan(unit)


def trial(lab, case, fault, roles, pictured=False):
    """What one fault did."""
    active, standby = roles.settle()
    for unit in lab.units:
        case.get_ready(unit)
    begin, echo = time.time(), Echo(lab, 'udp', PICTURED[0] if pictured else RATE)
    download = Stream(lab, 'tcp', PICTURED[1]) if pictured else None
    poll('the stream is replicated', lambda: echo.is_replicated(standby), 10)
    now, new = roles.look()
    roles.flap(new)
    if new or now[active] != 'active':
        raise Void('the roles changed before the fault')
    # Whatever goes on evenly there, the fault must not be in step with it.
    time.sleep(random.uniform(0.2, 0.3))
    at = time.time()
    befall(case, fault, active, standby)
    time.sleep(max(0, at + WATCHED - time.time()))
    over = time.time()
    if fault == 'hang':
        active.guest.thaw()
        time.sleep(WATCHED)
    end = time.time()
    echo.finish()
    found = {'ms': echo.silence(at, over), 'lost': echo.lost(at - 0.05, over), 'at': at,
             'over': over, 'before_ms': echo.silence(0, at - 0.05), 'begin': begin, 'end': end, 'old': active,
             'echo': echo, 'came': download.came() if pictured else []}
    if fault == 'hang':
        found['after_ms'] = echo.silence(over, end)
        found['after_lost'] = echo.lost(over, end - LATE)
    now, found['takeovers'] = roles.look()
    roles.flap(found['takeovers'] - 1)
    found['back'] = now.get(active) == 'active'
    found['taken'] = now[standby] == 'active'
    recover(lab, case, fault, active, roles)
    return found


def spoken(frames, lab, found):
    """(when the standby first spoke in the active unit's name, how often the speaker changed)"""
    first, changes = [], [0]
    for net in ('in', 'out'):
        speakers = [(f.time, f.unit) for f in frames if f.net == net and
                    found['begin'] <= f.time <= found['end'] and
                    (claims_active(f, lab.active_macs if found['macs'] else {}) or f.l4 == VRRP)]
        first += [t for t, unit in speakers if unit != found['old'].name][:1]
        changes.append(sum(a[1] != b[1] for a, b in zip(speakers, speakers[1:])))
    return min(first, default=None), max(changes)


def judge(lab, case, capture, results, roles):
    """What the units really sent: adds "two", or turns a trial into a void one."""
    frames, valid, void = capture.stop(), [], []
    for found in results:
        found['macs'] = isinstance(case, Pair)
        first, changes = spoken(frames, lab, found)
        # Each takeover is one change of the speaker; one more is somebody who still speaks.
        found['two'] = None if capture.dropped else changes > max(1, found['takeovers'])
        if first and first < found['at']:
            void.append('taken over before the fault')
            roles.flaps.append((1, found['begin'], found['at']))
        else:
            valid.append(found)
    return valid, void


def rescue(lab):
    """Both machines anew, whatever state they are in."""
    for unit in lab.units:
        unit.kill()
    for unit in lab.units:
        lab.revive(unit)


def turn(lab, case, fault, count, pictured=False):
    """(what valid trials found, reasons of void ones, flaps) of up to so many trials."""
    results, void, roles, capture = [], [], Roles(lab, case), None
    try:
        case.start(lab)
        capture = lab.capture(expression=CLAIMS)
        for _ in range(count):
            try:
                results.append(trial(lab, case, fault, roles, pictured))
            except Void as why:
                void.append(str(why))
        valid, early = judge(lab, case, capture, results, roles)
        case.stop(lab)
    except (Timeout, CommandFailed) as why:
        print(f'# {case.name}: {str(why).splitlines()[0]}', flush=True)
        void.append(re.sub(r': .*', '', str(why).splitlines()[0]))
        valid, early = judge(lab, case, capture, results, roles) if capture else ([], [])
        rescue(lab)
    return valid, void + early, roles.flaps


class Sum:
    """All turns of a case with one kind of fault."""

    def __init__(self):
        self.found, self.void, self.flaps, self.seconds = [], [], [], 0
        self.paused = []

    def add(self, lab, case, fault, count, pictured=False):
        began = time.time()
        found, void, flaps = turn(lab, case, fault, count, pictured)
        still = lab.witness.still
        for one in found:
            one['still_ms'] = still(one['at'] - 0.05, one['over'])
        self.found += found
        self.void += void
        self.flaps += [(n, still(*between)) for n, *between in flaps]
        self.paused += [ms for over, ms in lab.witness.pauses() if over > began and ms >= STILL_MS]
        self.seconds += time.time() - began

    def figures(self, fault):
        ms = [round(f['ms'], 1) for f in self.found]
        lost = [f['lost'] for f in self.found]
        judged = [f['two'] for f in self.found if f['two'] is not None]
        found = {'trials': len(ms), 'ms': ms, 'lost': lost, 'void': len(self.void),
                 'void_because': {why: self.void.count(why) for why in set(self.void)},
                 'flaps': sum(n for n, _ in self.flaps), 'seconds': round(self.seconds),
                 'flaps_disturbed': sum(n for n, ms in self.flaps if ms >= STILL_MS),
                 'machine_still': {'times': len(self.paused), 'longest_ms': max(self.paused, default=0)},
                 'two_at_once': sum(judged), 'two_at_once_judged': len(judged),
                 'never_taken_over': sum(not (f['taken'] or f['back']) for f in self.found)}
        if ms:
            found.update(median_ms=round(statistics.median(ms), 1), worst_ms=max(ms),
                         lost_median=statistics.median(lost), lost_worst=max(lost))
        calm = [round(f['ms'], 1) for f in self.found if f['still_ms'] < STILL_MS]
        if calm:
            found['undisturbed'] = {'trials': len(calm), 'median_ms': round(statistics.median(calm), 1),
                                    'worst_ms': max(calm)}
        if ms and fault == 'hang':
            after = [f['after_ms'] for f in self.found]
            found.update(after_median_ms=round(statistics.median(after), 1),
                         after_worst_ms=round(max(after), 1),
                         after_lost_worst=max(f['after_lost'] for f in self.found),
                         role_went_back=sum(f['back'] for f in self.found))
        return found


def chosen(variable, things, name=lambda thing: thing):
    words = (os.environ.get(variable) or '').split(';')
    return [thing for thing in things if any(w.strip() in name(thing) for w in words)]


def cases(pictured=False):
    every = (Pair(10, 30), Vrrp(0.01), Pair(5, 15), Vrrp(0.01, notify=False))
    return chosen('NFHA_CASES', every[:3] if pictured else every, lambda case: case.name)


def begin(lab, figures):
    """The streams' server, the witness, and how everything is set up."""
    if not getattr(lab, 'streams', None):
        lab.streams = lab.server.spawn(f'{PROMPT} {lab.server.programs}/stream server 0.0.0.0 {PORT}')
        lab.server.jobs.remove(lab.streams)
        lab.listeners.append(lab.streams)
        lab.witness = Witness(lab)
    figures['configuration'] = {case.name: case.configuration(lab.a) for case in cases()}


@contextlib.contextmanager
def apart(lab):
    """A processor for each unit, as two machines have: else one's start takes the time of the other,
    and so do the programs of the test."""
    guests = [unit.place.guest for unit in lab.units]
    processors = sorted(os.sched_getaffinity(0))
    try:
        for guest, processor in zip(guests, processors):
            guest.keep_on({processor} if len(processors) >= len(guests) else None)
        yield
    finally:
        for guest in guests:
            guest.keep_on(None)


def in_turns(lab, fault, trials, keep, pictured=False):
    """So many valid trials of each case, or twice as many attempts; each turn's outcome is kept."""
    sums = {case: Sum() for case in cases(pictured)}
    with apart(lab):
        while left := {case: min(TURN, trials - len(s.found)) for case, s in sums.items()
                       if len(s.found) < trials and len(s.void) <= trials}:
            for case, count in left.items():
                sums[case].add(lab, case, fault, count, pictured)
                keep(case, sums[case])


def interruption(lab, figures):
    """Power cut (SIGKILL), hang (SIGSTOP), link down, planned: beside keepalived with conntrackd."""
    trials = int(os.environ.get('NFHA_TRIALS') or 10)
    begin(lab, figures)
    for fault in chosen('NFHA_FAULTS', FAULTS):
        found = figures[fault] = {}

        def keep(case, done):
            found[case.name] = done.figures(fault)
        in_turns(lab, fault, trials, keep)
        for name, figure in found.items():
            say(fault, name, figure)


def say(fault, name, found):
    after = (f'; after it {found["after_median_ms"]} ms, worst {found["after_worst_ms"]}, role went back '
             f'{found["role_went_back"]}') if 'after_worst_ms' in found else ''
    print(f'  {fault:9} {name:45} median {found.get("median_ms")} ms, worst {found.get("worst_ms")}, lost '
          f'{found.get("lost_median")} to {found.get("lost_worst")}; {found["trials"]} trials, '
          f'{found["void"]} void {found["void_because"] or ""}, {found["flaps"]} flaps in '
          f'{found["seconds"]} s, two at once {found["two_at_once"]} of '
          f'{found["two_at_once_judged"]}{after}; undisturbed {found.get("undisturbed")}, flaps beside a '
          f'pause of the machine {found["flaps_disturbed"]}, pauses {found["machine_still"]}', flush=True)


def bins(events, begin, end):
    """[sum of what came, for each few milliseconds]"""
    found = [0] * round(1000 * (end - begin) / BIN_MS)
    for at, size in events:
        number = int(1000 * (at - begin) // BIN_MS)
        if 0 <= number < len(found):
            found[number] += size
    return found


def timeline(found, fault):
    """What came when around one fault."""
    span = found['at'] - 0.2, found['at'] + (1.8 if fault == 'hang' else 0.8)
    per_second = 1000 / BIN_MS
    return {'from_ms': -200, 'bin_ms': BIN_MS, 'interruption_ms': round(found['ms'], 1),
            'answers_per_s': [round(n * per_second) for n in bins(
                [(at, 1) for at in found['echo'].came], *span)],
            'mbit_per_s': [round(n * per_second * 8 / 1e6, 1) for n in bins(found['came'], *span)]}


def faults(lab, figures):
    """What comes through around each kind of fault: UDP echoes and a TCP download, for pictures."""
    trials = int(os.environ.get('NFHA_TRIALS') or 5)
    begin(lab, figures)
    for fault in chosen('NFHA_FAULTS', FAULTS):
        found = figures[fault] = {}

        def keep(case, done):
            # The one in the middle stands for all.
            each = sorted(done.found, key=lambda one: one['ms'])
            if each:
                found[case.name] = timeline(each[len(each) // 2], fault) | {
                    'trials': done.figures(fault)}
        in_turns(lab, fault, trials, keep, True)
        for name, course in found.items():
            say(fault, name, course['trials'])
