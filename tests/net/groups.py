#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Users of all kinds at natd's usual control sockets.

Arguments: "both" or "none" (which of natd's groups exist), natd, its ruleset,
the directory of the sockets, natd's log.  Runs natd itself.
"""
import json
import os
import socket
import stat
import subprocess
import sys
import time

KIND, NATD, CONF, DIR, LOG = sys.argv[1:]
RW, RO = DIR + "/natd.sock", DIR + "/natd.ro"
NATD_GID, RO_GID, OTHER = 60101, 60102, 60103
USER = 60100
# name: uid, gid, supplementary groups
USERS = {
    "root": (0, 0, []),
    "natd by its first group": (USER, NATD_GID, []),
    "natd by another group": (USER, OTHER, [7, NATD_GID]),
    "natd-ro by its first group": (USER, RO_GID, []),
    "natd-ro by another group": (USER, OTHER, [7, RO_GID]),
    "both": (USER, NATD_GID, [RO_GID]),
    "nobody's friend": (USER, OTHER, [7]),
    "group root": (USER, 0, []),
}
SHOW = {"show": {"what": "info"}}
CHANGE = {"set": {"debug": "urgent"}}


def ask(path, request):
    """What one request comes to: "done", the error's code, or "shut"."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(10)
    try:
        s.connect(path)
    except PermissionError:
        return "shut"
    try:
        s.sendall(b'{"hello":{"version":1}}\n' +
                  json.dumps(request).encode() + b"\n")
    except BrokenPipeError:
        pass    # refused before it was read: the reason waits for us
    answer, ends = b"", 0
    while ends < 2:
        try:
            got = s.recv(65536)
        except ConnectionResetError:
            got = b""
        if not got:
            break
        answer += got
        lines = [json.loads(x) for x in answer.split(b"\n")[:-1]]
        for line in lines:
            if "error" in line:
                return line["error"]["code"]
        ends = sum("done" in x for x in lines)
    return "done" if ends == 2 else "hung up"


def as_user(uid, gid, groups, path, request):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            word = ask(path, request)
        except BaseException as e:    # the parent says it
            word = repr(e)
        os.write(w, word.encode())
        os._exit(0)
    os.close(w)
    word = os.read(r, 4096).decode()
    os.close(r)
    os.waitpid(pid, 0)
    return word


def expected(user, readonly, opened):
    """(show, change); @opened: the modes let everybody in."""
    first = user.split()[0]
    shown = ("done", "denied") if readonly else ("done", "done")
    if first == "root":
        return shown
    if KIND == "both":
        member = {"natd": ("natd",), "natd-ro": ("natd-ro",),
                  "both": ("natd", "natd-ro")}.get(first, ())
        if ("natd-ro" if readonly else "natd") in member:
            return shown
        # who may change may look, but the mode knows one group only
        if readonly and opened and "natd" in member:
            return shown
    return ("denied", "denied") if opened else ("shut", "shut")


def check(opened):
    wrong = 0
    for user, (uid, gid, groups) in USERS.items():
        for path in RW, RO:
            got = tuple(as_user(uid, gid, groups, path, what)
                        for what in (SHOW, CHANGE))
            want = expected(user, path == RO, opened)
            if got != want:
                wrong += 1
                print("groups %s, modes %s, %s at %s: %s instead of %s" % (
                    KIND, "open" if opened else "natd's", user, path, got,
                    want), file=sys.stderr)
    return wrong


def modes():
    """Owner, group and mode of both, as the manual says."""
    want = {"both": ((NATD_GID, 0o660), (RO_GID, 0o660)),
            "none": ((0, 0o600), (0, 0o600))}[KIND]
    for path, (gid, mode) in zip((RW, RO), want):
        st = os.stat(path)
        assert stat.S_ISSOCK(st.st_mode), path
        got = (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode))
        assert got == (0, gid, mode), (path, got)
    st = os.stat(RW + ".states")    # nobody's but natd's own
    got = (stat.S_ISREG(st.st_mode), st.st_uid, stat.S_IMODE(st.st_mode))
    assert got == (True, 0, 0o600), got
    assert sorted(os.listdir(DIR)) == ["natd.ro", "natd.sock",
                                       "natd.sock.states"], os.listdir(DIR)


os.umask(0o077)    # of an admin who trusts nobody: the groups get in all the same
with open(LOG, "w", encoding="ascii") as log:
    natd = subprocess.Popen([NATD, "-d", "-f", CONF], stdout=log, stderr=log)
    try:
        end = time.monotonic() + 10
        while not os.path.exists(RO) or as_user(0, 0, [], RO, SHOW) != "done":
            assert natd.poll() is None, "natd ended at its start"
            assert time.monotonic() < end, "natd does not start"
            time.sleep(0.05)
        modes()
        bad = check(False)
        for where in RW, RO:
            os.chmod(where, 0o666)
        bad += check(True)
    finally:
        natd.terminate()
        status = natd.wait(20)
assert status == 0, status
assert os.listdir(DIR) == ["natd.sock.states"], os.listdir(DIR)
if KIND == "none":
    with open(LOG, encoding="utf-8") as f:
        said = f.read()
    for group, where in ("natd", RW), ("natd-ro", RO):
        text = "no group %s: %s is for root only" % (group, where)
        assert text in said, said
sys.exit(bad != 0)
