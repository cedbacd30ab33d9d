# SPDX-License-Identifier: GPL-2.0-or-later
"""One firewall of the lab: its rules, its nfha, its faults."""
import json
import shlex

from place import CommandFailed, Timeout, poll

# Strict on purpose: with be_liberal=1 or tcp_loose=1 connections survive by themselves and
# a test of their survival proves nothing.
SYSCTLS = ' '.join((
    'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1',
    'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0',
    'net.netfilter.nf_conntrack_tcp_be_liberal=0', 'net.netfilter.nf_conntrack_tcp_loose=0'))

# What nfha.ko needs, and what conntrack(8) needs.
NEEDED = 'nf_conntrack nf_nat nf_conntrack_netlink udp_tunnel ip6_udp_tunnel'

# The chain "new" lets new connections in; close_new() empties it, so that from then on only
# what is in the table passes.
RULES = '''
flush ruleset
table inet fw {{
	chain new {{
		iifname "eth0" accept
		ct status dnat accept
		{new}
	}}
	chain forward {{
		type filter hook forward priority filter; policy drop;
		ct state invalid counter drop
		ct state established,related accept
		ct state new jump new
		counter
	}}
	chain pre {{
		type nat hook prerouting priority dstnat;
		{dnat}
	}}
	chain post {{
		type nat hook postrouting priority srcnat;
		{snat}
		oifname "eth1" meta nfproto ipv4 masquerade
	}}
}}
'''

# Polling and hold time (ms) where two units in one debug kernel stop each other for longer than
# a pair would.
TIMES = {'umldbg': (500, 3000), 'smpdbg': (1000, 12000)}

CONFIG = '''failover lan unit {role}
failover lan interface fover eth2
failover interface ip fover 10.0.4.1 255.255.255.0 standby 10.0.4.11
{state}{key}failover polltime {poll} holdtime {hold}
interface eth0
 nameif inside
 ip address 10.0.1.254/24 standby 10.0.1.253
 ipv6 address fd00:1::fe/64 standby fd00:1::fd
{inside}interface eth1
 nameif outside
 ip address 10.0.2.254/24 standby 10.0.2.253
 ipv6 address fd00:2::fe/64 standby fd00:2::fd
{outside}failover
'''
STATE_LINK = '''failover link state eth3
failover interface ip state 10.0.5.1/24 standby 10.0.5.11
'''


def span(ms):
    """A time in the words of the configuration."""
    return f'msec {ms}' if ms < 1000 else f'{ms // 1000}'


class Unit:
    def __init__(self, lab, name, place, macs):
        self.lab, self.name, self.place, self.macs = lab, name, place, macs
        self.guest = place.guest
        self.dead = False
        self.hold_ms = 0                # of the last configuration
        self.role = 'primary' if name == 'a' else 'secondary'
        # Two helpers in one kernel share the file system.
        self.socket = f'/run/nfha-{name}.sock'
        self.config_path = f'/run/nfha-{name}.conf'
        self.key_path = f'/run/nfha-{name}.key'
        self.pid_path = f'/run/nfhad-{name}.pid'

    # -- the machine

    def prepare(self):
        """After boot: interfaces up, strict forwarding; no addresses, those are nfha's."""
        self.dead = False
        if not self.place.netns:
            self.guest.wait_ready()
        rename = ('for i in 0 1 2 3; do [ ! -e /sys/class/net/vec$i ] || '
                  'ip link set vec$i name eth$i; done; ' if not self.place.netns else '')
        self.place.run(f'set -e; {rename} ip link set lo up; '
                       f'for m in {NEEDED}; do [ -e /sys/module/$m ] || modprobe -q $m || true; '
                       f'done; [ -e /proc/sys/net/netfilter ]; '
                       f'sysctl -qw {SYSCTLS}; for i in 0 1 2 3; do ip link set eth$i up; done')
        # A guest's few megabytes of memory would give it a table of some thousand entries; the
        # first namespace alone may say how many.
        self.guest.exec('sysctl -qw net.netfilter.nf_conntrack_max=65536')
        self.rules()

    def rules(self, dnat='', snat='', new=''):
        text = RULES.format(dnat=dnat, snat=snat, new=new)
        self.place.run(f'nft -f - <<<{shlex.quote(text)}')

    def close_new(self):
        self.place.run('nft flush chain inet fw new')

    # -- nfha

    def load(self):
        """Idempotent, since in an NsLab both units ask the same kernel."""
        # A debug build fuzzes itself when it is loaded; once a boot is enough of the same seed.
        quick = ('$([ ! -e /run/fuzzed ] || echo fuzz_rounds=0)'
                 if self.lab.debug else '')
        self.place.run(f'[ -e /sys/module/nfha ] || insmod /nfha/nfha.ko {quick}; '
                       '[ -e /sys/module/nfha ] && : >/run/fuzzed')

    def unload(self):
        self.place.run('rmmod nfha')

    def config(self, poll_ms=None, hold_ms=None, state=True, inside='', outside='', extra='',
               key=None, lifetime=None):
        """The file. state: a link of its own; the name of another interface; none if false."""
        poll, hold = TIMES.get(self.lab.kernel_name, (200, 800))
        poll_ms = poll_ms or poll
        self.hold_ms = hold_ms = hold_ms or hold
        lines = f'failover key file {self.key_path}\n' if key else 'failover key none\n'
        if lifetime:
            lines += f'failover key lifetime {lifetime}\n'
        return extra + CONFIG.format(role=self.role, key=lines, poll=span(poll_ms),
                                     hold=span(hold_ms), inside=inside, outside=outside,
                                     state=STATE_LINK if state is True else
                                     f'failover link {state}\n' if state else '')

    def start(self, wait=True, **options):
        """Loads the module and starts the helper; its log goes to the console."""
        self.load()
        if options.get('key'):
            self.write_key(options['key'])
        self.place.write(self.config_path, self.config(**options))
        self.start_helper(wait)

    def write_key(self, key):
        self.place.write(self.key_path, key)
        self.place.run(f'chmod 600 {self.key_path}')

    def rekey(self, key):
        """Another key for the running helper."""
        self.write_key(key)
        self.signal_helper('HUP')

    def start_script(self):
        """Starts the helper, from anywhere in the guest."""
        inside = f'ip netns exec {self.place.netns} ' if self.place.netns else ''
        return (f'{inside}/nfha/nfhad -c {self.config_path} -s {self.socket} '
                f'> >(exec sed -u "s/^/{self.name}: /" >/dev/console) 2>&1 </dev/null & '
                f'echo $! >{self.pid_path}')

    def start_helper(self, wait=True):
        self.guest.exec(f'rm -f {self.socket}; {self.start_script()}')
        if wait:
            poll(f'{self.name}: nfhad answers', lambda: self.query() is not None, 15)

    def signal_helper(self, number):
        self.place.run(f'kill -{number} $(cat {self.pid_path})')

    def stop(self, limit=15):
        """An orderly stop of the helper."""
        self.place.run(f'pid=$(cat {self.pid_path}); kill -TERM $pid 2>/dev/null || exit 0; '
                       f'for i in {{1..{int(limit * 20)}}}; do [ -d /proc/$pid ] || exit 0; '
                       f'sleep 0.05; done; exit 1', limit + 15)

    def reset(self):
        """No helper, whatever state it was in: asked first, then not asked."""
        self.place.run(f"""
            pid=$(cat {self.pid_path} 2>/dev/null) || exit 0
            kill -CONT $pid 2>/dev/null; kill -TERM $pid 2>/dev/null || exit 0
            for i in {{1..60}}; do [ -d /proc/$pid ] || break; sleep 0.05; done
            kill -KILL $pid 2>/dev/null; rm -f {self.pid_path}; true""")

    def clear(self):
        """No module, no addresses, no connections; both helpers are gone already."""
        self.place.run('[ ! -e /sys/module/nfha ] || rmmod nfha')
        self.place.run('for i in 0 1; do ip -4 addr flush dev eth$i; '
                       'ip -6 addr flush dev eth$i scope global; ip link set eth$i up; done; '
                       'conntrack -F 2>/dev/null; true')
        self.rules()

    def running(self):
        return not self.dead and self.guest.alive()

    def query(self):
        """nfha show failover -j, or None while nobody answers."""
        for _ in range(3):
            try:
                return json.loads(self.place.run(f'/nfha/nfha -s {self.socket} show failover -j'))
            except json.JSONDecodeError:
                return None
            except CommandFailed as why:
                # A busy debug kernel is slower than the command is patient.
                if 'timed out' not in str(why):
                    return None
        return None

    def status(self):
        return self.query() or {}

    def state(self):
        return self.status().get('this_host', {}).get('state')

    def log(self):
        """What nfhad said since boot."""
        return [line for line in self.guest.console().splitlines()
                if line.startswith(f'{self.name}: ')]

    def command(self, words):
        return self.place.run(f'/nfha/nfha -s {self.socket} {words}')

    def entries(self, arguments=''):
        """Lines of the connection table."""
        return self.place.run(f'conntrack -L {arguments} 2>/dev/null || true').splitlines()

    def everything(self):
        """What explains a failure, in plain text."""
        return self.place.run(
            f'/nfha/nfha -s {self.socket} show failover -j; conntrack -L; conntrack -L -f ipv6; '
            'conntrack -S; nft list ruleset; ip addr; ip route show table all; ip neigh; '
            'cat /proc/net/stat/nf_conntrack', 60, check=False)

    def entry_ids(self, word):
        """The identities of entries with a word in their line; a new entry has a new one."""
        lines = self.place.run('conntrack -L -o id 2>/dev/null; true').splitlines()
        return {line.rsplit('id=', 1)[1] for line in lines if word in line and 'id=' in line}

    # -- faults

    def kill(self):
        """Power loss; in an NsLab the nearest thing: the helper gone and all cables pulled."""
        self.dead = True
        if self.place.netns:
            from lab import NETS
            cut = '; '.join(f'ip -n switch link set {self.name}-{n} nomaster' for n in NETS)
            self.guest.exec(f'{cut}; kill -9 $(cat {self.pid_path})')
        else:
            self.guest.kill()
