#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Bad requests to the control socket named on the command line.

Each must be answered by an error line or by closing the connection, within
five seconds, and a good request must work after each of them.
"""
import json
import random
import socket
import sys

PATH = sys.argv[1]


def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(5)
    s.connect(PATH)
    return s


def answers(s):
    """The lines that come until an error, done, or the end."""
    buf = b""
    lines = []
    while True:
        try:
            got = s.recv(65536)
        except ConnectionResetError:
            got = b""
        if not got:
            return lines
        buf += got
        while b"\n" in buf:
            line, buf = buf.split(b"\n", 1)
            lines.append(json.loads(line))
            if "error" in lines[-1] or "done" in lines[-1]:
                return lines


def works():
    s = connect()
    s.sendall(HELLO + b'{"show":{"what":"info"}}\n')
    first = answers(s)
    assert first and "done" in first[-1], first
    second = answers(s)
    assert second and "done" in second[-1], second
    s.close()


HELLO = b'{"hello":{"version":1}}\n'
rng = random.Random(20)
BAD = {
    "an empty line": b"\n",
    "no JSON": b"states please\n",
    "half an object": b'{"show":{"what":\n',
    "an array": b"[1,2,3]\n",
    "a number": b"7\n",
    "two values": b"{} {}\n",
    "an empty object": b"{}\n",
    "an unknown request": b'{"reboot":{}}\n',
    "what of the wrong type": b'{"show":{"what":17}}\n',
    "a request of the wrong type": b'{"show":"states"}\n',
    "an unknown thing": b'{"show":{"what":"weather"}}\n',
    "a cursor from nowhere": b'{"show":{"what":"states","cursor":-5}}\n',
    "text without begin": b'{"load":{"text":"pass"}}\n',
    "commit without begin": b'{"load":{"commit":{}}}\n',
    "a null": b'{"show":null}\n',
    "bad UTF-8": b'{"show":{"what":"\xff\xfe"}}\n',
    "an embedded zero": b'{"show":{"what":"sta\\u0000tes"}}\n',
    "zeros": b"\0" * 1000 + b"\n",
    "brackets": b"[" * 100000 + b"\n",
    "braces": b'{"a":' * 50000 + b"\n",
    "a long string": b'{"show":{"what":"' + b"x" * 3000000 + b'"}}\n',
    "noise": bytes(rng.randrange(256) for _ in range(50000)) + b"\n",
}

for greeted in (False, True):
    for what, text in BAD.items():
        s = connect()
        try:
            s.sendall((HELLO if greeted else b"") + text)
        except (BrokenPipeError, ConnectionResetError):
            pass
        lines = answers(s)
        if greeted and lines and "error" not in lines[-1]:
            lines = answers(s)
        assert not lines or "error" in lines[-1], (what, greeted, lines)
        if lines:
            error = lines[-1]["error"]
            assert error["code"] and error["text"], (what, lines)
        s.close()
        works()

# A line that never ends is cut off before it fills the memory.
s = connect()
sent = 0
try:
    while sent < 200 << 20:
        sent += s.send(b"y" * 65536)
except (BrokenPipeError, ConnectionResetError, socket.timeout):
    pass
assert sent < 200 << 20, "200 MB without a newline were taken"
s.close()
works()

# Many that connect and say nothing, and some that ask and do not read.
idle = [connect() for _ in range(100)]
for s in idle[:20]:
    s.sendall(HELLO + b'{"show":{"what":"states"}}\n' * 50)
works()
for s in idle:
    s.close()
works()
print("%d bad requests answered" % (2 * len(BAD)))
