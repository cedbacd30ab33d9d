#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that a helper expects live through a kill: FTP, SIP and TFTP, through NAT.

Guards the helper of a connection, its expectations, the offsets that NAT leaves in a stream
whose payload it made longer or shorter, and the relation to the master. The client's address
10.0.1.2 becomes one of another length, 10.0.2.254, in the dialogue itself (active mode). The
survivor accepts no new connection: data connections can only come in as related ones.
"""
from ktap import Inconclusive, check, case, main, say
from place import Skip, Timeout, poll

RULES = '''
table ip helped {
	ct helper ftp { type "ftp" protocol tcp; l3proto ip; }
	ct helper sip { type "sip" protocol udp; l3proto ip; }
	ct helper tftp { type "tftp" protocol udp; l3proto ip; }
	chain pre {
		type filter hook prerouting priority mangle;
		tcp dport 21 ct helper set "ftp"
		udp dport 5060 ct helper set "sip"
		udp dport 69 ct helper set "tftp"
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


def helped(lab, *programs):
    """A settled pair with helpers, and the programs at both ends."""
    for place in (lab.client, lab.server):
        for program in programs:
            if not place.run(f'command -v {program}; true').strip():
                raise Skip(f'no {program} at the {place.name}')
        place.run(f'mkdir -p {place.tmp}')
    active, standby = lab.fresh()
    for unit in lab.units:
        unit.place.run('modprobe -aq nf_conntrack_ftp nf_nat_ftp nf_conntrack_sip nf_nat_sip '
                       'nf_conntrack_tftp nf_nat_tftp; true')
        unit.place.run(f"nft -f - <<<'{RULES}'")
    return active, standby


def begin(lab, mode, rate):
    active, standby = helped(lab, 'python3', 'vsftpd')
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
    limit = 8 if lab.debug else 3

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


# A stream of numbered packets, and an echo of what comes; prints how many came back.
MEDIA = '''
import select, socket, sys, time
own, peer = int(sys.argv[1]), None
if len(sys.argv) > 2:
    peer = (sys.argv[2], int(sys.argv[3]))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", own))
back = 0
while True:
    if peer:
        s.sendto(b"media", peer)
    if select.select([s], [], [], 0.05)[0]:
        data, source = s.recvfrom(100)
        if data == b"echo":
            back += 1
            print("back", back, flush=True)
            time.sleep(0.05)
        else:
            s.sendto(b"echo", source)
'''

REGISTRAR = '''
import os, re, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.2.2", 5060))
text, peer = s.recvfrom(4000)
text = text.decode()
print("asked", flush=True)
open(sys.argv[1]).read()
lines = [l for l in text.split("\\r\\n") if re.match("Via|From|To|Call-ID|CSeq|Contact", l)]
s.sendto("\\r\\n".join(["SIP/2.0 200 OK"] + lines + ["Expires: 900", "Content-Length: 0", "", ""]).encode(), peer)
print("answered", flush=True)
'''

REGISTER = '''
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.1.2", 5060))
s.sendto("\\r\\n".join([
    "REGISTER sip:10.0.2.2 SIP/2.0", "Via: SIP/2.0/UDP 10.0.1.2:5060;branch=z9hG4bK1",
    "From: <sip:me@10.0.2.2>;tag=1", "To: <sip:me@10.0.2.2>", "Call-ID: 1@10.0.1.2",
    "CSeq: 4711 REGISTER", "Contact: <sip:me@10.0.1.2:5060>", "Expires: 900", "Max-Forwards: 70",
    "Content-Length: 0", "", ""]).encode(), ("10.0.2.2", 5060))
print(s.recv(4000).decode(), flush=True)
'''


TFTP_SERVER = '''
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.2.2", 69))
_, peer = s.recvfrom(600)
print("asked", flush=True)
open(sys.argv[1]).read()
t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
t.bind(("10.0.2.2", 0))
t.settimeout(10)
for n in range(1, 21):
    t.sendto(struct.pack(">HH", 3, n) + bytes(512 if n < 20 else 100), peer)
    assert t.recv(100) == struct.pack(">HH", 4, n)
'''

# Asks once: asked again, the helper of the new active unit would expect the answer by itself.
TFTP_CLIENT = '''
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(struct.pack(">H", 1) + b"data\\0octet\\0", ("10.0.2.2", 69))
got = 0
while True:
    data, source = s.recvfrom(600)
    s.sendto(struct.pack(">H", 4) + data[2:4], source)
    got += len(data) - 4
    if len(data) < 516:
        break
print("got", got, flush=True)
'''


def expectations(unit):
    """Those of the helpers for UDP, without their time."""
    lines = unit.place.run('conntrack -L expect 2>/dev/null; true').splitlines()
    return sorted(line.split(None, 1)[1] for line in lines if 'proto=17' in line)


def wait_expectations(active, standby, least):
    def equal():
        here = expectations(active)
        return len(here) >= least and here == expectations(standby)
    try:
        poll('both units expect the same', equal, 10)
    except Timeout:
        check(False, f'expected on the active unit: {expectations(active)}; '
              f'on the standby: {expectations(standby)}')
    return expectations(standby)


def count(job):
    return int((['back 0'] + job.output().split('\n')[:-1])[-1].split()[-1])


@case('SIP: killed in mid-call; the media goes on, more of it begins, and the call is ended')
def sip_call(lab):
    active, standby = helped(lab, 'python3', 'sipp')
    for place, role, port in ((lab.client, 'uac', 16000), (lab.server, 'uas', 17000)):
        place.run(f'sipp -sd {role} 2>/dev/null | sed s/.media_port./{port}/ >{place.tmp}/{role}.xml')
        place.write(f'{place.tmp}/media.py', MEDIA)
    lab.server.spawn(f'sipp -sf {lab.server.tmp}/uas.xml -i 10.0.2.2 -p 5060 -nostdin')
    poll('the server listens', lambda: lab.server.run('ss -Hlnu sport = :5060').strip(), 10)
    # It has to last until all that follows was seen.
    seconds = 60 if lab.debug else 12
    call = lab.client.spawn(f'sipp -sf {lab.client.tmp}/uac.xml -i 10.0.1.2 -p 5060 -m 1 -d '
                            f'{seconds * 1000} -nostdin 10.0.2.2:5060')
    # Both ends' media and its control: four, before the first is used.
    wanted = wait_expectations(active, standby, 4)
    lab.server.spawn(f'python3 {lab.server.tmp}/media.py 17000')
    media = lab.client.spawn(f'python3 {lab.client.tmp}/media.py 16000 10.0.2.2 17000')
    poll('media flows', lambda: count(media) > 5, 10)
    standby.close_new()
    poll('the standby has it', lambda: any('dport=17000' in line for line in standby.entries('-p udp')), 10)
    wanted = wait_expectations(active, standby, 2)
    if not call.running():
        raise Inconclusive(f'the call was over before the fault: {call.output()}')
    kill(active, standby)
    before = count(media)
    # What comes in is translated to the client's address by the expectation alone.
    lab.client.spawn(f'python3 {lab.client.tmp}/media.py 16001')
    control = lab.server.spawn(f'python3 {lab.server.tmp}/media.py 17001 10.0.2.254 16001')
    poll('more media begins, from outside', lambda: count(control) > 5, 15)
    poll('the media goes on', lambda: count(media) > before + 10, 15)
    out, rc = call.wait(seconds + 28)
    check(rc == 0, f'the call was not ended well: {rc}\n{out[-1500:]}')
    say(f'expected when it was killed: {wanted}')


def killed_before_answer(lab, port, server, client):
    """A client that asked; the answer comes after the kill, from a server that is told to."""
    active, standby = helped(lab, 'python3')
    tmp = lab.server.tmp
    lab.server.run(f'rm -f {tmp}/go; mkfifo {tmp}/go')
    lab.server.write(f'{tmp}/server.py', server)
    lab.client.write(f'{lab.client.tmp}/client.py', client)
    job = lab.server.spawn(f'python3 {tmp}/server.py {tmp}/go')
    poll('the server listens', lambda: lab.server.run(f'ss -Hlnu sport = :{port}').strip(), 10)
    asking = lab.client.spawn(f'python3 {lab.client.tmp}/client.py')
    poll('it was asked', lambda: 'asked' in job.output(), 10)
    expected = wait_expectations(active, standby, 1)
    standby.close_new()
    kill(active, standby)
    lab.server.run(f'echo >{tmp}/go')
    return standby, expected, asking


@case('TFTP: killed between the request and its answer')
def tftp(lab):
    _, expected, client = killed_before_answer(lab, 69, TFTP_SERVER, TFTP_CLIENT)
    say(f'expected: {expected}')
    out, rc = client.wait(20)
    check(rc == 0 and f'got {19 * 512 + 100}' in out, f'not all of it: {out}')


@case('SIP: killed between REGISTER and its answer')
def sip_register(lab):
    standby, expected, client = killed_before_answer(lab, 5060, REGISTRAR, REGISTER)
    check('INACTIVE' in expected[0], f'not one that waits for the answer: {expected}')
    poll('the client is answered', lambda: '200 OK' in client.output(), 10)
    check('sip:me@10.0.1.2:5060' in client.output(), f'not translated back: {client.output()}')
    # The helper knows which request this was the answer to.
    poll('calls can come in', lambda: [e for e in expectations(standby) if 'INACTIVE' not in e], 5)


if __name__ == '__main__':
    main()
