# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that can be killed: User-mode Linux and QEMU guests with a command channel."""
import base64
import contextlib
import json
import os
import re
import select
import shlex
import signal
import socket
import struct
import subprocess
import time

from place import CommandFailed, Timeout, generous, poll

# "A": allocations that failslab may let fail, where the kernel has it.
FAILSLAB_CACHES = 'slub_debug=A,nfha_obj,nfha_transit,nf_conntrack'
HERE = os.path.dirname(os.path.abspath(__file__))
READY = 'guest: ready'
PRIORITY = 5                # in real time, of a guest that has a processor of its own

# What no console may contain. "unreferenced object" is kmemleak's, printed on demand.
REPORT = re.compile(r'BUG:|WARNING:|KASAN|UBSAN|Oops|general protection|possible (circular|recursive)'
                    r'|inconsistent lock state|suspicious RCU|INFO: task .* blocked|refcount_t:'
                    r'|ODEBUG|unregister_netdevice: waiting|Kernel panic|unreferenced object'
                    r'|scheduling while atomic|leaked reference|Unable to handle|detected stalls|self-detected stall')
# The kernel's own, seen without nfha: a UML oddity at boot, never a finding.
HARMLESS = re.compile(r'WARNING: .*(unable to open an initial console|CONFIG_)|TSC|panic=-1')


def members_of(session):
    """The processes of a session that live now."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(int(pid)) == session:
                found.append(int(pid))
    return found


class Guest:
    """What both kinds share: the command channel's protocol, consoles and power faults."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.console_path = f'{folder}/{name}.console'
        self.process = None
        self.boots = 0
        self.console_seen = 0
        self.processors = None  # of the host: all

    # -- to be provided: argv(), open_channel(), send(), receive(), close_channel()

    def launch(self, out, argv, **options):
        """The guest does not outlive the test: it is killed even if that is killed."""
        self.process = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL'] + argv,
                                        stdin=subprocess.DEVNULL, stdout=out,
                                        stderr=subprocess.STDOUT, start_new_session=True,
                                        **options)
        # A session of its own shares the processors as one, whatever its nice value is.
        try:
            with open(f'/proc/{self.process.pid}/autogroup', 'w') as f:
                f.write(str(os.nice(0)))
        except OSError:
            pass                # a kernel without such groups
        if self.processors:
            self.keep_on(self.processors)

    def keep_on(self, processors):
        """Run on those of the host's processors only, a set, ahead of ordinary programs, now and
        after each start; None: on all, as one of them."""
        self.processors = processors
        how = (os.SCHED_RR, os.sched_param(PRIORITY)) if processors else (os.SCHED_OTHER, os.sched_param(0))
        if self.alive():
            for member in members_of(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(member, processors or os.sched_getaffinity(0))
                    os.sched_setscheduler(member, *how)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def tail(self, lines):
        """The end of the console."""
        return self.console().splitlines()[-lines:]

    def ended(self):
        """Whether the guest's kernel went down (0: it asked for a reboot) or its emulator."""
        return 'never started' if self.process is None else f'exit {self.process.poll()}'

    def wait_ready(self, limit=90):
        def ready():
            if not self.alive():
                raise CommandFailed(f'{self.name} died while booting:\n{self.console()[-3000:]}')
            return READY in self.console()
        poll(f'{self.name} boot', ready, limit, 0.02)
        self.open_channel()

    def console(self):
        """Of this boot only: an earlier one said "ready" too."""
        try:
            with open(self.console_path, errors='replace') as f:
                text = f.read()
        except FileNotFoundError:
            return ''
        return text[text.rfind(f'guest: boot {self.boots}\n'):]

    def reports(self):
        """Console lines since the last call that no test may cause."""
        text = self.console()
        fresh, self.console_seen = text[self.console_seen:], len(text)
        return [line for line in fresh.splitlines()
                if REPORT.search(line) and not HARMLESS.search(line)
                and 'Command line:' not in line and 'guest: ' not in line]

    def exec(self, script, limit=30, netns=None):
        """Runs a bash script in the guest: (output, exit status)."""
        if not self.alive():
            raise CommandFailed(f'{self.name} is not running, {self.ended()}')
        line = script.replace('\\', '\\\\').replace('\n', '\\n')
        self.send((f'@{netns} ' if netns else '').encode() + line.encode() + b'\n')
        return self.answer(script, limit)

    def answer(self, what, limit):
        limit = generous(limit)
        data, end = b'', time.monotonic() + limit
        while True:
            left = end - time.monotonic()
            chunk = self.receive(left) if left > 0 else None
            if chunk is None:
                self.process_stuck(what, limit, data)
            if chunk == b'':
                raise CommandFailed(f'{self.name} died during: {what[:300]}')
            data += chunk
            at = data.rfind(b'\n\x01RC ')
            if at >= 0 and data.endswith(b'\n'):
                return data[:at].decode('utf8', 'replace'), int(data[at + 5:])

    def process_stuck(self, what, limit, data):
        """The channel is out of step after this: the guest has to be booted again."""
        self.show_tasks()
        raise Timeout(f'{self.name}: not done in {limit} s: {what[:300]}\n'
                      f'{data.decode("utf8", "replace")[-1000:]}')

    def show_tasks(self):
        """Has the kernel say on the console where its tasks are, if there is a way."""

    def read(self, path):
        out, rc = self.exec(f'base64 -w0 {shlex.quote(path)}', 60)
        if rc:
            raise CommandFailed(f'{self.name}: no {path}')
        return base64.b64decode(out)

    def write(self, path, text):
        quoted = shlex.quote(path)
        _, rc = self.exec(f'mkdir -p "$(dirname {quoted})"; base64 -d >{quoted} <<<'
                          f'{base64.b64encode(text.encode()).decode()}')
        if rc:
            raise CommandFailed(f'{self.name}: cannot write {path}')

    # -- faults

    def kill(self):
        """Power loss."""
        if self.alive():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.close_channel()

    def freeze(self):
        """Hangs the machine; its clocks go on."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)


class UmlGuest(Guest):
    def __init__(self, name, folder, kernel, programs, netns=None, nics=(), memory=256):
        super().__init__(name, folder)
        self.kernel, self.programs, self.netns = kernel, programs, netns
        self.nics, self.memory = nics, memory
        self.pipes = {}

    @property
    def umid(self):
        return f'nfha-{os.path.basename(self.folder)}-{self.name}-{self.boots}'

    def show_tasks(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(b'\0' + self.umid.encode())     # it answers to a name
            s.settimeout(10)
            try:
                for key in b'9', b't':      # all of it, please
                    request = struct.pack('<III512s', 0xcafebabe, 2, 8, b'sysrq ' + key + b'\0')
                    s.sendto(request, os.path.expanduser(f'~/.uml/{self.umid}/mconsole'))
                    s.recv(4096)
            except OSError as e:
                print(f'# {self.name}: no list of tasks: {e}', flush=True)

    def argv(self, fds):
        line = ['ip', 'netns', 'exec', self.netns] if self.netns else []
        line += [f'{self.kernel}/linux', f'mem={self.memory}M', f'umid={self.umid}',
                 'rootfstype=hostfs', 'rootflags=/', 'ro', f'init={HERE}/uml_init.sh',
                 'con=null', 'con0=null,fd:1', 'ssl=null', f'ssl0=fd:{fds[0]},fd:{fds[1]}',
                 FAILSLAB_CACHES,
                 'panic=-1', 'loglevel=6', f'guest.name={self.name}',
                 f'guest.programs={self.programs}', f'guest.modules={self.kernel}/root']
        for i, (tap, mac) in enumerate(self.nics):
            line.append(f'vec{i}:transport=tap,ifname={tap},mac={mac},depth=128,gro=1')
        return line

    def boot(self):
        self.close_channel()
        self.boots += 1
        # Read-write on our side too, so that neither end ever sees an end of file.
        for way in ('to', 'from'):
            path = f'{self.folder}/{self.name}.{way}'
            if os.path.exists(path):
                os.unlink(path)
            os.mkfifo(path)
            self.pipes[way] = os.open(path, os.O_RDWR)
        fds = (self.pipes['to'], self.pipes['from'])
        # Its memory is a file there: on a disk that is full it would die of a bus error.
        shm = os.path.ismount('/dev/shm') and os.access('/dev/shm', os.W_OK)
        env = dict(os.environ, LD_PRELOAD=f'{self.programs}/umlhost.so',
                   TMPDIR='/dev/shm' if shm else '/tmp')
        with open(self.console_path, 'ab') as out:
            out.write(f'guest: boot {self.boots}\n'.encode())
            out.flush()
            self.launch(out, self.argv(fds), env=env, pass_fds=fds)

    def open_channel(self):
        # What the kernel says of itself while booting is not ours.
        self.console_seen = len(self.console())

    def send(self, data):
        while data:
            n = os.write(self.pipes['to'], data[:1024])
            data = data[n:]

    def receive(self, limit):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if select.select([self.pipes['from']], [], [], 2)[0]:
                return os.read(self.pipes['from'], 65536)
            if not self.alive():
                return b''
            # Its serial line can miss an interrupt; the next one gets what was waiting.
            self.send(b'\n')
        return None

    def close_channel(self):
        for fd in self.pipes.values():
            os.close(fd)
        self.pipes = {}


class QemuGuest(Guest):
    def __init__(self, name, folder, kernel, initramfs, accel, netns=None, nics=(), memory=512,
                 cpus=1, append=''):
        super().__init__(name, folder)
        self.kernel, self.initramfs, self.accel = kernel, initramfs, accel
        self.netns, self.nics, self.memory, self.cpus = netns, nics, memory, cpus
        self.append = append
        self.channel = None

    def argv(self):
        at = f'{self.folder}/{self.name}'
        line = ['ip', 'netns', 'exec', self.netns] if self.netns else []
        line += ['qemu-system-x86_64', '-accel', self.accel, '-M', 'q35',
                 '-cpu', 'max,la57=off' if self.accel.startswith('tcg') else 'host',
                 '-smp', str(self.cpus), '-m', str(self.memory), '-nodefaults',
                 '-no-user-config', '-display', 'none', '-no-reboot',
                 '-kernel', self.kernel, '-initrd', self.initramfs, '-append',
                 'console=ttyS0 loglevel=6 panic=-1 mitigations=off tsc=reliable no_timer_check '
                 f'net.ifnames=0 guest.name={self.name} {self.append}',
                 '-chardev', f'file,id=con,path={at}.console,append=on', '-serial', 'chardev:con',
                 '-qmp', f'unix:{at}.qmp,server=on,wait=off', '-device', 'virtio-serial-pci',
                 '-chardev', f'socket,id=cmd,path={at}.cmd,server=on,wait=off',
                 '-device', 'virtserialport,chardev=cmd,name=guest.command',
                 '-object', 'rng-random,id=rng0,filename=/dev/urandom',
                 '-device', 'virtio-rng-pci,rng=rng0']
        for i, (tap, mac) in enumerate(self.nics):
            line += ['-netdev', f'tap,id=nic{i},ifname={tap},script=no,downscript=no', '-device',
                     f'virtio-net-pci,netdev=nic{i},id=dev{i},mac={mac},romfile=']
        return line

    def boot(self):
        self.close_channel()
        self.boots += 1
        for end in ('cmd', 'qmp'):
            if os.path.exists(f'{self.folder}/{self.name}.{end}'):
                os.unlink(f'{self.folder}/{self.name}.{end}')
        with open(self.console_path, 'ab') as out:
            out.write(f'guest: boot {self.boots}\n'.encode())
        with open(f'{self.folder}/{self.name}.qemu', 'ab') as out:
            self.launch(out, self.argv())

    def open_channel(self):
        # What the kernel says of itself while booting is not ours.
        self.console_seen = len(self.console())
        self.channel = socket.socket(socket.AF_UNIX)
        self.channel.connect(f'{self.folder}/{self.name}.cmd')

    def send(self, data):
        self.channel.sendall(data)

    def receive(self, limit):
        if not select.select([self.channel], [], [], limit)[0]:
            return None
        try:
            return self.channel.recv(65536)
        except OSError:
            return b''

    def close_channel(self):
        if self.channel:
            self.channel.close()
            self.channel = None

    # -- faults only a hypervisor can make

    def monitor(self, command, **arguments):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(f'{self.folder}/{self.name}.qmp')
            stream = s.makefile('rw')
            stream.readline()
            for message in ({'execute': 'qmp_capabilities'},
                            {'execute': command, 'arguments': arguments}):
                stream.write(json.dumps(message) + '\n')
                stream.flush()
                answer = {}
                while 'return' not in answer and 'error' not in answer:
                    answer = json.loads(stream.readline())
        if 'error' in answer:
            raise CommandFailed(f'{self.name}: {command}: {answer["error"]}')

    def stop_clocks(self):
        self.monitor('stop')

    def resume_clocks(self):
        self.monitor('cont')

    def carrier(self, nic, up):
        self.monitor('set_link', name=f'dev{nic}', up=up)
