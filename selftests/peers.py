# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured side by side: nothing, nfha, conntrackd; each is started and stopped in a lab.

conntrackd is given what its manual recommends: UDP with checksums, 8 MiB buffers that may grow, its
own link left out of tracking; buffers and queues that hold the whole of a bulk. FT-FW is its reliable
mode, NOTRACK the one without acknowledgements. The usual filter leaves out what ends soon; "no
external cache" puts the entries into the peer's kernel table at once, as nfha does, instead of at
the takeover.
"""
from place import poll

USUAL = 'ESTABLISHED CLOSED TIME_WAIT CLOSE_WAIT'
PORT = 3780

CONFIG = '''Sync {{
	Mode {mode} {{
{mode_lines}		DisableExternalCache {no_external}
		StartupResync off
	}}
	UDP {{
		IPv4_address {local}
		IPv4_Destination_Address {peer}
		Port {port}
		Interface {device}
		SndSocketBuffer {buffer}
		RcvSocketBuffer {buffer}
		Checksum on
	}}
	Options {{
		TCPWindowTracking Off
	}}
}}
General {{
	HashSize 65536
	HashLimit 524288
	LogFile off
	Syslog off
	LockFile /run/conntrackd-{name}.lock
	UNIX {{
		Path {control}
	}}
	NetlinkBufferSize 8388608
	NetlinkBufferSizeMaxGrowth 67108864
	NetlinkOverrunResync Off
	NetlinkEventsReliable Off
	EventIterationLimit 100
	Filter From Kernelspace {{
		Protocol Accept {{
			TCP
			UDP
			ICMP
		}}
		Address Ignore {{
{ignored}
		}}
{states}	}}
}}
'''
UNTRACKED = '''table ip link {{
	chain in {{ type filter hook prerouting priority raw; udp dport {port} notrack; }}
	chain out {{ type filter hook output priority raw; udp dport {port} notrack; }}
}}
'''
DROPPED = '''table netdev link {{
	chain in {{ type filter hook ingress device eth3 priority 0; udp dport {port} drop; }}
}}
'''

ENTRY = ('-I -s 10.0.1.2 -d 10.0.2.2 -p tcp --sport %d --dport %d -t 3000 --state ESTABLISHED '
         '-u SEEN_REPLY,ASSURED')


def fill(unit, count):
    """So many established TCP connections in a unit's table, by hand."""
    unit.place.run(
        f"awk 'BEGIN {{ for (n = 0; n < {count}; n++) "
        f'printf "{ENTRY}\\n", 1024 + n % 60000, 443 + int(n / 60000) }}\' >/run/entries; '
        'conntrack -R /run/entries 2>&1 | tail -1; rm /run/entries', 600)
    held = int(unit.place.run('cat /proc/sys/net/netfilter/nf_conntrack_count'))
    if held < count:
        raise RuntimeError(f'{unit.name}: {held} entries of {count}')


class Nothing:
    name = 'no replication'

    def start(self, lab):
        """The addresses that nfha would set."""
        lab.a.place.run('ip addr add 10.0.1.254/24 dev eth0; ip addr add 10.0.2.254/24 dev eth1; '
                        'ip addr add 10.0.5.1/24 dev eth3')
        lab.b.place.run('ip addr add 10.0.5.11/24 dev eth3')

    def stop(self, lab):
        for unit in lab.units:
            for nic in range(4):
                unit.place.run(f'ip -4 addr flush dev eth{nic}')

    def in_step(self, lab):
        """Whether all that happened so far has been told."""
        return True


class Conntrackd(Nothing):
    def __init__(self, mode='FT-FW', both=True, external=False, states=USUAL, bulk=0):
        self.mode, self.both, self.external, self.states = mode, both, external, states
        # What is lost when the queue for resending has overflowed stays lost.
        self.resend, self.buffer = max(131072, 2 * bulk), max(8 << 20, 256 * bulk)
        self.name = (f'conntrackd {mode}, {"usual filter" if states else "no filter"}, ' +
                     (f'{"with" if external else "no"} external cache' if both else 'sender only'))

    def config(self, unit):
        own, other = (1, 11) if unit.name == 'a' else (11, 1)
        lines = {'NOTRACK': '\t\tCommitTimeout 180\n\t\tPurgeTimeout 60\n'
                            '\t\tDisableInternalCache off\n',
                 'FT-FW': f'\t\tResendQueueSize {self.resend}\n\t\tPurgeTimeout 60\n\t\tACKWindowSize 300\n'
                          + ('\t\tCommitTimeout 180\n' if self.external else '')}
        ignored = ['127.0.0.1', f'10.0.5.{own}', f'10.0.5.{other}', '10.0.1.254', '10.0.1.253',
                   '10.0.2.253']
        states = f'\t\tState Accept {{\n\t\t\t{self.states} for TCP\n\t\t}}\n' if self.states else ''
        return CONFIG.format(
            mode=self.mode.replace('-', ''), mode_lines=lines[self.mode], local=f'10.0.5.{own}',
            no_external='off' if self.external else 'on', peer=f'10.0.5.{other}', port=PORT,
            device='eth3', name=unit.name, control=self.control(unit), states=states,
            buffer=self.buffer, ignored='\n'.join(f'\t\t\tIPv4_address {a}' for a in ignored))

    def control(self, unit):
        return f'/run/conntrackd-{unit.name}.ctl'

    def line(self, unit, words):
        return f'conntrackd -C /run/conntrackd-{unit.name}.conf {words}'

    def command(self, unit, words):
        return unit.place.run(self.line(unit, words), 120)

    def start(self, lab):
        super().start(lab)
        for unit in lab.units if self.both else lab.units[:1]:
            unit.place.run(f"nft '{UNTRACKED.format(port=PORT)}'")
            unit.place.write(f'/run/conntrackd-{unit.name}.conf', self.config(unit))
            self.command(unit, '-d 2>/dev/null')
            poll('conntrackd answers', lambda u=unit: 'cache' in u.place.run(
                f'{self.line(u, "-s")} 2>/dev/null; true'), 30)
        if not self.both:
            lab.b.place.run(f"nft '{DROPPED.format(port=PORT)}'")

    def stop(self, lab):
        for unit in lab.units if self.both else lab.units[:1]:
            self.command(unit, '-k')
            poll('conntrackd ends', lambda u=unit: u.place.run(
                f'[ -e {self.control(u)} ] || echo gone'), 30)
            unit.place.run('nft delete table ip link')
        if not self.both:
            lab.b.place.run('nft delete table netdev link')
        super().stop(lab)


class Nfha:
    """Both units, or the first one with a peer that acknowledges and does nothing else."""

    def __init__(self, both=True, key=None):
        self.both, self.key = both, key
        self.name = ('nfha, encrypted' if key else 'nfha, clear') + ('' if both else ', sender only')

    def start(self, lab):
        quiet = 'no monitor-interface inside\nno monitor-interface outside\n'
        options = {'poll_ms': 1000, 'hold_ms': 3000, 'extra': quiet, 'key': self.key}
        for unit in lab.units if self.both else lab.units[:1]:
            unit.start(wait=False, **options)
        if self.both:
            if lab.wait_pair(60)[0] is not lab.a:
                lab.a.command('failover active')
                poll('the first unit is active', lambda: lab.active() is lab.a, 60)
                lab.wait_pair(60)
        else:
            lab.b.place.run('nft flush ruleset; ip addr add 10.0.5.11/24 dev eth3')
            lab.b.place.spawn(f'{lab.b.place.programs}/acker 10.0.5.11 10.0.5.1')
            poll('the first unit is active, and its peer acknowledges',
                 lambda: lab.a.state() == 'Active' and self.in_step(lab), 60)

    def stop(self, lab):
        for unit in lab.units:
            unit.reset()
        lab.b.place.stop_jobs()
        lab.a.unload()
        if not self.both:
            lab.b.place.run('ip addr flush dev eth3; nft -f /run/rules')

    def in_step(self, lab):
        r = lab.a.status().get('replication', {})
        return r.get('bulk') == 'done' and r['dirty'] + r['in_flight'] == 0
