#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The standby's connection table equals the active unit's, entry by entry.

Guards records and injection for every protocol, family and kind of NAT, mark and zone,
deletions, and the acknowledgement: over a link that loses a fifth of its packets, and over IPv6. Compared by "conntrack -L" of both units: everything but the remaining lifetime.
"""
import re
import time

from flows import Flow, finish, wait_replicated
from ktap import case, check, main, say
from lab import PORT
from place import CommandFailed, poll

V4 = '-s 10.0.1.2 -d 10.0.2.2'
V6 = '-s fd00:1::2 -d fd00:2::2'
REPLIED = '-t 600 -u SEEN_REPLY,ASSURED'


# What conntrack is told to insert on the active unit.
ENTRIES = {
    'TCP': f'{V4} -p tcp --sport 1001 --dport 443 --state ESTABLISHED {REPLIED}',
    'TCP closing, marked': f'{V4} -p tcp --sport 1002 --dport 443 --state TIME_WAIT -t 100 -m 77 '
                           '-u SEEN_REPLY,ASSURED',
    'TCP in a zone': f'{V4} -p tcp --sport 1003 --dport 443 --state ESTABLISHED {REPLIED} -w 7',
    'TCP in a zone of one direction': f'{V4} -p tcp --sport 1003 --dport 443 --state ESTABLISHED '
                                      f'{REPLIED} --orig-zone 9',
    'TCP with SNAT': f'{V4} -p tcp --sport 1004 --dport 443 --state ESTABLISHED {REPLIED} '
                     '-n 10.0.2.254:2004',
    'TCP with DNAT': '-s 10.0.2.2 -d 10.0.2.254 -p tcp --sport 1005 --dport 8080 '
                     f'--state ESTABLISHED {REPLIED} -g 10.0.1.2:80',
    'TCP with SNAT and DNAT': '-s 10.0.2.2 -d 10.0.2.254 -p tcp --sport 1006 --dport 8081 --state '
                              f'ESTABLISHED {REPLIED} -n 10.0.1.254:2006 -g 10.0.1.2:81',
    'UDP with SNAT': f'{V4} -p udp --sport 1007 --dport 53 -t 500 -u SEEN_REPLY -n 10.0.2.254:2007',
    'UDP stream': f'{V4} -p udp --sport 1008 --dport 53 {REPLIED}',
    'ICMP': f'{V4} -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 1009 -t 500 -u SEEN_REPLY',
    'SCTP': f'{V4} -p sctp --sport 1010 --dport 80 --state ESTABLISHED --orig-vtag 1 '
            f'--reply-vtag 2 {REPLIED}',
    'GRE': f'{V4} -p gre --srckey 1 --dstkey 2 {REPLIED}',
    'another protocol': f'{V4} -p 50 {REPLIED}',
    'TCP over IPv6': f'{V6} -p tcp --sport 1011 --dport 443 --state ESTABLISHED {REPLIED}',
    'TCP over IPv6 with DNAT': '-s fd00:2::2 -d fd00:2::fe -p tcp --sport 1012 --dport 443 '
                               f'--state ESTABLISHED {REPLIED} -g fd00:1::2',
    'UDP over IPv6': f'{V6} -p udp --sport 1013 --dport 53 {REPLIED}',
    'ICMPv6': f'{V6} -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 1014 -t 500 '
              '-u SEEN_REPLY',
}


def table(unit):
    """The connection table without what may differ: lifetime, references, order."""
    lines = unit.entries('-o extended') + unit.entries('-f ipv6 -o extended')
    found = set()
    for line in lines:
        line = re.sub(r'^(\S+ +\d+ \S+ +\d+) \d+', r'\1', line)
        found.add(re.sub(r' use=\d+', '', line).strip())
    return found


def differences(active, standby):
    ours, theirs = table(active), table(standby)
    return ([f'only on {active.name}: {line}' for line in sorted(ours - theirs)] +
            [f'only on {standby.name}: {line}' for line in sorted(theirs - ours)])


def wait_equal(active, standby, limit=15):
    try:
        poll('both tables are equal', lambda: not differences(active, standby), limit)
    finally:
        for line in differences(active, standby)[:20]:
            say(line)


def insert(unit):
    """All ENTRIES; a protocol that this kernel's or this tool's build lacks is named."""
    made, lacking = [], []
    for name, arguments in ENTRIES.items():
        try:
            unit.place.run(f'conntrack -I {arguments}')
            made.append(name)
        except CommandFailed as why:
            lacking.append(name)
            say(f'not inserted: {name}: {str(why).strip().splitlines()[-1]}')
    check('TCP with SNAT and DNAT' in made and 'UDP over IPv6' in made and len(made) >= 12,
          f'too little could be inserted: {made}; not: {lacking}')
    return made


def inserted(unit):
    """How many of ENTRIES the unit holds."""
    return sum('port=10' in line or 'id=10' in line or 'unknown' in line or 'gre' in line
               for line in table(unit))


@case('every protocol, family and kind of NAT arrives as it is, and goes')
def everything(lab):
    active, standby = lab.fresh()
    made = insert(active)
    poll('they arrived', lambda: inserted(standby) >= len(made), 15)
    wait_equal(active, standby)
    active.place.run('conntrack -D -p tcp --orig-port-src 1004')
    poll('the deletion arrived', lambda: not any('sport=1004' in e for e in table(standby)), 15)
    active.place.run('conntrack -F; conntrack -F -f ipv6; true')
    poll('all is gone', lambda: not inserted(standby), 15)


@case('a tuple that is deleted and made again, and its reply tuple changed')
def made_again(lab):
    active, standby = lab.fresh()
    entry = f'{V4} -p udp --sport 1020 --dport 53 {REPLIED}'
    for number in range(20):
        active.place.run(f'conntrack -D -p udp --orig-port-src 1020 2>/dev/null; '
                         f'conntrack -I {entry} -n 10.0.2.254:{2020 + number}')
    poll('the last one holds', lambda: any('dport=2039' in e for e in table(standby)), 15)
    wait_equal(active, standby)


def figures(unit):
    """Of the test's connection: label, start in ns, packets and bytes of both directions."""
    text = unit.place.run(f'conntrack -L -f ipv6 -p tcp --orig-port-dst {PORT} '
                          '-o xml,labels,ktimestamp 2>/dev/null; true')
    label, start = re.search(r'<label>([^<]+)', text), re.search(r'<start>(\d+)', text)
    return (label and label[1], start and start[1],
            [int(n) for n in re.findall(r'<(?:packets|bytes)>(\d+)', text)])


@case('labels, counters and start time arrive and follow')
def extensions(lab):
    active, standby = lab.fresh()
    for unit in lab.units:
        unit.place.run('sysctl -qw net.netfilter.nf_conntrack_acct=1 '
                       'net.netfilter.nf_conntrack_timestamp=1')
        unit.place.run('mkdir -p /etc/xtables; echo "77 tested" >/etc/xtables/connlabel.conf')
    # Without NAT: the tool cannot change a connection with it.
    flow = Flow(lab, 'idle', f'idle fd00:2::2 {PORT}')
    wait_replicated(standby, 1, '-f ipv6 -p tcp')
    _, start, counters = figures(active)
    check(start and len(counters) == 4 and all(counters), f'nothing to compare: {figures(active)}')
    active.place.run(f'conntrack -U -f ipv6 -p tcp --orig-port-dst {PORT} --label-add tested')
    poll('label and counters arrived', lambda: figures(standby) == figures(active) and
         figures(standby)[0] == 'tested', 10)
    check(figures(standby)[1] == start, f'{figures(standby)} began at another time than {start}')
    active.place.run(f'conntrack -U -f ipv6 -p tcp --orig-port-dst {PORT} --label-del tested')
    poll('the label went', lambda: figures(standby)[0] != 'tested', 10)
    for unit in lab.units:
        unit.place.run('sysctl -qw net.netfilter.nf_conntrack_acct=0 '
                       'net.netfilter.nf_conntrack_timestamp=0')
    finish([flow])


# Opens connections, one after the other; says how many ms later the unit of the process held each.
AT_ONCE = '''
count() {{ read -r _ && read -r n _ && held=$((16#$n)); }} </proc/{pid}/net/stat/nf_conntrack
for i in {{1..10}}; do
	count; before=$held
	exec 3<>/dev/tcp/10.0.2.2/{port}; begun=${{EPOCHREALTIME/./}}
	until [ $held -gt $before ]; do
		count; [ $((${{EPOCHREALTIME/./}} - begun)) -lt 5000000 ] || exit
	done
	echo "told after $(((${{EPOCHREALTIME/./}} - begun) / 1000)) ms"
	exec 3>&-
	# Until nothing is on its way any more.
	read -rt 1 <> <(:) || true
done
'''


@case('an established connection is told at once, however long others wait', kinds=('ns',))
def at_once(lab):
    _, standby = lab.fresh()
    path = '/sys/module/nfha/parameters/flush_us'
    usual = lab.machine.run(f'cat {path}').strip()
    try:
        lab.machine.run(f'echo 100000 >{path}')
        pid = standby.place.run(f'cat {standby.pid_path}').strip()
        lab.client.write('/run/at-once', AT_ONCE.format(pid=pid, port=PORT))
        told = [int(ms) for ms in re.findall(r'told after (\d+)', lab.client.run('bash /run/at-once', 60))]
    finally:
        lab.machine.run(f'echo {usual} >{path}')
    say(f'told after {told} ms')
    # Nearly each of them would wait as long as the parameter says; a busy machine delays some.
    check(len(told) == 10 and sorted(told)[4] < 60, 'they wait for others')


def sent_while_waiting(lab, active, standby, wait_us):
    """(frames, bytes, frames back, s) of 2,000 connections at 1,000/s while frames wait so long."""
    paths = [f'/sys/module/nfha/parameters/flush{which}_us' for which in ('', '_closing')]
    usual = [active.place.run(f'cat {path}').strip() for path in paths]

    def sent():
        stats = active.status()['stats']
        return stats['tx_frames'], stats['tx_bytes'], standby.status()['stats']['tx_frames']
    try:
        for path in paths:
            active.place.run(f'echo {wait_us} >{path}')
        before, begin = sent(), time.monotonic()
        lab.client.run(f'{lab.client.programs}/rate tcp 10.0.2.2 {PORT + 1} 2000 16 1000', 60)
        took = time.monotonic() - begin
        frames, size, back = (now - then for now, then in zip(sent(), before))
    finally:
        for path, value in zip(paths, usual):
            active.place.run(f'echo {value} >{path}')
    say(f'{wait_us} us: {frames} frames, {size} bytes in {took:.1f} s, {back} back')
    return frames, size, back, took


@case('frames wait for flush_us, however many are acknowledged, and are so together')
def no_closer(lab):
    active, standby = lab.fresh()
    job = lab.server.spawn(f'{lab.server.programs}/rate server 0.0.0.0 {PORT + 1}')
    try:
        poll('the server listens',
             lambda: lab.server.run(f'ss -Hlnt sport = :{PORT + 1}').strip(), 10)
        frames, size, _, took = sent_while_waiting(lab, active, standby, 20000)
        poll('2,000 connections on the standby', lambda: sum(
            f'dport={PORT + 1} ' in entry for entry in standby.entries('-p tcp')) >= 2000, 20)
        # Full ones, one for each wait, and those of comparisons.
        check(frames < size / 1200 + took / 0.02 + 30, 'an acknowledgement brings the next frame')
        frames, _, back, took = sent_while_waiting(lab, active, standby, 1000)
        # Four together, or those of 5 ms.
        check(back < frames / 2 + took / 0.005, 'each frame is acknowledged by itself')
        # Eight changes in that time, where the kernel can do it: then four times as long.
        frames, _, _, took = sent_while_waiting(lab, active, standby, 4000)
        check(lab.debug or frames < took / 0.004 / 2 + 30, 'frames wait no longer when much changes')
    finally:
        job.kill()


PATIENCE = """
table inet patience {
	ct timeout patient { protocol tcp; l3proto ip6; policy = { established : 9000 }; }
	chain pre { type filter hook prerouting priority 0; tcp dport %d ct timeout set "patient"; }
}
""" % PORT


def wait_patience(unit, flow):
    """Each packet gives the connection its rule's 9,000 s again, not the namespace's five days."""
    def lifetime():
        found = [line.split()[2] for line in unit.entries('-f ipv6 -p tcp') if f'={PORT}' in line]
        return int(found[0]) if found else 0
    before = flow.progress()
    poll(f'packets pass {unit.name}', lambda: flow.progress() > before + 3000, 20)
    # As long as one is not acknowledged it is the 300 s of that.
    poll(f'{unit.name} keeps the connection for 9,000 s', lambda: 8900 < lifetime() <= 9000, 20)


@case('timeouts of a rule go on with the connection, from one unit to the other and back')
def patience(lab):
    first, second = lab.fresh()
    first.place.run(f"nft -f - <<<'{PATIENCE}'")
    flow = Flow(lab, 'slow', f'slow fd00:2::2 {PORT} 10000 60')
    wait_replicated(second, 1, '-f ipv6 -p tcp')
    wait_patience(first, flow)
    second.command('failover active')
    poll(f'{second.name} is active', lambda: second.state() == 'Active', 10)
    wait_patience(second, flow)
    lab.wait_pair()
    # Takes them from the connection there; the active unit has no such rule, and gives them back.
    before = first.status()['stats']['ct_replaced']
    first.place.run('nft delete table inet patience')
    poll('they are repaired', lambda: first.status()['stats']['ct_replaced'] > before, 10)
    second.kill()
    poll('takeover', lambda: first.state() == 'Active', 10)
    wait_patience(first, flow)
    missing = first.status()['stats']['ct_no_timeout_policy']
    check(not missing, f'{missing} connections did not get them')


@case('what a full table refused comes when there is room', kinds=('pair',))
def refused(lab):
    active, standby = lab.fresh()
    # The limit is the kernel's, not a namespace's.
    before = standby.place.run('sysctl -n net.netfilter.nf_conntrack_max').strip()
    standby.place.run('sysctl -qw net.netfilter.nf_conntrack_max=40')
    try:
        active.place.run('for n in {0..59}; do echo "-I -s 10.0.1.2 -d 10.0.2.2 -p udp --sport '
                         f'$((20000 + n)) --dport 53 {REPLIED}"; done >/run/entries; '
                         'conntrack -R /run/entries', 60)
        poll('some were refused', lambda: standby.status()['stats']['ct_table_full'] > 0, 15)
        check(len(standby.entries('-p udp')) < 60, 'nothing was refused')
    finally:
        standby.place.run(f'sysctl -qw net.netfilter.nf_conntrack_max={before}')
    wait_equal(active, standby)
    # What is tried again, or what the comparison of both tables finds: whichever is first.
    later = standby.status()['stats']['ct_injected_later']
    again = active.status()['stats']['digest_objects_sent']
    say(f'tried again {later}, sent again {again}')
    check(later + again > 0, 'nothing came later')


@case('a link that loses one frame in five')
def lossy(lab):
    active, standby = lab.fresh()
    rules = 'add table inet lossy; add chain inet lossy in { type filter hook input priority 0; }; '\
            'add rule inet lossy in iifname "eth3" numgen random mod 10 < 2 counter drop'
    for unit in lab.units:
        unit.place.run(f"nft '{rules}'")
    def load(source, ports):
        active.place.run(f'for n in {ports}; do echo "-I -s {source} -d 10.0.2.2 -p udp --sport '
                         f'$((20000 + n)) --dport $((50 + n % 3)) {REPLIED}"; done '
                         '>/run/entries; conntrack -R /run/entries', 60)

    load('10.0.1.2', '{0..599}')
    active.place.run('conntrack -D -p udp --orig-port-dst 52', 60)
    load('10.0.1.9', '{0..299}')
    load('10.0.1.2', '{2..299..3}')
    wait_equal(active, standby, 30)
    held = sum('udp' in entry and 'dst=10.0.2.2' in entry for entry in table(standby))
    check(held == 800, f'{held} entries to compare, 800 expected')
    lost = [unit.place.run('nft list chain inet lossy in') for unit in lab.units]
    dropped = sum(int(n) for text in lost for n in re.findall(r'packets (\d+)', text))
    stats = active.status()['stats']
    say(f'dropped {dropped}; frames lost {stats["tx_frames_lost"]}, objects sent again '
        f'{stats["tx_objects_resent"]}')
    for unit in lab.units:
        unit.place.run('nft delete table inet lossy')
    check(dropped > 0, 'nothing was lost: the case proves nothing')


@case('a state link over IPv6')
def over_ipv6(lab):
    lab.fresh(start=False)
    for unit in lab.units:
        unit.load()
        text = unit.config().replace('10.0.5.1/24 standby 10.0.5.11',
                                     'fd00:5::1/64 standby fd00:5::b')
        check('fd00:5::1' in text, 'the configuration of the lab has another form')
        unit.place.write(unit.config_path, text)
        unit.start_helper()
    active, standby = lab.wait_pair()
    made = insert(active)
    poll('they arrived', lambda: inserted(standby) >= len(made), 15)
    wait_equal(active, standby)


if __name__ == '__main__':
    main()
