#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A unit that hangs is not active beyond the hold time.

Guards the lease: kill -9 and SIGSTOP of the helper, SIGSTOP of the whole machine and, on QEMU,
a machine whose clocks stood still. Judged by captures of each unit's own ports on one clock,
while both units are asked separately, by their ports, for the active addresses.
"""
import time

from capture import claims_active, overlap
from flows import finish, idle, wait_replicated
from ktap import Skip, case, check, main, say
from lab import PORT
from place import poll
from test_unload import compare, snapshot

# The old unit after a stop of its clocks: until the first fresh hello, which takes this long on
# a busy machine.
TOLERANCE = 0.25


def hold(lab):
    return lab.a.hold_ms / 1000


def clock(lab):
    """The clock of the captures."""
    return float(lab.switch.run('echo $EPOCHREALTIME'))


def signalled(lab, unit, number):
    """Sends it and says between which two moments, on the clock of the captures."""
    command = f'kill -{number} $(<{unit.pid_path})'
    if unit.place.netns:
        out = unit.place.run(f'echo $EPOCHREALTIME; {command}; echo $EPOCHREALTIME')
        return tuple(map(float, out.split()))
    before = time.time()
    unit.place.run(command)
    return before, time.time()


def injector(lab, unit):
    """ARP requests and echoes for the active addresses, to one unit's own ports only.

    Sent into the switch's port, not through the bridge, so that each unit gets its own however
    the bridge has learnt; addressed to the active MAC, as a neighbour would.
    """
    jobs = []
    for end, net in (('client', 'in'), ('server', 'out')):
        address = {'in': '10.0.1.254', 'out': '10.0.2.254'}[net]
        source = {'in': '10.0.1.77', 'out': '10.0.2.77'}[net]     # not an end's: its entry stays
        jobs.append(lab.switch.spawn(
            f'{lab.switch.programs}/inject {unit.name}-{net} {lab.active_macs[net]} '
            f'{source} {address} 20'))
    return jobs


def helper_fault(lab, number, word):
    active, standby = lab.fresh()
    capture = lab.capture()
    for unit in lab.units:
        injector(lab, unit)
    poll('the active unit answers', lambda: ' 0% packet loss' in
         lab.client.run('ping -c1 -W1 10.0.1.254', check=False), 10)
    for unit in lab.units:              # and what the unit says of itself
        unit.place.spawn('ping -n -q -i 0.05 10.0.1.2')
        unit.place.spawn('ping -n -q -i 0.05 10.0.2.2')
    early, at = signalled(lab, active, number)
    poll(f'{standby.name} takes over', lambda: standby.state() == 'Active', 10)
    poll('the new active unit answers', lambda: ' 0% packet loss' in
         lab.client.run('ping -c1 -W1 10.0.1.254', check=False), 10)
    time.sleep(2 * hold(lab))           # frames that must not come need time not to come
    frames = capture.complete()
    last = max(f.time for f in frames if f.unit == active.name
               and claims_active(f, lab.active_macs))
    say(f'{word}: last frame in the active name {(last - at) * 1000:.0f} to '
        f'{(last - early) * 1000:.0f} ms later, hold time {hold(lab) * 1000:.0f} ms')
    check(last > early, 'the old active unit was silent already: the capture proves nothing')
    check(last - at < hold(lab), f'{active.name} was not fenced within the hold time')
    first, late = overlap(frames, active.name, standby.name, lab.active_macs, at)
    check(first is not None, f'{standby.name} never spoke in the active name')
    check(not late, f'{len(late)} frames of {active.name} after {standby.name} took over: {late[:2]}')
    return active, standby


@case('kill -9 of the active unit\'s helper')
def helper_killed(lab):
    active, standby = helper_fault(lab, 9, 'SIGKILL of nfhad')
    # A restarted helper finds its place as the standby.
    active.start_helper()
    got, _ = lab.wait_pair()
    check(got is standby, f'{got.name} is active, but {standby.name} was')


@case('SIGSTOP of the active unit\'s helper, and its return')
def helper_stopped(lab):
    active, standby = helper_fault(lab, 19, 'SIGSTOP of nfhad')
    capture = lab.capture()
    at = clock(lab)
    active.signal_helper(18)
    got, _ = lab.wait_pair()
    check(got is standby, f'{got.name} is active, but {standby.name} was')
    late = [f for f in capture.complete() if f.unit == active.name
            and claims_active(f, lab.active_macs) and f.time > at]
    check(not late, f'the resumed helper\'s unit spoke in the active name: {late[:2]}')


@case('a lapse closes the gate and touches nothing else')
def lapse(lab):
    active, standby = lab.fresh()
    flow = idle(lab)
    wait_replicated(standby, 1)
    before, entries = snapshot(active), active.entry_ids(f'dport={PORT}')
    standby.signal_helper(19)           # nobody takes over
    active.signal_helper(19)
    poll('the active unit is fenced', lambda: ' 100% packet loss' in
         lab.client.run('ping -c1 -W1 10.0.1.254', check=False), 15)
    compare(active, before)
    check(entries and active.entry_ids(f'dport={PORT}') == entries, 'its connections changed')
    out = active.place.run(f'/nfha/nfha -s {active.socket} show failover 2>&1; echo "exit $?"')
    check('timed out' in out and 'exit 1' in out, f'of a helper that is stopped: {out}')
    for unit in lab.units:
        unit.signal_helper(18)
    lab.wait_pair()
    finish([flow])


def machine_fault(lab, stop, resume):
    active, standby = lab.fresh()
    clock_source = active.place.run('cat /sys/devices/system/clocksource/clocksource0/'
                                    'current_clocksource', check=False).strip()
    say(f'clock source: {clock_source}')
    capture = lab.capture()
    for unit in lab.units:
        injector(lab, unit)
    poll('the active unit answers', lambda: ' 0% packet loss' in
         lab.client.run('ping -c1 -W1 10.0.1.254', check=False), 10)
    at = clock(lab)
    stop(active)
    poll(f'{standby.name} takes over', lambda: standby.state() == 'Active', 10)
    left = at + 3 * hold(lab) - clock(lab)
    if left > 0:
        time.sleep(left)
    resumed = clock(lab)
    resume(active)
    got, _ = lab.wait_pair()
    check(got is standby, f'{got.name} is active after the return, but {standby.name} was')
    time.sleep(2 * hold(lab))
    return active, standby, capture.complete(), resumed


@case('SIGSTOP of the whole machine for three hold times', kinds=('pair',))
def machine_frozen(lab):
    active, standby, frames, resumed = machine_fault(
        lab, lambda u: u.guest.freeze(), lambda u: u.guest.thaw())
    first, late = overlap(frames, active.name, standby.name, lab.active_macs)
    check(first is not None and first < resumed, f'{standby.name} had not spoken before the return')
    # Frames that were in the machine's queues when it stopped come out in one burst at once.
    queued = [f for f in late if f.time < resumed + 0.005]
    wrong = [f for f in late if f not in queued]
    say(f'frames queued before the stop: {len(queued)}')
    check(not wrong, f'{len(wrong)} frames in the active name after the return, first '
          f'{(wrong[0].time - resumed) * 1000 if wrong else 0:.1f} ms later: {wrong[:2]}')


@case('a machine whose clocks stood still', kinds=('pair',), kernels=('6.1', '6.12'))
def machine_paused(lab):
    if not hasattr(lab.a.guest, 'stop_clocks'):
        raise Skip('needs a hypervisor that can stop a guest\'s clocks')
    active, standby, frames, resumed = machine_fault(
        lab, lambda u: u.guest.stop_clocks(), lambda u: u.guest.resume_clocks())
    _, late = overlap(frames, active.name, standby.name, lab.active_macs)
    # Its lease seems to run still: the overlap ends with the first hello of a higher term.
    if late:
        say(f'overlap after the return: {(late[-1].time - resumed) * 1000:.1f} ms')
        check(late[-1].time - resumed < hold(lab) + TOLERANCE, 'the overlap outlasted the hold time')


if __name__ == '__main__':
    main()
