# SPDX-License-Identifier: GPL-2.0-or-later
"""Segments far outside of a connection's window, sent in the name of one of its ends.

What conntrack lets through of them says how wide its window is, without asking it.
"""
import shlex

from lab import PORT

# A mark (type of service) by which a capture knows them.
MARK = 0x8c

# Sends one byte so many MiB ahead of what this end sent last, again and again, and says when.
PROGRAM = r'''
import socket, struct, sys, time
mark, count, pause, ahead = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
port, raw = bytes.fromhex(sys.argv[1]), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def last_sent():
    eth = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    while True:
        packet, where = eth.recvfrom(2048)
        if (where[1] == 0x800 and where[2] == socket.PACKET_OUTGOING and packet[9] == 6 and
                port in (packet[20:22], packet[22:24]) and packet[1] != mark and not packet[33] & 7):
            return packet
for _ in range(count):
    packet = last_sent()
    ip, tcp = bytearray(packet[:20]), bytearray(packet[20:40]) + b"!"
    ip[1], tcp[12], tcp[13] = mark, 0x50, 0x18
    struct.pack_into(">I", tcp, 4, (struct.unpack(">I", tcp[4:8])[0] + (ahead << 20)) % (1 << 32))
    tcp[16:18] = b"\0\0"
    pseudo = bytes(ip[12:20]) + struct.pack(">HH", 6, len(tcp)) + bytes(tcp) + b"\0"
    total = sum(struct.unpack(">%dH" % (len(pseudo) // 2), pseudo))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    struct.pack_into(">H", tcp, 16, 0xffff - total)
    ip[2:4] = struct.pack(">H", 20 + len(tcp))
    raw.sendto(bytes(ip) + bytes(tcp), (socket.inet_ntoa(ip[16:20]), 0))
    print("stray", time.time(), flush=True)
    time.sleep(pause)
'''


def strays(place, count=1, pause=0, mib=200):
    """Starts it at a place of the host that has an end of a connection to the tests' port."""
    return place.spawn(f'python3 -c {shlex.quote(PROGRAM)} {PORT:04x} {MARK} {count} {pause} {mib}')


def sent(job):
    """When each of them was sent, on the host's clock."""
    return [float(line.split()[1]) for line in job.output().splitlines() if line.startswith('stray')]
