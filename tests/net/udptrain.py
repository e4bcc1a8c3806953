# SPDX-License-Identifier: ISC
# usage: udptrain.py listen PORT COUNT | send HOST PORT SIZE TOTAL
#
# Datagrams of UDP that the kernel hands to the device as one train
# (UDP_SEGMENT), and a listener who checks and prints what has come.
import socket
import sys

SOL_UDP, UDP_SEGMENT = 17, 103
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0


def text(n):
    return bytes((i * 7 + i // 256) % 251 for i in range(n))


def listen(port, count):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", port))
    s.settimeout(10)
    print("ready", flush=True)
    got = [s.recvfrom(65536) for _ in range(count)]
    whole = b"".join(data for data, _ in got)
    print("from", *sorted({peer[0] for _, peer in got}))
    print("sizes", *[len(data) for data, _ in got])
    print("whole" if whole == text(len(whole)) else "wrong")


def send(host, port, size, total):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    s.setsockopt(SOL_UDP, UDP_SEGMENT, size)
    s.sendto(text(total), (host, port))


if sys.argv[1] == "listen":
    listen(int(sys.argv[2]), int(sys.argv[3]))
else:
    send(sys.argv[2], *map(int, sys.argv[3:]))
