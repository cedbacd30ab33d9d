#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A replica's wide TCP window is narrow again soon after the takeover.

Guards nfha_inject_narrow(): while the unit was standby its copy of a connection's window is
far too wide, so that no packet is missed; once both sides spoke through the new active unit,
a segment far outside of the window is invalid again, and the connection itself goes on. And what
is sent of a connection in a flowtable, whose windows conntrack does not follow.
"""
import re

from flows import Flow, finish, wait_replicated
from ktap import case, check, main, say
from lab import PORT
from place import Skip, poll

# Sends one byte 200 MiB ahead of what the client sent last, in the client's own name.
STRAY = r'''
import socket, struct, sys
eth = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
eth.settimeout(10)
while True:
    packet, where = eth.recvfrom(2048)
    if (where[1] != 0x800 or where[2] != socket.PACKET_OUTGOING or packet[9] != 6 or
            packet[22:24] != bytes.fromhex(sys.argv[1])):
        continue
    if not packet[33] & 7:
        break
ip, tcp = bytearray(packet[:20]), bytearray(packet[20:40]) + b"!"
tcp[12], tcp[13] = 0x50, 0x18
struct.pack_into(">I", tcp, 4, (struct.unpack(">I", tcp[4:8])[0] + (200 << 20)) % (1 << 32))
tcp[16:18] = b"\0\0"
pseudo = bytes(ip[12:20]) + struct.pack(">HH", 6, len(tcp)) + bytes(tcp) + b"\0"
total = sum(struct.unpack(">%dH" % (len(pseudo) // 2), pseudo))
while total >> 16:
    total = (total & 0xffff) + (total >> 16)
struct.pack_into(">H", tcp, 16, 0xffff - total)
ip[2:4] = struct.pack(">H", 20 + len(tcp))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw.sendto(bytes(ip) + bytes(tcp), (socket.inet_ntoa(ip[16:20]), 0))
'''


def invalid(unit):
    text = unit.place.run('nft list chain inet fw forward')
    return int(re.search(r'ct state invalid counter packets (\d+)', text)[1])


def stray(lab):
    lab.client.run(f'python3 {lab.client.tmp}/stray.py {PORT:04x}')


@case('a segment out of the window is invalid again after the takeover')
def narrowed(lab):
    if not lab.client.run('command -v python3; true').strip():
        raise Skip('no python3 at the client')
    active, standby = lab.fresh()
    lab.client.run(f'mkdir -p {lab.client.tmp}')
    lab.client.write(f'{lab.client.tmp}/stray.py', STRAY)
    flow = Flow(lab, 'slow', f'slow 10.0.2.2 {PORT} 10000 40')
    wait_replicated(standby, 1)
    before = invalid(active)
    stray(lab)
    poll('the active unit itself refuses it', lambda: invalid(active) > before, 10)
    standby.close_new()
    active.kill()
    poll('takeover', lambda: standby.state() == 'Active', 10)
    poll('a window was narrowed',
         lambda: standby.status()['stats']['tcp_windows_narrowed'] > 0, 10)
    before = invalid(standby)
    stray(lab)
    poll('the new active unit refuses it, too', lambda: invalid(standby) > before, 10)
    finish([flow])
    say(f'invalid on the new active unit: {before} before, {invalid(standby)} after')
    check(flow.result['stall_ms'] < 15000, 'the connection stood still')


# Conntrack lets pass what is up to four times NFHA_TCP_SLACK ahead of a replica, and moves its
# window there: more has to pass conntrack by before the fault.
OFFLOADED = 2900 << 20
FLOWTABLE = '''table inet fast {
	flowtable fast { hook ingress priority 0; devices = { eth0, eth1 }; }
	chain forward {
		type filter hook forward priority filter + 10
		ip protocol tcp flow add @fast
	}
}'''


@case('a transfer that a flowtable forwards goes on after the takeover')
def offloaded(lab):
    active, standby = lab.fresh()
    try:
        flow = Flow(lab, 'download', f'get 10.0.2.2 {PORT} {OFFLOADED}', size=OFFLOADED)
        wait_replicated(standby, 1)
        # Not on the other one: there conntrack is to take what comes.
        active.place.run(f"nft -f - <<<'{FLOWTABLE}'")
        poll('it is in the flowtable', lambda: any(
            'OFFLOAD' in line and f'port={PORT}' in line for line in active.entries('-p tcp')), 20)
        poll('more than a window passed', lambda: flow.progress() > OFFLOADED * 3 // 4, 240)
        check(flow.job.running(), 'it was over before the fault')
        standby.close_new()
        active.kill()
        poll('takeover', lambda: standby.state() == 'Active', 10)
        finish([flow])
    finally:
        active.place.run('nft delete table inet fast; true')


if __name__ == '__main__':
    main()
