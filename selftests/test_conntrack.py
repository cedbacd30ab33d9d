#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Others who listen to connection tracking keep working beside nfha.

Guards the chained event notifier: "conntrack -E" and conntrackd in statistics mode see every
connection while nfha captures them, and after it is gone; a reload of nf_conntrack_netlink
(which overwrites the pointer) and of the ruleset costs neither of them anything.
"""
from flows import Flow, check_closed, finish, idle, wait_replicated
from ktap import case, check, main
from lab import PORT
from place import poll

CONNTRACKD = '''
General {
	HashSize 8192
	HashLimit 65536
	LogFile off
	Syslog off
	LockFile /run/conntrackd-test.lock
	UNIX {
		Path /run/conntrackd-test.ctl
	}
	NetlinkBufferSize 2097152
	NetlinkBufferSizeMaxGrowth 8388608
}
Stats {
	LogFile off
}
'''


def open_and_close(lab):
    out = lab.client.run(f'{lab.client.programs}/traffic get 10.0.2.2 {PORT} 1000')
    check('ok=1' in out, f'no traffic: {out}')


def check_events(lab, unit):
    """One connection through the unit makes NEW, UPDATE and, when deleted, DESTROY."""
    job = unit.place.spawn('stdbuf -oL conntrack -E -p tcp')
    poll('conntrack -E listens', lambda: unit.place.run('ss -f netlink -a 2>/dev/null | '
                                                       'grep -c conntrack; true').strip() != '0', 10)
    open_and_close(lab)
    unit.place.run('conntrack -D -p tcp >/dev/null 2>&1; true')

    def seen():
        text = job.output()
        return all(word in text for word in ('[NEW]', '[UPDATE]', '[DESTROY]'))
    try:
        poll('conntrack -E prints all events', seen, 10)
    finally:
        text = job.output()
        job.kill()
    check(f'dport={PORT}' in text, f'not the connection of this test:\n{text}')


@case('conntrack -E sees every event beside nfha, and after it')
def events(lab):
    active, standby = lab.fresh()
    check_events(lab, active)
    wait_replicated_none(standby)
    flow = idle(lab)
    wait_replicated(standby, 1)


def wait_replicated_none(standby):
    poll('the deleted connection is gone on the standby, too',
         lambda: not [e for e in standby.entries('-p tcp') if f'port={PORT}' in e], 10)


@case('conntrackd in statistics mode counts beside nfha')
def statistics(lab):
    active, standby = lab.fresh()
    active.place.write('/run/conntrackd-test.conf', CONNTRACKD)
    daemon = active.place.spawn('conntrackd -C /run/conntrackd-test.conf')
    ask = 'conntrackd -C /run/conntrackd-test.conf -s 2>&1; true'
    poll('conntrackd answers', lambda: 'active connections' in active.place.run(ask), 10)
    flow = idle(lab)
    try:
        poll('conntrackd has the connection', lambda: f'dport={PORT}' in active.place.run(
            'conntrackd -C /run/conntrackd-test.conf -i 2>&1; true'), 10)
    finally:
        daemon.kill()
    wait_replicated(standby, 1)


@case("the pair's own traffic is never tracked, not while a unit starts or stops either",
      kinds=('ns',))
def own_traffic(lab):
    active, standby = lab.fresh()
    # To both links' ports, as fast as it goes, whoever listens.
    job = active.place.spawn('''bash -c 'while :; do for to in 10.0.4.11/7869 10.0.5.11/7868; do
        echo x >/dev/udp/$to; done; done' 2>/dev/null''')
    for _ in range(4):
        for act in standby.stop, standby.start_helper:
            act()
            for unit in lab.units:
                found = [e for e in unit.entries('-p udp') if 'dport=786' in e]
                check(not found, f'tracked on {unit.name}: {found}')
        lab.wait_pair(60)
    check(job.running(), 'nothing was sent')
    job.kill()


@case('nf_conntrack_netlink and the ruleset are reloaded: replication goes on')
def reload(lab):
    active, standby = lab.fresh()
    flow = idle(lab)
    wait_replicated(standby, 1)
    active.place.run('for i in {1..50}; do rmmod nf_conntrack_netlink && break; sleep 0.1; done; '
                     '[ ! -e /sys/module/nf_conntrack_netlink ]')
    between = idle(lab, 'idle-between')
    active.place.run('modprobe nf_conntrack_netlink')
    after = idle(lab, 'idle-after')
    wait_replicated(standby, 3)
    check_events(lab, active)
    flows = [Flow(lab, f'idle-{n}', f'idle 10.0.2.2 {PORT}') for n in range(2)]
    for one in flows:
        poll('the idle connection is up', lambda f=one: 'idle' in f.job.output(), 20)
    wait_replicated(standby, 2)
    active.rules()                      # flush ruleset and load: windows must not be zeroed
    standby.close_new()
    active.kill()
    poll('takeover', lambda: standby.state() == 'Active', 10)
    finish(flows)
    check_closed(lab)


if __name__ == '__main__':
    main()
