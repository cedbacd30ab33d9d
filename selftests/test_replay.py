#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What was recorded, and what was forged, changes nothing: frames of the state link, and hellos.

Guards invariant 5. Each datagram goes to the unit that it was for, by the unit's own switch port,
while the pair is alive: once more as it was, shorter, with a bit changed, sealed with another
pair's key, from another address, and noise. Every one of them has to be counted as refused,
exactly, by one counter or the other; roles, terms and tables stay. NFHA_FRAMES: how many
frames of each sort to each unit.
"""
import os
import random
import time

from ktap import case, check, main, say
from place import poll
from test_converge import V4, agreed, insert
from test_keys import OTHER, SECRET, wait_key

COUNT = {'umldbg': 200, 'smpdbg': 100}
HOW = ('same', 'cut', 'flip', 'source', 'random')

FRAMES = ('rx_malformed', 'rx_wire_version', 'rx_wrong_source', 'rx_same_unit', 'rx_clear_text',
          'rx_unknown_key', 'rx_cipher_failed', 'rx_authentication', 'rx_other_session', 'rx_replay',
          'rx_queue_overflow')
HELLOS = ('hello_too_short', 'hello_wrong_magic', 'hello_wrong_version', 'hello_wrong_key',
          'hello_wrong_length', 'hello_field_out_of_range', 'hello_malformed_part',
          'hello_wrong_seal', 'hello_wrong_source', 'hello_stale', 'hello_replayed', 'hello_own',
          'hello_same_unit')


# By net: what is sent there, where it is counted, and one in how many.
KINDS = {
    'state': ('frames', 'stats', FRAMES, 1),
    # Each one wakes a real-time thread: a flood of them is no subject of this.
    'fover': ('hellos', 'hello', HELLOS, 20),
}


def record(lab, key):
    """A pair with that key, and what its units send each other: files by net and unit."""
    active, standby = lab.fresh(key=key)
    wait_key(lab)
    capture = lab.capture(tuple(KINDS), 65535, "'udp port 7868 or udp port 7869'")
    insert(active, 300)
    active.place.run(f'conntrack -D {V4} -p udp --orig-port-src 1030')
    since = time.monotonic()
    poll('all of it is there', lambda: agreed(active, since) and agreed(standby, since), 40)
    capture.stop()
    found = {}
    for _, unit, net, path in capture.jobs:
        found[net, unit] = f'{path}.{key[0]}'
        lab.switch.run(f'mv {path} {found[net, unit]}')
    return found


def figures(unit, net):
    _, group, names, _ = KINDS[net]
    found = unit.status()[group]
    return {name: found[name] for name in names}


def state(lab):
    """What must not change."""
    return [(unit.name, status['this_host']['state'], status['term'],
             status['replication']['generation'])
            for unit in lab.units for status in [unit.status()]]


def send(lab, unit, net, how, path, number, label=None):
    """So many of one sort to one unit; each has to be counted as refused, once."""
    what, seed, old = KINDS[net][0], random.getrandbits(31), figures(unit, net)
    out, rc = lab.switch.spawn(f'{lab.switch.programs}/replay {unit.name}-{net} {path} {how} '
                               f'{number} {seed}').wait(600)
    check(rc == 0, f'{how} to {unit.name}: {out}')

    def refused():
        new = figures(unit, net)
        return {name: new[name] - old[name] for name in new if new[name] != old[name]}
    text = f'{number} {what} to {unit.name}, {label or how} (seed {seed})'
    try:
        poll(f'{text}: all counted', lambda: sum(refused().values()) >= number, 20, 0.5)
    finally:
        say(f'{text}: {refused()}')
    check(sum(refused().values()) == number, f'{text}: {refused()}')


@case('frames of the state link and hellos, recorded and forged')
def replay(lab):
    number = int(os.environ.get('NFHA_FRAMES') or COUNT.get(lab.kernel_name, 2000))
    others, own = (record(lab, key) for key in (OTHER, SECRET))
    steady = state(lab)
    for net, (*_, share) in KINDS.items():
        for unit in lab.units:
            peer = lab.other(unit).name
            for how in HOW:
                send(lab, unit, net, how, own[net, peer], max(number // share, 10))
            send(lab, unit, net, 'same', others[net, peer], max(number // share, 10),
                 'sealed with another key')
            check(state(lab) == steady, f'{steady} became {state(lab)}')
    since = time.monotonic()
    poll('tables are equal', lambda: all(agreed(unit, since) for unit in lab.units), 40)


if __name__ == '__main__':
    main()
