# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured side by side: nothing, nfha, conntrackd; each is started and stopped in a lab.

conntrackd is given what its manual recommends: UDP with checksums, 8 MiB buffers that may grow, its
own link left out of tracking; buffers and queues that hold the whole of a bulk. FT-FW is its reliable
mode, NOTRACK the one without acknowledgements. The usual filter leaves out what ends soon; "no
external cache" puts the entries into the peer's kernel table at once, as nfha does, instead of at
the takeover.
"""
import re

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
		TCPWindowTracking {windows}
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
PORTION = 50000


def fill(unit, count):
    """So many established TCP connections in a unit's table, by hand."""
    # conntrack keeps all that it is to load: in portions that fit into a guest's memory.
    for begin in range(0, count, PORTION):
        unit.place.run(
            f"awk 'BEGIN {{ for (n = {begin}; n < {min(count, begin + PORTION)}; n++) "
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
    def __init__(self, mode='FT-FW', both=True, external=False, states=USUAL, bulk=0,
                 windows=False):
        self.mode, self.both, self.external, self.states = mode, both, external, states
        self.windows = windows
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
            windows='On' if self.windows else 'Off',
            no_external='off' if self.external else 'on', peer=f'10.0.5.{other}', port=PORT,
            device='eth3', name=unit.name, control=self.control(unit), states=states,
            buffer=self.buffer, ignored='\n'.join(f'\t\t\tIPv4_address {a}' for a in ignored))

    def control(self, unit):
        return f'/run/conntrackd-{unit.name}.ctl'

    def line(self, unit, words):
        return f'conntrackd -C /run/conntrackd-{unit.name}.conf {words}'

    def command(self, unit, words):
        return unit.place.run(self.line(unit, words), 120)

    def launch(self, unit):
        unit.place.run(f"nft '{UNTRACKED.format(port=PORT)}'")
        unit.place.write(f'/run/conntrackd-{unit.name}.conf', self.config(unit))
        self.command(unit, '-d 2>/dev/null')
        poll('conntrackd answers', lambda: 'cache' in unit.place.run(
            f'{self.line(unit, "-s")} 2>/dev/null; true'), 30)

    def start(self, lab):
        super().start(lab)
        for unit in lab.units if self.both else lab.units[:1]:
            self.launch(unit)
        if not self.both:
            lab.b.place.run(f"nft '{DROPPED.format(port=PORT)}'")

    def end(self, unit):
        self.command(unit, '-k')
        poll('conntrackd ends', lambda: unit.place.run(
            f'[ -e {self.control(unit)} ] || echo gone'), 30)
        unit.place.run('nft delete table ip link')

    def stop(self, lab):
        for unit in lab.units if self.both else lab.units[:1]:
            self.end(unit)
        if not self.both:
            lab.b.place.run('nft delete table netdev link')
        super().stop(lab)


SCRIPT = '/etc/conntrackd/notify.sh'
# Fast advertisements have to be sent in time (its manual: "Process priority"), and a set of
# gratuitous ARP a second later would be no help against what is measured here, nor a hindrance.
KEEPALIVED = '''global_defs {{
	router_id {unit}
	vrrp_version 3
	vrrp_rt_priority 50
	vrrp_rlimit_rttime 1000000
	vrrp_no_swap
	vrrp_skip_check_adv_addr
	vrrp_garp_master_repeat 2
	vrrp_garp_master_delay 1
	vrrp_garp_master_refresh 60
	enable_script_security
	script_user root
}}
vrrp_sync_group firewall {{
	group {{
		inside
		outside
	}}
{notify}}}
{instances}'''
NOTIFIED = f'''	notify_master "{SCRIPT} primary"
	notify_backup "{SCRIPT} backup"
	notify_fault "{SCRIPT} fault"
'''
INSTANCE = '''vrrp_instance {name} {{
	state BACKUP
	nopreempt
	interface eth{nic}
	virtual_router_id {number}
	priority {priority}
	advert_int {advert}
	virtual_ipaddress {{
		10.0.{net}.254/24 dev eth{nic}
	}}
}}
'''
# What conntrackd's documentation has a failover daemon run at each change, as far as there is something
# to do without an external cache. "-t" empties the kernel's table a minute later: that would be what
# the peer has just sent.
NOTIFY = '''#!/bin/sh
case $1 in
primary) words="-f -R -B" ;;
backup) words="-n" ;;
esac
for word in $words; do {command} $word; done
'''
# The units' own addresses are the first ones of their networks: masquerading would choose them.
SHARED = 'oifname "eth1" meta nfproto ipv4 snat ip to 10.0.2.254'


class Keepalived(Conntrackd):
    """VRRP version 3, both interfaces in one sync group, with conntrackd, which replicates.

    A backup waits for three advertisements and a skew of (256 - priority) / 256 of one more: with
    priorities as high as these it is next to nothing. Who comes back does not take the role back.
    The scripts only see to it that the next backup has all: without an external cache nothing waits
    for them.
    """
    keepalived = 'keepalived -n -P -l -D -f /run/keepalived.conf -p /run/keepalived.pid ' \
                 '-r /run/keepalived-vrrp.pid'

    def __init__(self, advert=0.01, notify=True):
        super().__init__()
        self.advert, self.notify = advert, notify
        self.name = f'keepalived, advert_int {advert:g}, {"with" if notify else "no"} notify scripts'

    def vrrp(self, unit):
        return KEEPALIVED.format(unit=unit.name, notify=NOTIFIED if self.notify else '', instances=''.join(
            INSTANCE.format(name=name, nic=nic, net=nic + 1, number=51 + nic, advert=self.advert,
                            priority=250 if unit.name == 'a' else 245)
            for nic, name in enumerate(('inside', 'outside'))))

    def configuration(self, unit):
        return (f'# keepalived.conf\n{self.vrrp(unit)}# conntrackd.conf\n{self.config(unit)}'
                f'# {SCRIPT}\n{self.script(unit)}')

    def script(self, unit):
        return NOTIFY.format(command=self.line(unit, '').strip())

    def start_unit(self, unit):
        own = 251 if unit.name == 'a' else 252
        unit.rules(snat=SHARED)
        unit.place.run(f'ip addr replace 10.0.1.{own}/24 dev eth0; '
                       f'ip addr replace 10.0.2.{own}/24 dev eth1; '
                       f'ip addr replace 10.0.5.{1 if unit.name == "a" else 11}/24 dev eth3')
        self.launch(unit)
        unit.place.write('/run/keepalived.conf', self.vrrp(unit))
        unit.place.write(SCRIPT, self.script(unit))
        unit.place.run(f'chmod 755 {SCRIPT}')
        self.start_vrrp(unit)

    def start_vrrp(self, unit):
        unit.place.run(f'setsid {self.keepalived} >>/run/keepalived.log 2>&1 </dev/null &')
        # Before that nobody could stop it; it is two processes.
        poll('keepalived runs', lambda: unit.place.run(
            '[ $(pgrep -xc keepalived) -ge 2 ] && echo up; true'), 30)

    def stop_vrrp(self, unit):
        """In order: it says that it leaves. One that stayed would be in the way of whoever comes next."""
        unit.place.run('pkill -TERM -x keepalived; true')
        poll('keepalived ends', lambda: unit.place.run('pgrep -x keepalived >/dev/null || echo gone'), 10)

    def start(self, lab):
        lab.fresh(start=False)
        for unit in lab.units:
            unit.place.run('rm -f /run/keepalived.log')
            self.start_unit(unit)

    def stop(self, lab):
        for unit in lab.units:
            if unit.running():
                self.stop_vrrp(unit)
                self.end(unit)
                unit.place.run('ip -4 addr flush dev eth3')
        lab.fresh(start=False)

    def look(self, unit):
        """(role, how often it became master since boot)"""
        out = unit.place.run('ip -4 -o addr show; echo "masters $(grep -c "(inside) Entering MASTER" '
                             '/run/keepalived.log)"; kill -0 $(cat /run/keepalived-vrrp.pid) && echo up',
                             check=False)
        held = sum(f'inet 10.0.{net}.254/' in out for net in (1, 2))
        role = ('standby', 'between', 'active')[held] if out.endswith('up\n') else 'down'
        return role, int(re.search(r'masters (\d+)', out)[1])


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
