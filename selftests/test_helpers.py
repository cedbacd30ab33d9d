#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that a helper expects live through a kill: FTP, through NAT.

Guards the helper of a connection, its expectations, the offsets that NAT leaves in a stream
whose payload it made longer or shorter, and the relation to the master. The client's address
10.0.1.2 becomes one of another length, 10.0.2.254, in the dialogue itself (active mode). The
survivor accepts no new connection: data connections can only come in as related ones.
"""
from ktap import check, case, main, say
from place import Skip, poll

RULES = '''
table ip helped {
	ct helper ftp { type "ftp" protocol tcp; l3proto ip; }
	chain pre {
		type filter hook prerouting priority mangle;
		tcp dport 21 ct helper set "ftp"
	}
}
'''

SERVER = '''listen=YES
background=NO
anonymous_enable=YES
anon_root=%(root)s
secure_chroot_dir=%(root)s/empty
no_anon_password=YES
write_enable=NO
seccomp_sandbox=NO
isolate_network=NO
connect_from_port_20=NO
port_promiscuous=YES
pasv_promiscuous=YES
run_as_launching_user=NO
trans_chunk_size=8192
anon_max_rate=%(rate)d
'''

# Reads orders from a FIFO and answers in its output, so that the test decides when.
CLIENT = '''
import ftplib, sys, hashlib
ftp = ftplib.FTP()
ftp.connect("10.0.2.2", 21, 30)
ftp.login("anonymous", "x")
ftp.set_pasv(sys.argv[1] == "passive")
print("ready", flush=True)
for line in open(sys.argv[2]):
    word = line.strip()
    if word == "list":
        names = []
        ftp.retrlines("NLST", names.append)
        print("listed", *names, flush=True)
    elif word == "pasv":
        print("expected", ftp.sendcmd("PASV"), flush=True)
    elif word == "get":
        digest, size = hashlib.md5(), 0
        def take(data):
            global size
            digest.update(data)
            size += len(data)
            if size == len(data):
                print("begun", flush=True)
        ftp.retrbinary("RETR data", take)
        print("got", size, digest.hexdigest(), flush=True)
    elif word == "quit":
        print("quit", ftp.quit(), flush=True)
        break
'''


class Ftp:
    """A server, and a client that does what it is told."""

    def __init__(self, lab, mode, rate):
        self.lab, root = lab, f'{lab.server.tmp}/ftp'
        lab.server.run(f'rm -rf {root}; mkdir -p {root}/empty; chmod 755 {lab.server.tmp} {root}; '
                       f'head -c 3000000 /dev/urandom >{root}/data; chmod -R a-w {root}')
        self.digest = lab.server.run(f'md5sum <{root}/data').split()[0]
        lab.server.write(f'{lab.server.tmp}/ftp.conf', SERVER % {'root': root, 'rate': rate})
        lab.server.spawn(f'vsftpd {lab.server.tmp}/ftp.conf')
        poll('vsftpd listens', lambda: lab.server.run('ss -Hlnt sport = :21').strip(), 10)
        place = lab.client
        place.run(f'mkdir -p {place.tmp}; rm -f {place.tmp}/orders; mkfifo {place.tmp}/orders')
        place.write(f'{place.tmp}/ftp.py', CLIENT)
        self.job = place.spawn(f'python3 {place.tmp}/ftp.py {mode} {place.tmp}/orders')
        self.pipe = place.spawn(f'bash -c "exec 3<>{place.tmp}/orders; sleep 1000"')
        self.expect('ready')

    def order(self, word):
        self.lab.client.run(f'echo {word} >{self.lab.client.tmp}/orders')

    def expect(self, word, limit=40):
        poll(f'the client says {word}', lambda: word in self.job.output() or
             not self.job.running(), limit)
        text = self.job.output()
        check(word in text, f'the client did not come to "{word}":\n{text}')
        return text

    def check_file(self):
        text = self.expect('got')
        check(f'got 3000000 {self.digest}' in text, f'another file arrived: {text}')

    def end(self):
        self.order('quit')
        self.expect('quit')


def begin(lab, mode, rate):
    for place, program in ((lab.client, 'python3'), (lab.server, 'vsftpd')):
        if not place.run(f'command -v {program}; true').strip():
            raise Skip(f'no {program} at the {place.name}')
    active, standby = lab.fresh()
    for unit in lab.units:
        unit.place.run('modprobe -aq nf_conntrack_ftp nf_nat_ftp; true')
        unit.place.run(f"nft -f - <<<'{RULES}'")
    ftp = Ftp(lab, mode, rate)
    standby.close_new()
    poll('the standby has the dialogue',
         lambda: any('dport=21 ' in line for line in standby.entries('-p tcp')), 10)
    return active, standby, ftp


def kill(active, standby):
    active.kill()
    poll('takeover', lambda: standby.state() == 'Active', 10)


def between(lab, mode):
    active, standby, ftp = begin(lab, mode, 0)
    ftp.order('list')
    ftp.expect('listed')
    kill(active, standby)
    ftp.order('get')
    ftp.check_file()
    ftp.end()


def in_transfer(lab, mode):
    active, standby, ftp = begin(lab, mode, 500000)
    ftp.order('get')
    ftp.expect('begun')
    poll('the data connection is there with its master',
         lambda: sum('10.0.2.2' in line and 'dport=21 ' not in line
                     for line in standby.entries('-p tcp')) >= 1, 10)
    kill(active, standby)
    ftp.check_file()
    stats = standby.status()['stats']
    check(stats['ct_no_helper'] == 0, 'the helper was not there')
    say(f'expectations refused {stats["expect_refused"]}, masters missing {stats["ct_no_master"]}')
    ftp.end()


def related(unit):
    """Data connections, by identity: an entry that was made anew has another one."""
    lines = unit.place.run('conntrack -L -p tcp -o id 2>/dev/null; true').splitlines()
    return {line.rsplit('id=', 1)[1] for line in lines
            if '10.0.2.2' in line and 'dport=21 ' not in line}


@case('what a helper has on the standby is repaired: an expectation, the relation to the master')
def repaired(lab):
    _, standby, ftp = begin(lab, 'passive', 300000)
    limit = 8 if lab.kernel_name.endswith('dbg') else 3

    def expected():
        return sum('10.0.2.2' in line for line in
                   standby.place.run('conntrack -L expect 2>/dev/null; true').splitlines())
    ftp.order('pasv')
    ftp.expect('expected')
    poll('the expectation is on the standby', expected, 10)
    standby.place.run('conntrack -F expect')
    poll('the expectation is there again', expected, limit)
    ftp.order('get')
    ftp.expect('begun')
    poll('the data connection is on the standby', lambda: len(related(standby)) == 1, 10)
    before = related(standby)
    # Its child is left with a master that is no more.
    standby.place.run('conntrack -D -p tcp --orig-port-dst 21')
    poll('the child has the new master', lambda: len(related(standby)) == 1 and
         related(standby) != before, limit)
    stats = standby.status()['stats']
    say(f'entries replaced {stats["ct_replaced"]}')
    ftp.check_file()
    ftp.end()
    lab.wait_pair()


@case('FTP, active mode: killed between LIST and RETR')
def active_between(lab):
    between(lab, 'active')


@case('FTP, passive mode: killed between LIST and RETR')
def passive_between(lab):
    between(lab, 'passive')


@case('FTP, active mode: killed in mid-transfer')
def active_transfer(lab):
    in_transfer(lab, 'active')


@case('FTP, passive mode: killed in mid-transfer')
def passive_transfer(lab):
    in_transfer(lab, 'passive')


if __name__ == '__main__':
    main()
