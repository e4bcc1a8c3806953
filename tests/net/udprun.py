# SPDX-License-Identifier: ISC
# usage: udprun.py [-g] serve ADDRESS PORT | run ADDRESS PORT |
#	mtu ADDRESS PORT
#
# Runs of datagrams that leave together (UDP_SEGMENT), so that whoever receives
# them may gather them.  The server sends each run back when it is whole, from
# where it has come to, and prints how many datagrams came by how many reads:
# with -g its socket takes trains (UDP_GRO).  The client wants every datagram,
# with its very bytes, in the order that it was sent, and prints how many there
# were.  With mtu it sends such as must not be cut until it is told of a
# narrower path, and prints that one's MTU.
import errno
import socket
import struct
import sys
import time

SOL_UDP, UDP_SEGMENT, UDP_GRO = 17, 103, 104
IP_MTU_DISCOVER, IP_MTU, IPV6_MTU_DISCOVER, IPV6_MTU = 10, 14, 23, 24
PMTUDISC_DO = 2
SEGMENTS = [(SOL_UDP, UDP_SEGMENT, struct.pack("=H", 1400))]
HEAD = struct.Struct("!HHH")  # run, number in it, how many
# Sizes of datagrams, how many, and the size of the last: the smallest train,
# the longest, those of one datagram, those that are no multiple.
RUNS = [(7, 2, 7), (8, 2, 6), (18, 2, 18), (26, 2, 26), (30, 2, 7),
        (34, 2, 34), (35, 2, 35), (64, 1, 64), (18, 60, 18), (100, 60, 40),
        (333, 61, 7), (512, 60, 511), (1000, 60, 999), (1400, 40, 1400),
        (1452, 45, 7), (1452, 1, 1452), (1100, 60, 605),
        (1100, 60, 585), (64, 50, 64)]


def body(run, number, count, size):
    text = HEAD.pack(run, number, count)
    return text + bytes((run * 31 + number * 7 + i) % 251
                        for i in range(size - len(text)))


def datagrams(run):
    size, count, last = RUNS[run % len(RUNS)]
    return [body(run, i, count, size if i < count - 1 else last)
            for i in range(count)]


def open_socket(address, gro):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    if gro:
        s.setsockopt(SOL_UDP, UDP_GRO, 1)
    return s


def send(s, run, peer):
    sizes = [(SOL_UDP, UDP_SEGMENT, struct.pack("=H", len(run[0])))]
    s.sendmsg([b"".join(run)], sizes, 0, peer)


def receive(s):
    """Datagrams that come at once, as the kernel says, and from whom."""
    text, extra, _, peer = s.recvmsg(65536, 64)
    size = len(text)
    for level, kind, data in extra:
        if level == SOL_UDP and kind == UDP_GRO:
            size = struct.unpack_from("=i", data)[0]
    return [text[i:i + size] for i in range(0, len(text), size)], peer


def serve(s):
    print("ready", flush=True)
    while True:
        got, peer = receive(s)
        reads = 1
        while len(got) < HEAD.unpack_from(got[0])[2]:
            got += receive(s)[0]
            reads += 1
        print("got", len(got), "by", reads, flush=True)
        send(s, got, peer)


def run(s, peer):
    total = 0
    for number, what in enumerate(RUNS):
        sent, back = datagrams(number), []
        send(s, sent, peer)
        try:
            while len(back) < len(sent):
                back += receive(s)[0]
        except TimeoutError:
            sys.exit("%s: only %d come back" % (what, len(back)))
        if back != sent:
            sys.exit("%s: others come back: %s" % (
                what, [len(d) for d in back]))
        total += len(sent)
    print("whole", total)


def mtu(s, peer):
    level, discover, option = (
        (socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_MTU) if ":" in peer[0]
        else (socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_MTU))
    s.setsockopt(level, discover, PMTUDISC_DO)
    s.connect(peer)
    before = s.getsockopt(level, option)
    for _ in range(50):
        try:
            s.sendmsg([bytes(14000)], SEGMENTS)
            time.sleep(0.1)
        except OSError as error:
            if error.errno not in (errno.EMSGSIZE, errno.EINVAL):
                raise
        if s.getsockopt(level, option) != before:
            break
    print("mtu", s.getsockopt(level, option))


args = sys.argv[1:]
gro = args[0] == "-g"
what, address, port = args[gro:]
sock = open_socket(address, gro)
if what == "serve":
    sock.bind((address, int(port)))
    serve(sock)
else:
    sock.settimeout(5)
    {"run": run, "mtu": mtu}[what](sock, (address, int(port)))
