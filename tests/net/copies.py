# SPDX-License-Identifier: ISC
# usage: copies.py same ORIGINALS COPIES MAC | stream ORIGINALS COPIES PORT
#
# Two captures, of a link that packets have passed and of one where their
# copies have come.  same: each packet is there as often, and as it was, and
# all copies are for this Ethernet address.  stream: the bytes of the TCP
# connections with this port are the same, and as often, in segments with right
# sums; how they are cut is not looked at.
import struct
import sys
from collections import Counter, defaultdict

ETH = 14


def packets(path):
    data = open(path, "rb").read()
    assert data[:4] == b"\xd4\xc3\xb2\xa1", "a capture of this machine"
    at = 24
    while at + 16 <= len(data):
        got, whole = struct.unpack_from("<II", data, at + 8)
        assert got == whole, "cut by the capture"
        yield data[at + 16:at + 16 + got]
        at += 16 + got


def ip_of(frame):
    p = frame[ETH:]
    # short frames are padded
    n = (struct.unpack_from("!H", p, 2)[0] if p[0] >> 4 == 4
         else 40 + struct.unpack_from("!H", p, 4)[0])
    return p[:n]


def total(data):
    if len(data) % 2:
        data += b"\0"
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n


def tcp_of(p):
    """Addresses, header and payload."""
    if p[0] >> 4 == 4:
        off, ends = (p[0] & 15) * 4, p[12:20]
    else:
        off, ends = 40, p[8:40]
    tcp = p[off:]
    return ends, tcp, tcp[(tcp[12] >> 4) * 4:]


def is_syn(p):
    return tcp_of(p)[1][13] & 2 != 0


def streams(path, port, sums):
    """Bytes by direction, and how many there were with those sent again."""
    parts, first, sent = defaultdict(dict), {}, Counter()
    # two processors may have taken them in another order
    frames = sorted(packets(path), key=lambda f: not is_syn(ip_of(f)))
    for frame in frames:
        ends, tcp, payload = tcp_of(ip_of(frame))
        sport, dport, seq = struct.unpack_from("!HHI", tcp)
        if port not in (sport, dport):
            continue
        if sums:
            pseudo = ends + struct.pack("!II", 6, len(tcp))
            assert total(pseudo + tcp) == 0xffff, "a wrong sum"
        way = ends, sport, dport
        if tcp[13] & 2:
            first[way] = seq + 1
        at = (seq - first[way]) & 0xffffffff
        sent[way] += len(payload)
        if len(payload) > len(parts[way].get(at, b"")):
            parts[way][at] = payload
    out = {}
    for way, by_place in parts.items():
        whole = bytearray()
        for at in sorted(by_place):
            assert at <= len(whole), "a hole of %d" % (at - len(whole))
            whole[at:at + len(by_place[at])] = by_place[at]
        out[way] = bytes(whole)
    return out, sent


def same(originals, copies, mac):
    a = Counter(ip_of(f) for f in packets(originals))
    b = Counter(ip_of(f) for f in packets(copies))
    macs = {f[:6].hex(":") for f in packets(copies)}
    for p, n in list((a - b).items())[:3]:
        print("lacks", n, p[:60].hex())
    for p, n in list((b - a).items())[:3]:
        print("has", n, p[:60].hex())
    assert a == b and macs == {mac}, macs
    print("same", sum(b.values()))


def stream(originals, copies, port):
    a, sent = streams(originals, port, False)
    b, copied = streams(copies, port, True)
    assert a == b and sent == copied, (sent, copied)
    print("stream", *sorted(len(v) for v in b.values()))


if sys.argv[1] == "same":
    same(*sys.argv[2:5])
else:
    stream(sys.argv[2], sys.argv[3], int(sys.argv[4]))
