#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What comes in by netlink and sysfs is checked: refused in words, or harmless.

Guards the policies and the one parser of each message. NFHA_FUZZ: how many random requests.
"""
import os
import random

from ktap import case, check, main, say

COUNT = {'umldbg': 600, 'smpdbg': 600}


@case('random requests to the netlink family', kinds=('ns',))
def fuzz(lab):
    lab.fresh(start=False)
    lab.a.load()
    count = int(os.environ.get('NFHA_FUZZ', 0)) or COUNT.get(lab.kernel_name, 2400)
    seed = random.randrange(1 << 30)
    say(f'{count} requests, seed {seed}')
    # All loopholes of a configured unit lie behind a valid configuration: several seeds.
    for number in range(4):
        say(lab.a.place.run(f'/nfha/fuzz_genl {count // 4} {seed + number}', 280).strip())
    check('nfha' in lab.a.place.run('lsmod'), 'the module is gone')
    lab.fresh()


@case('without CAP_NET_ADMIN nothing is told or taken', kinds=('ns',))
def privileges(lab):
    lab.fresh(start=False)
    lab.a.load()
    out = lab.a.place.run('setpriv --bounding-set -net_admin --inh-caps -net_admin '
                          '/nfha/fuzz_genl 200 1; echo "exit $?"', 60, check=False)
    check('exit 1' in out, f'some request was taken: {out}')
    out = lab.a.place.run('/nfha/fuzz_genl 200 1; echo "exit $?"', 60, check=False)
    check('exit 0' in out, f'the same with the capability: {out}')


@case('parameters refuse what is out of their range', kinds=('ns',))
def parameters(lab):
    lab.fresh(start=False)
    lab.a.load()
    names = lab.a.place.run('ls /sys/module/nfha/parameters').split()
    check(len(names) >= 5, f'parameters: {names}')
    for name in names:
        path = f'/sys/module/nfha/parameters/{name}'
        text = lab.a.place.run(f'modinfo -F parm /nfha/nfha.ko | grep ^{name}:')
        low, high = text.rsplit('(', 1)[1].split(',')[0].split('-')
        before = lab.a.place.read(path)
        for value, taken in ((low, True), (high, True), (int(low) - 1, False),
                             (int(high) + 1, False), ('x', False), ('', False)):
            out = lab.a.place.run(f'echo {value} >{path} && echo taken', check=False)
            check(('taken' in out) == taken, f'{name}={value}: {out}')
        lab.a.place.run(f'echo {before.decode().strip()} >{path}')
    lab.fresh()


@case('a state link is refused on a macvlan and on an ipvlan', kinds=('ns',))
def shared_nic(lab):
    lab.fresh(start=False)
    unit = lab.a
    text = unit.config(state='inside')
    unit.load()
    unit.guest.exec('modprobe -q ipvlan')
    for link, taken in (('macvlan mode private', False), ('ipvlan mode l2', False),
                        ('vlan id 5', True)):
        made = unit.place.run(f'ip link add link eth0 name sub0 type {link} 2>&1', check=False)
        check(not made.strip(), f'{link}: {made}')
        unit.place.run('ip link set sub0 up')
        unit.place.write(unit.config_path, text.replace('interface eth0', 'interface sub0'))
        try:
            if taken:
                unit.start_helper()
                unit.stop()
                continue
            out = unit.place.run(f'timeout 20 /nfha/nfhad -c {unit.config_path} -s {unit.socket} 2>&1; '
                                 'echo "exit $?"')
            check('a macvlan or ipvlan takes no frames for an address of the state link' in out and
                  'exit 1' in out, f'{link}: {out}')
        finally:
            unit.place.run('ip link del sub0')
    unit.reset()


if __name__ == '__main__':
    main()
