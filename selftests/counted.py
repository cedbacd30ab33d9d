# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose clock counts instructions: one a nanosecond, the same in every run.

Everything is in it, in namespaces, without a switch, so that what is counted is the firewall
and the two ends and nothing else:

     client -- eth0 [ fw-a ] eth1 -- server        fw-b: eth0 and eth1 lead nowhere
                   eth2|  |eth3
                   eth2|  |eth3
                     [ fw-b ]

While nobody has anything to do the clock jumps to the next timer.
"""
import bisect
import os
import re

import lab as labs
from guest import QemuGuest
from place import GuestPlace, parse_result, poll
from unit import Unit

# Instructions a nanosecond of its clock; and rules as few as a masquerading firewall can have.
COUNTED = ['-icount', 'shift=0,sleep=off', '-rtc', 'base=2024-01-01T00:00:00,clock=vm', '-seed', '1']
RULES = '''flush ruleset
table ip fw {
	chain post { type nat hook postrouting priority srcnat; oifname "eth1" masquerade; }
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state invalid drop
		ct state established,related accept
		iifname "eth0" accept
	}
}
'''
LINKS = ''.join(
    f'ip link add eth{nic} netns fw-a address {labs.mac("a", nic)} type veth peer name {peer} netns {place}; '
    for nic, peer, place in ((0, 'eth0', 'client'), (1, 'eth0', 'server'))) + ''.join(
    f'ip link add eth{nic} netns fw-b address {labs.mac("b", nic)} type veth peer name b{nic} netns switch; '
    f'ip -n switch link set b{nic} up; ' for nic in (0, 1)) + ''.join(
    f'ip link add eth{nic} netns fw-a address {labs.mac("a", nic)} type veth '
    f'peer name eth{nic} address {labs.mac("b", nic)} netns fw-b; ' for nic in (2, 3))


class CountedGuest(QemuGuest):
    plugin = None                       # hotspots.so, of the machine that it runs on

    def argv(self):
        line = [word.replace('tsc=reliable ', 'norandmaps ') for word in super().argv()]
        # Only one processor can have a clock of instructions; those of two are counted by the plugin.
        line += COUNTED if self.cpus == 1 else []
        return line + (['-plugin', f'{self.plugin},to={self.folder}/hotspots'] if self.plugin else [])

    def hotspots(self):
        """Instructions by address of a block since the last call."""
        path = f'{self.folder}/hotspots'
        with open(f'{path}.go', 'w'):
            pass
        poll('the plugin has written', lambda: not os.path.exists(f'{path}.go'), 30, 0.005)
        with open(path) as f:
            return {int(a, 16): int(n) for a, n in map(str.split, f)}


class CountedLab(labs.NsLab):
    """Two firewalls, each with a client or a server only if it is the first one."""

    def __init__(self, folder, build, plugin=False, memory=1024, cpus=1):
        with open(f'{build}/6.1/kernel') as f:
            image = f.read().strip()
        super().__init__(folder, f'{build}/6.1', '', lambda name, where, netns, nics: CountedGuest(
            name, where, image, f'{build}/6.1/initramfs', 'tcg' if cpus == 1 else 'tcg,thread=single',
            netns, nics, memory, cpus))
        if plugin:
            self.guest.plugin = f'{build}/programs/guest/hotspots.so'
        self.kernel_name = '6.1'

    def up(self):
        self.guest.boot()
        self.guest.wait_ready(180)
        self.machine = GuestPlace('guest', self.guest)
        self.machine.run('for n in switch client server fw-a fw-b; do ip netns add $n; done; '
                         f'set -e; {LINKS}', 60)
        self.switch, self.client, self.server = (
            GuestPlace(n, self.guest, n) for n in ('switch', 'client', 'server'))
        for end in labs.ENDS:
            getattr(self, end).run(labs.end_script(end))
        self.a, self.b = (Unit(self, n, GuestPlace(n, self.guest, f'fw-{n}'),
                               [labs.mac(n, i) for i in range(4)]) for n in 'ab')
        for unit in self.units:
            unit.prepare()
            unit.place.write('/run/rules', RULES)
            unit.place.run('nft -f /run/rules')
        # Twice what one round leaves behind; walks over many more buckets would be most of it.
        self.machine.run('echo 8192 >/sys/module/nf_conntrack/parameters/hashsize; '
                         'sysctl -qw net.netfilter.nf_conntrack_max=262144')
        self.server.spawn(f'{self.server.programs}/rate server 0.0.0.0 {labs.PORT}')
        return self

    def warm(self):
        """Neighbours known, slabs filled."""
        self.client.run(f'/nfha/rate tcp 10.0.2.2 {labs.PORT} 200 16; '
                        f'/nfha/rate udp 10.0.2.2 {labs.PORT} 20; sleep 1', 120)

    def during(self, command, settle=0.5, before=2):
        """Runs a command; returns its result, and what went on beyond what goes on anyway.

        busy: instructions of the machine (time goes on at one a nanosecond unless nobody has
        anything to do); packets, bytes: what the first firewall sent on the state link, back:
        what it received there. What goes on anyway is seen in the seconds before: quiet, for each second.
        all: busy with that, for what works at another pace in between.
        """
        out = self.machine.run(DURING.format(command=command, settle=settle, before=before), 900)
        marks = [dict(re.findall(rf'^mark {n} (\w+) (\d+)$', out, re.M)) for n in range(3)]
        before, length = ({k: int(marks[i + 1][k]) - int(marks[i][k]) for k in marks[0]} for i in range(2))
        for step in (before, length):
            step['busy'] = step['clock'] - step.pop('idle')
        found = parse_result(out)
        found['all'] = length['busy']
        share = length['clock'] / before['clock']
        found.update({k: length[k] - before[k] * share for k in length if k != 'clock'})
        found['quiet'] = {k: before[k] * 1e9 / before['clock'] for k in before if k != 'clock'}
        found['out'] = out
        return found

    def by_function(self, hotspots):
        """{function of the kernel, or "programs": instructions}; modules are loaded."""
        lines = self.machine.run('grep -i " [tw] " /proc/kallsyms', 120).splitlines()
        symbols = sorted((int(a, 16), name) for a, _, name, *_ in map(str.split, lines))
        starts, found = [a for a, _ in symbols], {}
        for address, count in hotspots.items():
            i = bisect.bisect_right(starts, address) - 1
            name = symbols[i][1] if i >= 0 and address >= starts[0] else 'programs'
            found[name] = found.get(name, 0) + count
        return found


# Idle time to the nanosecond is in the list of timers only. What went before is over first.
DURING = '''
mark() {{
	echo "mark $1 idle $(awk '/idle_sleeptime/ {{ print $3 }}' /proc/timer_list)"
	echo "mark $1 clock $(date +%s%N)"
	ip netns exec fw-a bash -c 'cd /sys/class/net/eth3/statistics
		for x in packets:tx_packets bytes:tx_bytes back_packets:rx_packets back_bytes:rx_bytes; do
			echo "mark '$1' ${{x%:*}} $(<${{x#*:}})"; done'
}}
sleep 3
mark 0; sleep {before}
mark 1; {command}; sleep {settle}
mark 2
'''
