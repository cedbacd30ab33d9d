#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Planned switchover: "failover active" on the standby, "no failover active" on the active.

Guards the handover: flush and acknowledge, the old gate shut before the new one opens, nothing
lost: what arrives at the old one in between goes on to the new one. A 1,000 packets/s stream and a
download run through it. Captures at each unit's own ports show the gap and that there is no overlap.
"""
from capture import claims_active, overlap
from flows import Flow, bytes_for, finish, idle, wait_middle, wait_replicated
from ktap import case, check, main, say
from lab import PORT
from place import poll


def run_flows(lab, standby):
    uml = lab.kernel_name.startswith('uml')
    rate = 100 if lab.debug else 1000
    # An emulated machine needs longer to the middle of less.
    size, seconds = (bytes_for(lab), 8) if uml else (bytes_for(lab) // 3, 15)
    silent = idle(lab)
    wait_replicated(standby, 1)
    udp = Flow(lab, 'udp', f'udp 10.0.2.2 {PORT} {rate} {seconds}')
    wait_replicated(standby, 1, '-p udp')
    return [udp, Flow(lab, 'download', f'get 10.0.2.2 {PORT} {size}', size=size), silent]


def switchover(lab, command_on, words, active, standby):
    """How many of the stream's frames the old unit sent on."""
    # Before the flows: starting four recorders takes its time in a slow guest.
    capture = lab.capture(expression='"(udp port 8000 or arp or icmp6)"')
    flows = run_flows(lab, standby)
    wait_middle(flows)
    held = active.entry_ids(f'dport={PORT}')
    check(flows[0].job.running(), 'the stream was over before the switchover')
    check(len(held) >= 3, f'{active.name} has only {len(held)} entries of the flows')
    released = standby.status()['released_ns']
    before = active.status()['stats']
    command_on.command(words)
    poll(f'{standby.name} is active', lambda: standby.state() == 'Active', 10)
    poll(f'{active.name} is standby',
         lambda: (active.state() or '').startswith('Standby'), 10)
    # Its masquerading address left it; the connections must not go with it and come back.
    gone = held - active.entry_ids(f'dport={PORT}')
    check(not gone, f'{len(gone)} of {len(held)} entries died on {active.name} when it was demoted')
    # Module to module: the helpers' hellos would say it, too, some milliseconds later.
    now = standby.status()
    check(now['released_ns'] > released, f'{standby.name} opened without RELEASED')
    say(f'RELEASED to open, by {standby.name}\'s clock: '
        f'{(now["gate_opened_ns"] - now["released_ns"]) / 1e6:.1f} ms')
    flows[2].job.signal(10)
    for flow in flows:
        flow.finish()
    wrong = [w for w in (f.judge() for f in flows) if w]
    check(not wrong, '\n'.join(wrong))
    udp = flows[0].result
    frames = capture.complete()
    judge_gap(lab, frames, active, standby, udp)
    # A stall is a matter of taste below this; a retransmission timeout of the flow is not.
    check(flows[1].result['stall_ms'] < 3000,
          f'the download stalled for {flows[1].result["stall_ms"]} ms in a planned switchover')
    lost = udp['lost_up'] + udp['lost_down']
    check(not lost, f'{lost} of {udp["sent"]} datagrams were lost')
    return judge_relay(lab, frames, active, before)


def judge_relay(lab, frames, active, before):
    """What came to the old unit in between it gave back to the switch, in no active name.

    In a short handover on a busy machine nothing may have come; what did is not lost.
    """
    stats = active.status()['stats']
    relayed, dropped = (stats[n] - before[n] for n in ('handover_relayed', 'handover_dropped'))
    ends = {'in': '10.0.1.2', 'out': '10.0.2.2'}
    seen = [f for f in frames if f.unit == active.name and f.ip_src == ends[f.net]]
    say(f'{active.name} sent on {relayed} frames, {len(seen)} of the stream')
    check(not dropped, f'{active.name} dropped {dropped}')
    wrong = [f for f in seen if f.dst != lab.active_macs[f.net] or f.src != lab.standby_macs[f.net]]
    check(not wrong, f'{len(wrong)} of them with other MAC addresses, first: {wrong[:2]}')
    return len(seen)


def judge_gap(lab, frames, active, standby, udp):
    """Between the old unit's last frame in the active name and the new one's first."""
    first, late = overlap(frames, active.name, standby.name, lab.active_macs)
    check(first is not None, f'{standby.name} never spoke in the active name')
    check(not late, f'{len(late)} frames of {active.name} in the active name after '
          f'{standby.name} opened, first: {late[:2]}')
    last = max((f.time for f in frames if f.unit == active.name and f.time < first
                and claims_active(f, lab.active_macs)), default=None)
    check(last is not None, f'the capture saw nothing of {active.name} before the switchover')
    say(f'closed to open, as seen on the wire: {(first - last) * 1000:.1f} ms; datagrams lost: '
        f'{udp["lost_up"]} out, {udp["lost_down"]} back, of {udp["sent"]}; '
        f'longest gap {udp["stall_ms"]} ms')


@case('"failover active" on the standby loses nothing')
def take(lab):
    for _ in range(3):
        active, standby = lab.fresh()
        if switchover(lab, standby, 'failover active', active, standby):
            return
    check(False, 'in none of three handovers anything was sent on')


@case('"no failover active" on the active loses nothing, and back again')
def give(lab):
    active, standby = lab.fresh()
    there = switchover(lab, active, 'no failover active', active, standby)
    lab.quiet()
    lab.wait_pair()
    back = switchover(lab, standby, 'no failover active', standby, active)
    check(there + back, 'in neither handover anything was sent on')


@case('what arrives at the old unit is dropped where the new one is not heard, and counted')
def unheard(lab):
    active, standby = lab.fresh()
    udp = Flow(lab, 'udp', f'udp 10.0.2.2 {PORT} {100 if lab.debug else 1000} 8')
    wait_replicated(standby, 1, '-p udp')
    before = active.status()['stats']
    lab.cut(standby, 'in')
    standby.command('failover active')
    poll(f'{active.name} is standby', lambda: (active.state() or '').startswith('Standby'), 10)
    now = active.status()['stats']
    relayed, dropped = (now[n] - before[n] for n in ('handover_relayed', 'handover_dropped'))
    say(f'{active.name} sent on {relayed} frames, dropped {dropped}')
    check(dropped, f'{active.name} dropped nothing')
    lab.mend(standby, 'in')
    got = udp.progress()
    # The switch learns by the announcements that are repeated.
    poll('the stream goes on', lambda: udp.progress() > got + 1600 or not udp.job.running(), 10)
    udp.finish()
    check(udp.progress() > got + 1600, 'the stream did not go on')


@case('the command says why it refuses')
def refusals(lab):
    active, standby = lab.fresh()
    out = active.place.run(f'/nfha/nfha -s {active.socket} failover active; echo "exit $?"')
    check('exit' in out and active.state() == 'Active', f'asking the active unit: {out}')
    standby.stop()
    poll('the active unit misses its peer',
         lambda: active.status().get('other_host', {}).get('state') not in
         ('Standby', 'Standby Ready'), 15)
    out = active.place.run(f'/nfha/nfha -s {active.socket} no failover active; echo "exit $?"')
    check('exit 0' not in out, f'gave up the active role with nobody to take it: {out}')
    check(active.state() == 'Active', f'no longer active: {active.state()}')
    out = standby.place.run(f'/nfha/nfha -s {standby.socket} show failover; echo "exit $?"')
    check('exit 1' in out, f'without nfhad the command must exit with 1: {out}')


@case('nfha is replaced on the standby, then on the other unit: no connection is lost', kinds=('pair',))
def upgrade(lab):
    active, standby = lab.fresh()
    silent = idle(lab)
    wait_replicated(standby, 1)
    for unit, other in ((standby, active), (active, standby)):
        # nfhad(8), UPGRADE
        unit.stop()
        unit.unload()
        check(other.state() == 'Active', f'{other.name} is {other.state()} when {unit.name} left')
        unit.start(wait=False)
        poll(f'{unit.name} holds everything', lambda u=unit: u.state() == 'Standby Ready', 60)
        unit.command('failover active')
        poll(f'{unit.name} is active', lambda u=unit: u.state() == 'Active', 10)
        poll(f'{other.name} is ready', lambda o=other: o.state() == 'Standby Ready', 30)
    finish([silent])


TRACING = '''mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
echo 'module nfha +p' >/sys/kernel/debug/dynamic_debug/control
echo 1 >/sys/kernel/tracing/events/nfha/enable'''


@case('tracepoints tell of roles, frames and records, dynamic debug of sessions and generations',
      kinds=('pair',), kernels=('6.1', '6.12'))
def tracepoints(lab):
    active, standby = lab.fresh()
    for unit in lab.units:
        unit.place.run(TRACING)

    def seen(event):
        return sum(f' {event}: ' in line for u in lab.units for line in u.place.run(
            'cat /sys/kernel/tracing/trace').splitlines())
    # What is sent into a link that is cut is lost, and sent again when it is mended.
    lab.cut(active, 'state')
    active.place.run('conntrack -I -s 10.0.1.2 -d 10.0.2.2 -p udp --sport 9 --dport 9 -t 600')
    poll('a frame is lost', lambda: seen('nfha_frame_lost'), 10)
    lab.mend(active, 'state')
    poll('the peer has it', lambda: any('sport=9 ' in e for e in standby.entries()), 10)
    active.place.run('conntrack -D -p udp --orig-port-src 9')
    poll('it is gone', lambda: not any('sport=9 ' in e for e in standby.entries()), 10)
    standby.command('failover active')
    poll(f'{standby.name} is active', lambda: standby.state() == 'Active', 10)
    events = active.place.run('cd /sys/kernel/tracing/events/nfha && ls -d */').split()
    check(len(events) == 6, f'{events}')
    for event in (e.rstrip('/') for e in events):
        poll(f'{event} is seen', lambda e=event: seen(e), 10)
    text = ''.join(u.place.run('grep -h nfha_r /sys/kernel/tracing/trace') for u in lab.units)
    for wanted in ('role=active', 'role=standby', 'src=::ffff:10.0.1.2 dst=::ffff:10.0.2.2 sport=9 '
                   'dport=9 err=0', ' delete proto=17 '):
        check(wanted in text, f'{wanted}: not in\n{text[:3000]}')
    poll('the generation of the new active unit is debugged', lambda: any(
        'is sent' in u.place.run('dmesg | grep "nfha: net"; true') for u in lab.units), 10)


if __name__ == '__main__':
    main()
