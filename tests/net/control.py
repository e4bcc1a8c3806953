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


class Client:
    """A connection, and what of its answers has not been looked at."""

    def __init__(self):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.s.settimeout(5)
        self.s.connect(PATH)
        self.buf = b""

    def send(self, data):
        """Return: the connection still takes it."""
        try:
            self.s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def line(self):
        """The next line as an object, or None at the end."""
        while b"\n" not in self.buf:
            try:
                got = self.s.recv(65536)
            except ConnectionResetError:
                got = b""
            if not got:
                return None
            self.buf += got
        line, self.buf = self.buf.split(b"\n", 1)
        return json.loads(line)

    def answer(self):
        """The lines up to an error, done, or the end."""
        lines = []
        while True:
            line = self.line()
            if line is None:
                return lines
            lines.append(line)
            if {"error", "done", "more"} & line.keys():
                return lines

    def close(self):
        self.s.close()


def works():
    c = Client()
    c.send(HELLO + b'{"show":{"what":"info"}}\n')
    for what in ("hello", "show"):
        lines = c.answer()
        assert lines and "done" in lines[-1], (what, lines)
    c.close()


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
        c = Client()
        c.send((HELLO if greeted else b"") + text)
        if greeted:
            assert "done" in c.answer()[-1], what
        lines = c.answer()
        assert not lines or "error" in lines[-1], (what, greeted, lines)
        if lines:
            error = lines[-1]["error"]
            assert error["code"] and error["text"], (what, lines)
        c.close()
        works()

# A line that never ends is cut off before it fills the memory.
c = Client()
sent = 0
while sent < 200 << 20 and c.send(b"y" * 65536):
    sent += 65536
assert sent < 200 << 20, "200 MB without a newline were taken"
c.close()
works()

# Many that connect and say nothing, and some that ask and do not read.
idle = [Client() for _ in range(100)]
for c in idle[:20]:
    c.send(HELLO + b'{"show":{"what":"states"}}\n' * 50)
works()
for c in idle:
    c.close()
works()
print("%d bad requests answered" % (2 * len(BAD)))
