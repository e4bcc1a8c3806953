# SPDX-License-Identifier: ISC
# usage: tproxy.py listen ADDR PORT [plain] | connect FROM ADDR PORT
#
# A proxy that takes connections for any address (IP_TRANSPARENT), says whose
# they are and for whom, and answers itself, TCP and UDP; and a client that
# takes the address of somebody else.
import selectors
import socket
import struct
import sys

IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75
IP_RECVORIGDSTADDR = 20


def transparent(addr, port, kind):
    v6 = ":" in addr
    s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.argv[-1] != "plain":
        s.setsockopt(*((socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1) if v6 else
                       (socket.IPPROTO_IP, IP_TRANSPARENT, 1)))
    s.bind((addr, port))
    return s


def say(kind, peer, to):
    print(kind, peer[0], "to", to[0], to[1], flush=True)


def tcp(s):
    c, peer = s.accept()
    say("tcp", peer, c.getsockname())
    with c:
        c.sendall(b"proxy " + c.recv(999))


def udp(s):
    data, control, _, peer = s.recvmsg(999, 999)
    to = next(v for _, kind, v in control if kind == IP_RECVORIGDSTADDR)
    to = (socket.inet_ntoa(to[4:8]), struct.unpack("!H", to[2:4])[0])
    say("udp", peer, to)
    with transparent(*to, socket.SOCK_DGRAM) as answer:
        answer.sendto(b"proxy " + data, peer)


def listen(addr, port):
    sel = selectors.DefaultSelector()
    s = transparent(addr, port, socket.SOCK_STREAM)
    s.listen()
    sel.register(s, selectors.EVENT_READ, tcp)
    if ":" not in addr:
        s = transparent(addr, port, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IP, IP_RECVORIGDSTADDR, 1)
        sel.register(s, selectors.EVENT_READ, udp)
    print("ready", flush=True)
    while True:
        for key, _ in sel.select():
            key.data(key.fileobj)


if sys.argv[1] == "listen":
    listen(sys.argv[2], int(sys.argv[3]))
else:
    s = transparent(sys.argv[2], 0, socket.SOCK_STREAM)
    s.settimeout(2)
    s.connect((sys.argv[3], int(sys.argv[4])))
    s.sendall(b"hello")
    assert s.recv(999) == b"hello"
