# SPDX-License-Identifier: GPL-2.0-or-later
"""Test cases and their report in KTAP, the kernel selftests' format; exit 0, 1 or 4 (skip)."""
import os
import re
import signal
import sys
import tempfile
import time
import traceback

import lab as labs
from place import Skip

CASES = []
# Kernels with the checks of debug.config.
DEBUG = ('umldbg', 'smpdbg')
LAST_CASE = 'kmemleak finds nothing lost, lockdep was on to the end'


class Failed(Exception):
    """What a case found wrong."""


class Inconclusive(Exception):
    """The fault came too late or too early: the trial says nothing and is made again."""


def case(name, kinds=('pair', 'ns'), kernels=None):
    """Marks a function (lab) as a case; kinds and kernels say in which labs it means something.

    The program's own: what it imports of another one brings no cases along.
    """
    def mark(function):
        if function.__module__ == '__main__':
            CASES.append((name, kinds, kernels, function))
        return function
    return mark


def check(condition, text):
    if not condition:
        raise Failed(text)


def say(text):
    for line in str(text).splitlines():
        print('# ' + line, flush=True)


class Session:
    """One lab, booted for the first case and again after each failure."""

    def __init__(self, spec, results):
        self.spec, self.results = spec, results
        self.kind, self.kernel = spec.split(':')
        self.lab = None
        self.boots = 0
        self.found = []                 # what the checks of the debug kernel found at the end

    def open(self):
        if self.lab is None:
            self.boots += 1
            folder = f'{self.results}/run-{os.getpid()}-{self.boots}'
            self.lab = labs.open_lab(self.spec, folder, labs.build_folder())
            self.lab.kernel_name = self.kernel
            self.lab.up()
        return self.lab

    @property
    def debug(self):
        return self.kernel in DEBUG

    def close(self, examine=False):
        if self.lab is not None:
            lab, self.lab = self.lab, None
            if examine and self.debug:
                if not lab.rebuild:
                    lab.fresh(start=False)      # the module is gone: so is all it had
                self.found += lab.lockdep_off() + lab.leaks()
            lab.down()
            labs.remove(lab.folder)

    def fail(self, name):
        """Keeps consoles and captures, and throws the lab away."""
        if self.lab is not None:
            kept = f'{self.results}/failed-{name}-{self.spec.replace(":", "-")}'
            self.lab.stop_captures()
            self.lab.pick_up(kept)
            say(f'kept: {kept}')
        self.close()

    def conclude(self, lab, function):
        for _ in range(4):
            try:
                return function(lab)
            except Inconclusive as e:
                say(f'to be made again: {e}')
                lab.quiet()
        raise Failed('four trials said nothing')

    def run(self, name, function):
        """One case: None or what was wrong."""
        try:
            lab = self.open()
            self.conclude(lab, function)
            reports = lab.reports()
            if reports:
                raise Failed('kernel reports:\n' + '\n'.join(reports[:20]))
            lab.quiet()
            if lab.rebuild:
                self.close(examine=True)
        except Skip:
            raise
        except Failed as e:
            return str(e)
        except Exception:           # a defect of the test is a failure of the test
            return traceback.format_exc()
        return None


    def examination(self):
        """After the last case, on a debug kernel: what only shows when all is over."""
        try:
            self.close(examine=True)
        except Exception:
            return traceback.format_exc()
        return '\n'.join(self.found) or None


def interrupted(number, _frame):
    raise KeyboardInterrupt(f'signal {number}')


def report(session, selected):
    """Runs the cases; returns (passed, failed, skipped)."""
    passed = failed = skipped = 0
    print(f'KTAP version 1\n1..{len(selected) + session.debug}', flush=True)
    for number, (name, kinds, kernels, function) in enumerate(selected, 1):
        start, wrong, why = time.monotonic(), None, None
        try:
            if session.kind not in kinds:
                raise Skip(f'not for {session.kind} labs')
            if kernels and session.kernel not in kernels:
                raise Skip(f'not for {session.kernel}')
            wrong = session.run(name, function)
        except Skip as e:
            why = str(e)
        title = f'{number} {session.spec} {name}'
        if wrong is not None:
            failed += 1
            say(wrong)
            try:
                session.fail(re.sub('[^a-z0-9]+', '-', name.lower())[:60])
            except Exception:
                say(traceback.format_exc())
                session.lab = None
            print(f'not ok {title}', flush=True)
        elif why is not None:
            skipped += 1
            print(f'ok {title} # SKIP {why}', flush=True)
        else:
            passed += 1
            print(f'ok {title} # {time.monotonic() - start:.1f} s', flush=True)
    if session.debug:
        wrong = session.examination()
        title = f'{len(selected) + 1} {session.spec} {LAST_CASE}'
        if wrong:
            say(wrong)
        failed, passed = failed + bool(wrong), passed + (not wrong)
        print(f'{"not " if wrong else ""}ok {title}', flush=True)
    return passed, failed, skipped


def main():
    """test_X.py LAB [WORD...]: cases whose names hold one of the words, or all."""
    if len(sys.argv) < 2 or ':' not in sys.argv[1]:
        sys.exit(f'usage: {sys.argv[0]} pair:KERNEL|ns:KERNEL [WORD...]\n'
                 'KERNEL is uml, umldbg, smpdbg, 6.1 or 6.12, built by build.sh')
    words = sys.argv[2:]
    selected = [c for c in CASES if not words or any(w in c[0] for w in words)]
    if not selected:
        sys.exit(f'{sys.argv[0]}: no such case')
    if os.geteuid():
        print('KTAP version 1\n1..0 # SKIP needs root')
        sys.exit(4)
    signal.signal(signal.SIGTERM, interrupted)
    results = os.environ.get('NFHA_RESULTS') or tempfile.mkdtemp(prefix='nfha-results-')
    os.makedirs(results, exist_ok=True)
    session = Session(sys.argv[1], results)
    try:
        passed, failed, skipped = report(session, selected)
    finally:
        session.close()
    say(f'Totals: pass:{passed} fail:{failed} skip:{skipped}')
    sys.exit(1 if failed else 0 if passed else 4)
