# SPDX-License-Identifier: GPL-2.0-or-later
"""Where commands run: a network namespace of the host, or a guest, or a namespace in a guest.

A Place runs a command to its end (run) or beside the test (spawn). Tests know only places,
so that one scenario serves a pair of machines and two namespaces of one kernel.
"""
import itertools
import os
import shlex
import signal
import subprocess
import time


class CommandFailed(Exception):
    """A command that was expected to succeed did not; says which one, where, and its output."""


class Skip(Exception):
    """This case cannot run or be judged here; the reason is part of the report."""


class Timeout(Exception):
    """Something that was waited for did not come within its limit."""


# By how much longer than in an ordinary lab everything may take; limits only say when to give up.
SLOWNESS = {'umldbg': 3, 'smpdbg': 4}
patience = 1


def be_patient(kernel):
    global patience
    patience = SLOWNESS.get(kernel, 1)


def generous(limit):
    return limit * patience


def poll(what, condition, limit, step=0.05):
    """Waits until condition() is true and returns its value; Timeout after limit seconds."""
    limit = generous(limit)
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Timeout(f'{what}: not within {limit} s')
        time.sleep(step)


def parse_result(text):
    """The 'result key=value ...' line of traffic, and its 'udp ...' line, as one dict."""
    found = {}
    for line in text.splitlines():
        word, *pairs = line.split()[:1] + line.split()[1:] if line.split() else ['']
        if word in ('result', 'udp'):
            for pair in pairs:
                key, _, value = pair.partition('=')
                try:
                    found[key] = float(value) if '.' in value else int(value)
                except ValueError:
                    found[key] = value
    return found


class HostJob:
    def __init__(self, argv, log):
        self.log = log
        with open(log, 'wb') as out:
            self.process = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL'] + argv,
                                            stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def output(self):
        with open(self.log, errors='replace') as f:
            return f.read()

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def wait(self, limit):
        try:
            return self.output_after(self.process.wait(limit))
        except subprocess.TimeoutExpired:
            raise Timeout(f'{self.process.args[-1]}: still running after {limit} s') from None

    def output_after(self, rc):
        return self.output(), rc

    def kill(self):
        if self.running():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class HostPlace:
    """A network namespace of the machine the tests run on."""
    counter = itertools.count()

    def __init__(self, name, netns, folder, programs):
        self.name, self.netns, self.tmp, self.programs = name, netns, folder, programs
        self.jobs = []

    def argv(self, command):
        return ['ip', 'netns', 'exec', self.netns, 'bash', '-c', command]

    def run(self, command, limit=30, check=True):
        try:
            done = subprocess.run(self.argv(command), capture_output=True, text=True,
                                  errors='replace', timeout=limit, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise Timeout(f'{self.name}: {command}: not done in {limit} s') from None
        if check and done.returncode:
            raise CommandFailed(f'{self.name}: {command}: exit {done.returncode}\n'
                                f'{done.stdout}{done.stderr}')
        return done.stdout + done.stderr if not check else done.stdout

    def spawn(self, command):
        log = f'{self.tmp}/{self.name}-job{next(self.counter)}.log'
        job = HostJob(self.argv('exec ' + command), log)
        self.jobs.append(job)
        return job

    def read(self, path):
        with open(path, 'rb') as f:
            return f.read()

    def write(self, path, text):
        with open(path, 'w') as f:
            f.write(text)

    def stop_jobs(self):
        for job in self.jobs:
            job.kill()
        self.jobs.clear()


class GuestJob:
    """A background command of a guest; its state is in files there."""

    def __init__(self, place, command, number):
        self.place, self.base = place, f'{place.tmp}/job{number}'
        inner = f'echo $$ >{self.base}.pid; exec {command}'
        place.guest.exec(
            f'mkdir -p {place.tmp}; '
            f'( bash -c {shlex.quote(inner)} >{self.base}.out 2>&1 </dev/null; echo $? >{self.base}.rc.new; '
            f'mv {self.base}.rc.new {self.base}.rc ) >/dev/null 2>&1 & '
            f'for i in {{1..200}}; do [ -s {self.base}.pid ] && exit 0; sleep 0.02; done; exit 1',
            30, place.netns)

    def output(self):
        return self.place.guest.exec(f'cat {self.base}.out')[0]

    def running(self):
        return self.place.guest.exec(f'[ ! -e {self.base}.rc ]')[1] == 0

    def signal(self, number):
        self.place.guest.exec(f'kill -{int(number)} $(cat {self.base}.pid)')

    def wait(self, limit):
        limit = generous(limit)
        _, rc = self.place.guest.exec(
            f'end=$((SECONDS + {int(limit) + 1})); '
            f'while [ ! -e {self.base}.rc ]; do [ $SECONDS -ge $end ] && exit 9; sleep 0.05; done',
            limit + 30)
        if rc:
            raise Timeout(f'{self.place.name}: job still running after {limit} s: {self.output()}')
        out = self.output()
        return out, int(self.place.guest.exec(f'cat {self.base}.rc')[0])

    def kill(self):
        self.place.guest.exec(f'[ -e {self.base}.rc ] || kill -9 $(cat {self.base}.pid)')


class GuestPlace:
    """A guest, or with netns a network namespace inside it."""
    counter = itertools.count()

    def __init__(self, name, guest, netns=None):
        self.name, self.guest, self.netns = name, guest, netns
        self.tmp, self.programs = '/run/test', '/nfha'
        self.jobs = []

    def run(self, command, limit=30, check=True):
        out, rc = self.guest.exec(command, limit, self.netns)
        if check and rc:
            raise CommandFailed(f'{self.name}: {command}: exit {rc}\n{out}')
        return out

    def spawn(self, command):
        job = GuestJob(self, command, next(self.counter))
        self.jobs.append(job)
        return job

    def read(self, path):
        return self.guest.read(path)

    def write(self, path, text):
        self.guest.write(path, text)

    def stop_jobs(self):
        for job in self.jobs:
            if self.guest.alive():
                job.kill()
        self.jobs.clear()
