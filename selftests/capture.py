# SPDX-License-Identifier: GPL-2.0-or-later
"""What each unit itself put on the wire, recorded at its own port, all on one clock."""
import re
import socket
import struct
from collections import namedtuple

from place import Skip, poll

Frame = namedtuple('Frame', 'time unit net src dst proto arp_src arp_dst ip_src ip_dst l4 icmp6 '
                   'asks length')


def mac_text(raw):
    return ':'.join(f'{b:02x}' for b in raw)


def parse_frame(time, unit, net, data, length):
    """The few fields the judgements need; None in what a frame does not have.

    asks: the address whose MAC an ARP request or a neighbour solicitation asks for.
    """
    dst, src, proto = mac_text(data[0:6]), mac_text(data[6:12]), struct.unpack('>H', data[12:14])[0]
    arp_src = arp_dst = ip_src = ip_dst = l4 = icmp6 = asks = None
    if proto == 0x0806 and len(data) >= 42:
        arp_src, arp_dst = socket.inet_ntoa(data[28:32]), socket.inet_ntoa(data[38:42])
        asks = arp_dst if data[21] == 1 else None
    elif proto == 0x0800 and len(data) >= 34:
        ip_src, ip_dst = socket.inet_ntoa(data[26:30]), socket.inet_ntoa(data[30:34])
        l4 = data[23]
    elif proto == 0x86dd and len(data) >= 54:
        ip_src = socket.inet_ntop(socket.AF_INET6, data[22:38])
        ip_dst = socket.inet_ntop(socket.AF_INET6, data[38:54])
        l4 = data[20]
        if l4 == 58 and len(data) > 54:
            icmp6 = data[54]
            if icmp6 == 135 and len(data) >= 78:
                asks = socket.inet_ntop(socket.AF_INET6, data[62:78])
    return Frame(time, unit, net, src, dst, proto, arp_src, arp_dst, ip_src, ip_dst, l4, icmp6,
                 asks, length)


def parse_pcap(raw, unit, net):
    """Frames of one file; a record cut short by the end of the recording is left out."""
    if len(raw) < 24:
        return []
    magic = struct.unpack('<I', raw[:4])[0]
    divisor = {0xa1b2c3d4: 1e6, 0xa1b23c4d: 1e9}[magic]
    frames, at = [], 24
    while at + 16 <= len(raw):
        sec, frac, caught, length = struct.unpack('<IIII', raw[at:at + 16])
        data = raw[at + 16:at + 16 + caught]
        if len(data) < caught:
            break
        if caught >= 14:
            frames.append(parse_frame(sec + frac / divisor, unit, net, data, length))
        at += 16 + caught
    return frames


class Capture:
    def __init__(self, lab, nets, snap, expression):
        self.place, self.jobs = lab.switch, []
        lab.switch.run(f'mkdir -p {lab.switch.tmp}')
        for unit in 'ab':
            for net in nets:
                path = f'{lab.switch.tmp}/{unit}-{net}-{id(self):x}.pcap'
                # "in" at a switch port is what the unit emits.
                job = lab.switch.spawn(f'tcpdump -i {unit}-{net} -Q in -U --immediate-mode -s {snap} -B 16384 '
                                       f'-Z root -w {path} {expression}')
                self.jobs.append((job, unit, net, path))
        for job, unit, net, _ in self.jobs:
            poll(f'capture at {unit}-{net}', lambda j=job: 'listening on' in j.output(), 20)
        self.result = None
        self.dropped = 0

    def so_far(self):
        """What is recorded by now, in no order."""
        return [frame for _, unit, net, path in self.jobs
                for frame in parse_pcap(self.place.read(path), unit, net)]

    def complete(self):
        """All frames; a recording with holes cannot show that something did not happen."""
        frames = self.stop()
        if self.dropped:
            raise Skip(f'this machine was too busy to record every frame: {self.dropped} missing')
        return frames

    def stop(self):
        """All frames, in order of time."""
        if self.result is None:
            self.result = []
            for job, *_ in self.jobs:
                job.signal(2)
            for job, unit, net, path in self.jobs:
                out, _ = job.wait(20)
                said = re.search(r'(\d+) packets? dropped by kernel', out)
                self.dropped += int(said[1]) if said else 1
                self.result += parse_pcap(self.place.read(path), unit, net)
            self.result.sort(key=lambda f: f.time)
        return self.result


ACTIVE_ADDRESSES = {
    'in': {'10.0.1.254', 'fd00:1::fe'},
    'out': {'10.0.2.254', 'fd00:2::fe'},
}


def claims_active(frame, active_macs):
    """Whether a frame speaks in the active unit's name: its MAC or one of its addresses."""
    return (frame.src == active_macs.get(frame.net)
            or frame.arp_src in ACTIVE_ADDRESSES.get(frame.net, ())
            or frame.ip_src in ACTIVE_ADDRESSES.get(frame.net, ()))


def overlap(frames, old, new, active_macs, after=0):
    """Frames by which old still claims to be active after new's first claim (and after a time)."""
    claims = [f for f in frames if claims_active(f, active_macs) and f.time > after]
    first = next((f.time for f in claims if f.unit == new), None)
    if first is None:
        return None, []
    return first, [f for f in claims if f.unit == old and f.time > first]
