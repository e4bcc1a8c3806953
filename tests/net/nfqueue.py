# SPDX-License-Identifier: ISC
# usage: nfqueue.py QUEUE OLD NEW
#
# Another program behind divert-packet: reads a queue of the kernel, replaces
# the text OLD of a packet by NEW (as long as that), and lets it go on.  Says
# ready, and a line for each packet: its hook, protocol and bytes.
import socket
import struct
import sys

NETFILTER, SUBSYS_QUEUE = 12, 3
PACKET, VERDICT, CONFIG = 0, 1, 2
A_HDR, A_VERDICT, A_PAYLOAD = 1, 2, 10  # NFQA_...
CFG_CMD, CFG_PARAMS = 1, 2
HOOKS = ["prerouting", "input", "forward", "output", "postrouting"]

queue, old, new = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()
assert len(old) == len(new)


def attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (
        -len(data) % 4)


def message(kind, flags, *attrs):
    body = struct.pack("!BBH", 0, 0, queue) + b"".join(attrs)
    return struct.pack("=IHHII", 16 + len(body), SUBSYS_QUEUE << 8 | kind,
                       1 | flags, 0, 0) + body


def attrs(data):
    while len(data) >= 4:
        size, kind = struct.unpack("=HH", data[:4])
        yield kind & 0x3fff, data[4:size]
        data = data[size + 3 & ~3:]


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def changed(packet):
    packet = bytearray(packet.replace(old, new))
    head = (packet[0] & 15) * 4
    at = head + (16 if packet[9] == 6 else 6)
    packet[at:at + 2] = b"\0\0"
    pseudo = bytes(packet[12:20]) + struct.pack("!HH", packet[9],
                                                len(packet) - head)
    packet[at:at + 2] = struct.pack("!H", checksum(
        pseudo + bytes(packet[head:])) or 0xffff)
    return bytes(packet)


s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER)
s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
s.bind((0, 0))
for request in (attr(CFG_CMD, struct.pack("!BBH", 1, 0, 0)),
                attr(CFG_PARAMS, struct.pack("!IB", 0xffff, 2))):
    s.send(message(CONFIG, 4, request))
    answer = s.recv(65536 + 4096)
    assert struct.unpack("=i", answer[16:20])[0] == 0, "queue is taken"
print("ready", flush=True)
while True:
    data = s.recv(65536 + 4096)
    got = dict(attrs(data[20:]))
    number, _, hook = struct.unpack("!IHB", got[A_HDR][:7])
    packet = got[A_PAYLOAD]
    out = [attr(A_VERDICT, struct.pack("!II", 1, number))]
    if old in packet:
        out.append(attr(A_PAYLOAD, changed(packet)))
    print(HOOKS[hook], packet[9], len(packet), flush=True)
    s.send(message(VERDICT, 0, *out))
