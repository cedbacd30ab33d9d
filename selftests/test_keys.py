#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A pair with a key: it works as without one, nothing is readable, another key is kept away.

Guards sealed hellos, the control connection, sealed frames and their keys' rotation, and what a
unit does that boots beside another key. NFHA_SECONDS: how long keys are rotated under load.
"""
import os
import socket
import struct
import time

from capture import claims_active
from flows import (Flow, check_closed, finish, start_mix, wait_middle, wait_replicated)
from ktap import DEBUG, case, check, main, say
from lab import PORT
from place import poll

SECRET = 'Correct.Horse.Battery.Staple'
OTHER = 'Wrong.Horse.Battery.Staple'
MISMATCH = 'key mismatch with the peer'


def encryption(unit):
    return unit.status().get('encryption', {})


def wait_key(lab, above=0):
    """Until both units seal with the same key, its number above that one; returns the number."""
    def same():
        a, b = (encryption(u) for u in lab.units)
        return a.get('key_id') == b.get('key_id') and a.get('key_id', 0) > above
    poll('both units have the same key', same, 20)
    return encryption(lab.a)['key_id']


def keyed(lab, **options):
    """A settled pair with a key."""
    active, standby = lab.fresh(key=SECRET, **options)
    wait_key(lab)
    for unit in lab.units:
        text = encryption(unit)['text']
        check(text.startswith('TLS 1.3 PSK, '), f'{unit.name}: Encryption: {text}')
    return active, standby


@case('with a key, connections live through a kill, and the killed unit comes back')
def kill_keyed(lab):
    active, standby = keyed(lab)
    standby.close_new()
    flows = start_mix(lab, standby)
    wait_middle(flows)
    active.kill()
    poll(f'{standby.name} takes over', lambda: standby.state() == 'Active', 10)
    finish(flows)
    check_closed(lab)
    lab.quiet()
    lab.revive(active)
    active.start(key=SECRET)
    lab.wait_pair()
    number = wait_key(lab)
    say(f'after the kill: {encryption(standby)["text"]}, key {number}')


@case('another key on one unit: both say so, and the later one is not active')
def another_key(lab):
    a, b = lab.fresh(start=False)
    a.start(key=SECRET)
    poll('a is active', lambda: a.state() == 'Active', 30)
    capture = lab.capture()
    b.start(key=OTHER)
    for unit in lab.units:
        poll(f'{unit.name} says so', lambda u=unit: encryption(u).get('text') == MISMATCH, 20)
    # Several hold times, counted in probes that were answered, one each polling period.
    wanted = 4 * b.hold_ms // b.status()['lease']['poll_ms']
    poll('b has asked often', lambda: b.status()['hello']['active_address_answered'] > wanted, 60)
    check(b.state() == 'Negotiation', f'b is {b.state()} beside another key')
    check(a.state() == 'Active', f'a is {a.state()} beside another key')
    flow = Flow(lab, 'download', f'get 10.0.2.2 {PORT} 1000000', size=1000000)
    finish([flow])
    claims = [f for f in capture.complete() if f.unit == 'b' and claims_active(f, lab.active_macs)]
    check(not claims, f'b speaks as the active unit: {claims[:3]}')
    told = [line for line in a.log() if 'not sealed with' in line]
    check(0 < len(told) <= 2, f'a logged it {len(told)} times')
    for unit in lab.units:
        check(not any(s in line for line in unit.log() for s in (SECRET, OTHER)),
              f'{unit.name} logged a key')
    b.reset()
    b.start(key=SECRET)
    lab.wait_pair()
    wait_key(lab)


# Whatever a key can cost a frame is one of these. That an acknowledgement comes late on a busy
# machine (tx_frames_lost) is none.
LOST = ('tx_errors', 'tx_no_key', 'tx_key_spent', 'rx_malformed', 'rx_clear_text',
        'rx_unknown_key', 'rx_cipher_failed', 'rx_authentication', 'rx_replay')


def stats(lab):
    return {unit: unit.status()['stats'] for unit in lab.units}


@case('another key each second under load: no frame is lost')
def rotation(lab):
    seconds = int(os.environ.get('NFHA_SECONDS', 15))
    keyed(lab, lifetime=1)
    # What a unit receives is looked at first before and last after: it never seems too little.
    heard_before, before = stats(lab), stats(lab)
    keys = {u: encryption(u)['control_keys'] for u in lab.units}
    start = time.time()
    churn = Flow(lab, 'churn', f'churn 10.0.2.2 {PORT} {seconds} 200')
    churn.finish(seconds + 60)
    took = time.time() - start
    after, heard_after = stats(lab), stats(lab)
    for unit in lab.units:
        other = lab.other(unit)
        new = encryption(unit)['control_keys'] - keys[unit]
        lost = {n: after[unit][n] - before[unit][n] for n in LOST}
        sent = after[unit]['tx_frames'] - before[unit]['tx_frames']
        heard = heard_after[other]['rx_frames'] - heard_before[other]['rx_frames']
        late = after[unit]['tx_frames_lost'] - before[unit]['tx_frames_lost']
        say(f'{unit.name}: {new} keys in {took:.0f} s, {sent} frames sent, {heard} received, '
            f'{late} acknowledged late, {lost}')
        check(new >= seconds / 3, f'{unit.name}: only {new} keys in {took:.0f} s')
        check(sent > 0, f'{unit.name} sent nothing')
        check(heard >= sent, f'{unit.name}: {sent - heard} frames did not arrive')
        check(not any(lost.values()), f'{unit.name}: {lost}')
    lab.wait_pair()


@case('a key that has sealed nearly all it may is replaced, under load', kernels=DEBUG)
def spent(lab):
    lab.fresh(start=False)
    lab.a.load()
    # In one kernel both units have the same limit.
    lab.a.guest.exec('echo 300 >/sys/module/nfha/parameters/key_frames')
    for unit in lab.units:
        unit.start(wait=False, key=SECRET)
    active, standby = lab.wait_pair()
    wait_key(lab)
    before = {u: u.status() for u in lab.units}
    # How many frames a connection takes depends on how fast the machine is.
    for _ in range(10):
        churn = Flow(lab, 'churn', f'churn 10.0.2.2 {PORT} 4 100')
        churn.finish(80)
        check(churn.judge() is None, 'traffic')
        if all(u.status()['stats']['tx_frames'] - before[u]['stats']['tx_frames'] > 200
               for u in lab.units):
            break
    for unit in lab.units:
        now, then = unit.status(), before[unit]
        new = now['encryption']['control_keys'] - then['encryption']['control_keys']
        lost = {n: now['stats'][n] - then['stats'][n] for n in LOST}
        sent = now['stats']['tx_frames'] - then['stats']['tx_frames']
        say(f'{unit.name}: {new} keys, {sent} frames sent, {lost}')
        check(sent > 150, 'half a key was not reached: this proves nothing')
        check(new >= 1, f'{unit.name}: no other key')
        check(not any(lost.values()), f'{unit.name}: {lost}')
    lab.wait_pair()
    # None is left at all: the event comes again, and replication goes on.
    lab.a.guest.exec('echo 2 >/sys/module/nfha/parameters/key_frames')
    poll('a key is spent', lambda: any(u.status()['stats']['tx_key_spent'] for u in lab.units), 20)
    lab.a.guest.exec('echo 4294967295 >/sys/module/nfha/parameters/key_frames')
    lab.wait_pair()


def what_moved(unit):
    """What must stay as it is while the key is changed."""
    status = unit.status()
    return (status['this_host']['state'], status['term'], status['hello']['takeovers'],
            status['hello']['hello_wrong_seal'], *(status['stats'][n] for n in LOST))


@case('another failover key for the running pair, under traffic: nobody notices')
def rekey(lab):
    active, standby = keyed(lab)
    churn = Flow(lab, 'churn', f'churn 10.0.2.2 {PORT} 8 50')
    for first, second, key in ((standby, active, OTHER), (active, standby, SECRET)):
        before = {u: what_moved(u) for u in lab.units}
        number = encryption(lab.a)['key_id']
        first.rekey(key)
        poll('it waits', lambda u=first: encryption(u).get('key_change') == 'waiting for the peer', 20)
        poll('the other one knows', lambda u=second: encryption(u).get('key_change') ==
             'peer is waiting', 20)
        # Several hold times, counted in hellos.
        heard = first.status()['hello']['hello_fresh']
        wanted = heard + 6 * first.hold_ms // first.status()['lease']['poll_ms']
        poll('it waits for long', lambda u=first: u.status()['hello']['hello_fresh'] > wanted, 30)
        for unit in lab.units:
            check(what_moved(unit) == before[unit], f'{unit.name}, one has it: {before[unit]}, '
                  f'then {what_moved(unit)}')
        second.rekey(key)
        poll('both have changed', lambda: all(encryption(u).get('key_change') == 'none'
                                              for u in lab.units),
             20)
        # Twice: so no key of the state link is of the one before.
        wait_key(lab, above=number + 1)
        for unit in lab.units:
            check(what_moved(unit) == before[unit], f'{unit.name}, both have it: {before[unit]}, '
                  f'then {what_moved(unit)}')
            check(any('the failover key was changed' in line for line in unit.log()), 'not logged')
    churn.finish()
    check(churn.judge() is None, 'traffic')
    lab.wait_pair()
    standby.reset()
    standby.start(key=OTHER)
    for unit in lab.units:
        poll(f'{unit.name} refuses the key before',
             lambda u=unit: encryption(u).get('text') == MISMATCH, 20)
    for unit in lab.units:
        check(not any(s in line for line in unit.log() for s in (SECRET, OTHER)),
              f'{unit.name} logged a key')


def recorded(lab, ports, **options):
    """All bytes of both links while the pair starts and a login passes; and the login's port."""
    lab.fresh(start=False)
    capture = lab.capture(('fover', 'state'), 65535)
    for unit in lab.units:
        unit.start(wait=False, **options)
    _, standby = lab.wait_pair()
    if options:
        wait_key(lab)
    lab.server.spawn('nc -l -k -p 2323')
    # A connection of before, or of the attempt before, may still have a port.
    out = lab.client.run(f'for p in {{{ports}}}; do '
                         "printf 'login: admin\\r\\nPassword: T3ln3t.Passw0rd\\r\\n' | "
                         'timeout 5 nc -N -p $p 10.0.2.2 2323 && echo $p && exit; sleep 0.1; done; '
                         'exit 1', 60)
    port = int(out.split()[-1])
    poll('the login is on the standby',
         lambda: any(f'sport={port}' in line for line in standby.entries('-p tcp')), 20)
    capture.stop()
    return b''.join(lab.switch.read(path) for *_, path in capture.jobs), port


@case('nothing on the links is readable')
def nothing_readable(lab):
    clear, port = recorded(lab, '2300..2349')
    tuple_ = socket.inet_aton('10.0.1.2') + socket.inet_aton('10.0.2.2')
    # What is looked for is what would be there.
    check(tuple_ + struct.pack('>HH', port, 2323) in clear,
          'not even clear text shows the connection')
    sealed, port = recorded(lab, '2350..2399', key=SECRET)
    secrets = {'the password': b'T3ln3t.Passw0rd', 'the key': SECRET.encode(),
               'addresses of the connection': tuple_,
               'ports of the connection': struct.pack('>HH', port, 2323)}
    say(f'{len(clear)} bytes in clear text, {len(sealed)} sealed')
    for name, data in secrets.items():
        check(data not in sealed, f'{name} can be read on the links')


if __name__ == '__main__':
    main()
