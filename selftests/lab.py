# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: a client, two firewalls and a server.

                      br-in                      br-out
     client ----------+  +-- eth0 [ a ] eth1 --+  +---------- server
     10.0.1.2            |    eth2|  |eth3     |              10.0.2.2
     fd00:1::2           |  br-fover br-state  |              fd00:2::2
                         |    eth2|  |eth3     |
                         +-- eth0 [ b ] eth1 --+
     active  10.0.1.254  fd00:1::fe              10.0.2.254  fd00:2::fe
     standby 10.0.1.253  fd00:1::fd              10.0.2.253  fd00:2::fd
     failover link 10.0.4.1 (a), .11 (b)         state link 10.0.5.1 (a), .11 (b)

Two kinds. PairLab: a and b are machines (User-mode Linux or QEMU), everything else is in
namespaces of the host. NsLab: all of it is namespaces of one guest; the fastest, and the
one for the debug kernel. Names of host namespaces have a random suffix; nothing of the
host's own network is touched.
"""
import os
import random
import re
import shutil
import subprocess
import time

from capture import Capture
from guest import FAILSLAB_CACHES, QemuGuest, UmlGuest
from place import CommandFailed, GuestPlace, HostPlace, Timeout, be_patient, poll
from unit import Unit

NETS = ('in', 'out', 'fover', 'state')
PORT = 8000


def build_folder():
    """Where build.sh puts its results; the same rule as there."""
    cache = os.environ.get('NFHA_CACHE') or os.path.join(
        os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'nfha')
    return os.environ.get('NFHA_BUILD') or f'{cache}/build'


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


def host(command, check=True):
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    if check and done.returncode:
        raise CommandFailed(f'{command}: {done.stderr}')
    return done.stdout


def mac(unit, nic):
    return f'02:00:00:00:0{nic + 1}:0{"ab".index(unit) + 1}'


# How the two ends are set up, in whatever kind of namespace they live. Duplicate address
# detection would only delay the start.
ENDS = {
    'client': ('in', '10.0.1.2/24', 'fd00:1::2/64', '10.0.1.254', 'fd00:1::fe'),
    'server': ('out', '10.0.2.2/24', 'fd00:2::2/64', '10.0.2.254', 'fd00:2::fe'),
}


def end_script(end):
    _, v4, v6, gw4, gw6 = ENDS[end]
    return (f'set -e; ip link set lo up; sysctl -qw net.ipv6.conf.eth0.accept_dad=0 '
            f'net.ipv6.conf.eth0.accept_ra=0; '
            f'ip addr add {v4} dev eth0; ip addr add {v6} dev eth0 nodad; ip link set eth0 up; '
            f'ip route add default via {gw4}; ip -6 route add default via {gw6}; '
            f'sysctl -qw net.ipv4.ip_local_port_range="1024 65535"')


class Lab:
    """What both kinds have; a and b are units, client and server are places."""

    def __init__(self, folder, build, programs):
        self.folder, self.build, self.programs = folder, build, programs
        self.a = self.b = None          # until the lab is up
        self.captures = []
        self.listeners = []
        self.kernel_name = ''
        self.rebuild = False            # a case took the lab apart on purpose

    @property
    def debug(self):
        """A kernel with every check, and slow."""
        return self.kernel_name.endswith('dbg')

    @property
    def units(self):
        return (self.a, self.b)

    @property
    def active_macs(self):
        """By net: the primary's own are the active ones, whoever is active."""
        return {'in': self.a.macs[0], 'out': self.a.macs[1]}

    @property
    def standby_macs(self):
        return {'in': self.b.macs[0], 'out': self.b.macs[1]}

    def other(self, unit):
        return self.b if unit is self.a else self.a

    def active(self):
        """The unit that says it is active, or None when it is not exactly one."""
        found = [u for u in self.units if u.running() and u.state() == 'Active']
        return found[0] if len(found) == 1 else None

    def wait_pair(self, limit=20):
        """One unit active, the other holding everything; returns (active, standby)."""
        def settled():
            unit = self.active()
            return unit if unit and self.other(unit).state() == 'Standby Ready' else None
        try:
            unit = poll('one active and one ready standby', settled, limit)
        except Timeout as e:
            states = {u.name: u.state() if u.running() else 'dead' for u in self.units}
            raise Timeout(f'{e}; states: {states}') from None
        return unit, self.other(unit)

    def fresh(self, start=True, limit=20, **options):
        """Both units as if just set up; with start, as a settled pair: (active, standby)."""
        self.quiet()
        for unit in self.units:
            if not unit.running():
                self.revive(unit)
                unit.dead = False
        for unit in self.units:
            unit.reset()
        for unit in self.units:
            unit.clear()
        if not start:
            return self.units
        for unit in self.units:
            unit.start(wait=False, **options)
        return self.wait_pair(limit)

    def start_server(self):
        """Listens on the server for IPv4 and IPv6, and on the client for inbound connections."""
        for place in (self.server, self.client):
            for address in ('0.0.0.0', '::'):
                place.spawn(f'{place.programs}/traffic server {address} {PORT}')
            self.listeners += place.jobs
            place.jobs.clear()
        for place in (self.server, self.client):
            poll(f'{place.name} listens',
                 lambda p=place: p.run(f'ss -Hlnt sport = :{PORT}').count('\n') >= 2, 10)

    def traffic(self, place, arguments):
        return place.spawn(f'{place.programs}/traffic {arguments}')

    def reports(self):
        found = []
        for guest in self.guests:
            found += [f'{guest.name}: {line}' for line in guest.reports()]
        return found

    def lockdep_off(self):
        """Guests whose lockdep gave up: after that it reports nothing any more."""
        text = 'grep -q "debug_locks: *1" /proc/lockdep_stats || [ ! -e /proc/lockdep_stats ]'
        return [f'{guest.name}: lockdep is off' for guest in self.guests
                if guest.alive() and guest.exec(text)[1]]

    def leaks(self):
        """What kmemleak holds for lost, where the kernel has it."""
        found = []
        for guest in self.guests:
            if guest.alive():
                found += [f'{guest.name}: {line}' for line in leaks_of(guest)]
        return found

    def capture(self, nets=('in', 'out'), snap=96, expression=''):
        """Records what each unit itself emits on the given nets."""
        capture = Capture(self, nets, snap, expression)
        self.captures.append(capture)
        return capture

    def cut(self, unit, net):
        """Pulls a cable out of the switch; the unit's own carrier stays up."""
        self.switch.run(f'ip link set {unit.name}-{net} nomaster')

    def mend(self, unit, net):
        self.switch.run(f'ip link set {unit.name}-{net} master br-{net}')

    def machine_sleep(self, seconds):
        """A pause as such, where a random or fixed moment is what is tested."""
        time.sleep(seconds)

    def stop_captures(self):
        for capture in self.captures:
            capture.stop()

    def quiet(self):
        """Between scenarios: no traffic left over."""
        self.stop_captures()
        self.captures.clear()
        for place in (self.client, self.server, self.switch, self.a.place, self.b.place):
            place.stop_jobs()

    def pick_up(self, folder):
        """Copies what explains a failure."""
        os.makedirs(folder, exist_ok=True)
        silent = set()
        for unit in filter(None, self.units):
            try:
                with open(f'{folder}/{unit.name}.state', 'w') as f:
                    f.write(unit.everything())
            except Exception as e:      # a dead unit, or a stuck one
                print(f'# no state of {unit.name}: {str(e).splitlines()[0]}', flush=True)
                silent.add(unit.guest)
        for guest in silent:
            print(''.join(f'# {guest.name}: {line}\n' for line in guest.tail(60)), end='', flush=True)
        for name in os.listdir(self.folder):
            path = f'{self.folder}/{name}'
            if os.path.isfile(path) and os.path.getsize(path) < 64 << 20:
                shutil.copy(path, folder)


def leaks_of(guest):
    """kmemleak wants two scans: the first only suspects what was just being moved about."""
    out, _ = guest.exec('f=/sys/kernel/debug/kmemleak; [ -e $f ] || exit 0; '
                        'echo scan >$f; sleep 6; echo scan >$f; cat $f; echo clear >$f', 120)
    records = out.split('unreferenced object ')[1:]
    # Any module's load leaves one or two objects of insmod's behind that are not the module's.
    # What nfha lost names its functions or, once it is unloaded, addresses without a name, where
    # it was allocated; the content of the kernel's own objects may spell the module's name.
    # What process 1 allocated while it was still the kernel's own is older than any module.
    return ['unreferenced object ' + r.replace('\n', ' | ')[:900] for r in records
            if re.search(r'nfha|\] 0x[0-9a-f]+', r.partition('backtrace:')[2])
            and 'comm "swapper", pid 1,' not in r]


SWITCH = ('set -e; sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; '
          'ip link set lo up; ' + ' '.join(
              f'ip link add br-{n} type bridge stp_state 0 forward_delay 0 mcast_snooping 0; '
              f'ip link set br-{n} up;' for n in NETS))


class PairLab(Lab):
    def __init__(self, folder, build, programs, make_guest):
        super().__init__(folder, build, programs)
        self.suffix = f'{random.getrandbits(32):08x}'
        self.names = {n: f'nfha-{self.suffix}-{n}' for n in ('switch', 'client', 'server')}
        self.make_guest = make_guest

    def up(self):
        for name in self.names.values():
            host(f'ip netns add {name}')
        self.switch, self.client, self.server = (
            HostPlace(n, self.names[n], self.folder, self.programs)
            for n in ('switch', 'client', 'server'))
        self.switch.run(SWITCH)
        for unit in 'ab':
            for net in NETS:
                self.switch.run(f'ip tuntap add {unit}-{net} mode tap; '
                                f'ip link set {unit}-{net} master br-{net} up')
        for end, (net, *_) in ENDS.items():
            self.switch.run(f'ip link add {end} type veth peer name eth0 netns {self.names[end]}; '
                            f'ip link set {end} master br-{net} up')
            getattr(self, end).run(end_script(end))
        self.a, self.b = (self.make_unit(n) for n in 'ab')
        self.guests = [self.a.guest, self.b.guest]
        for unit in self.units:
            unit.guest.boot()
        for unit in self.units:
            self.prepare(unit)
        self.start_server()
        return self

    def make_unit(self, name):
        nics = [(f'{name}-{net}', mac(name, i)) for i, net in enumerate(NETS)]
        guest = self.make_guest(name, self.folder, self.names['switch'], nics)
        return Unit(self, name, GuestPlace(name, guest), [mac(name, i) for i in range(4)])

    def revive(self, unit):
        """Boots a killed unit again; its product is not started."""
        for net in NETS:
            self.mend(unit, net)
        unit.place.jobs.clear()
        unit.guest.boot()
        self.prepare(unit)

    def prepare(self, unit, attempts=3):
        """Some boots of User-mode Linux on a busy machine hang, long before nfha is loaded."""
        for left in reversed(range(attempts)):
            try:
                return unit.prepare()
            except Timeout as e:
                if not left:
                    raise
                print(f'# {unit.name} is booted again: {str(e).splitlines()[0]}', flush=True)
                unit.guest.kill()
                unit.guest.boot()

    def down(self):
        for job in self.listeners:
            job.kill()
        self.quiet()
        self.switch.stop_jobs()
        for guest in self.guests:
            guest.kill()
        for name in self.names.values():
            host(f'ip netns del {name}', check=False)


NS_SCRIPT = SWITCH + ''.join(
    f'ip link add {unit}-{net} type veth peer name eth{i} address {mac(unit, i)} netns fw-{unit}; '
    f'ip link set {unit}-{net} master br-{net} up; '
    for unit in 'ab' for i, net in enumerate(NETS)) + ''.join(
    f'ip link add {end} type veth peer name eth0 netns {end}; '
    f'ip link set {end} master br-{net} up; ' for end, (net, *_) in ENDS.items())


class NsLab(Lab):
    """Two units in one kernel. Killing a unit is killing its helper and pulling its cables."""

    def __init__(self, folder, build, programs, make_guest):
        super().__init__(folder, build, programs)
        self.guest = make_guest('guest', folder, None, [])
        self.guests = [self.guest]

    def up(self):
        self.guest.boot()
        self.guest.wait_ready()
        self.machine = GuestPlace('guest', self.guest)
        self.machine.run('for n in switch client server fw-a fw-b; do ip netns add $n; done')
        self.switch, self.client, self.server = (
            GuestPlace(n, self.guest, n) for n in ('switch', 'client', 'server'))
        self.switch.run(NS_SCRIPT, 120)
        for end in ENDS:
            getattr(self, end).run(end_script(end))
        self.a, self.b = (Unit(self, n, GuestPlace(n, self.guest, f'fw-{n}'),
                               [mac(n, i) for i in range(4)]) for n in 'ab')
        for unit in self.units:
            unit.prepare()
        self.start_server()
        return self

    def revive(self, unit):
        for net in NETS:
            self.mend(unit, net)
        unit.dead = False

    def down(self):
        self.guest.kill()


def open_lab(spec, folder, build, megabytes=None):
    """A lab by its name: pair:uml, pair:6.1, ns:umldbg, ns:smpdbg, ... not yet up."""
    kind, kernel = spec.split(':')
    os.makedirs(folder, exist_ok=True)
    programs = f'{build}/{kernel}/guest'
    with open(f'{build}/{kernel}/kernel') as f:
        image = f.read().strip()

    def uml(name, where, netns, nics):
        memory = megabytes or {'ns:umldbg': 1024, 'pair:umldbg': 512, 'ns:uml': 512}.get(spec, 256)
        return UmlGuest(name, where, image, programs, netns, nics, memory)

    def qemu(name, where, netns, nics):
        debug = kernel == 'smpdbg'
        cpus = 2 if debug else int(os.environ.get('NFHA_CPUS', '1'))
        accel = os.environ.get('NFHA_ACCEL', 'tcg')
        # QEMU before 8.1 translates code wrongly that another processor is just patching (a
        # static key, say): impossible bits in EFLAGS, a corrupted stack. Unless both share
        # a thread, or the kernel patches nothing (smp.config).
        if accel == 'tcg' and cpus > 1 and not debug:
            accel = 'tcg,thread=single'
        return QemuGuest(name, where, image, f'{build}/{kernel}/initramfs', accel, netns, nics,
                         2048 if debug else 768 if kind == 'ns' else 512, cpus,
                         FAILSLAB_CACHES if debug else '')

    be_patient(kernel)
    lab = {'pair': PairLab, 'ns': NsLab}[kind]
    return lab(folder, f'{build}/{kernel}', programs, uml if kernel.startswith('uml') else qemu)
