"""The door to seccomp's user notification: a program whose system calls are told to us before they are made.

No privilege is needed. Sources: seccomp(2), seccomp_unotify(2); include/uapi/linux/seccomp.h, include/uapi/linux/audit.h
(Linux 6.18).
"""

import ctypes
import errno
import os
import platform
import select
import shutil
import signal
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence.errors import Unavailable

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
AUDIT_ARCH_I386 = 0x40000003
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_PIDFD_GETFD = 438
_SET_MODE_FILTER = 1
_NEW_LISTENER, _WAIT_KILLABLE = 8, 32
_PR_SET_NO_NEW_PRIVS = 38
_RET_NOTIFY, _RET_ALLOW = 0x7FC00000, 0x7FFF0000
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_RECEIVE, _SEND, _SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082104
_CONTINUE = 1
_SYNC_WAKE_UP = 1
NOTIFICATION, RESPONSE = 80, 24
"""Sizes of `seccomp_notif` and `seccomp_notif_resp`."""
HAND_OVER_SECONDS = 10.0
NOT_STARTED = 127

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p]


@dataclass(frozen=True, slots=True)
class Told:
    """How it ended: exit status (negative: a signal) and seconds from the first instruction."""

    status: int
    seconds: float


def follow(command: Sequence[str], unseen: Sequence[int], see: Callable[[int, int], None]) -> Told:
    """Runs a command and calls `see(architecture, number)` at each system call of it and its children.

    Calls whose native number is in `unseen` are let through at once, which spares most of the cost. Raises `Unavailable` if
    the program is not there, or the kernel has no user notification (before 5.5) or none is left to be had.
    """
    path = shutil.which(command[0])
    machine = platform.machine()
    if path is None:
        raise Unavailable("there is no such program", where=command[0], mend="check its name and PATH")
    if machine not in _SECCOMP:
        raise Unavailable("recording by notification knows x86_64 and aarch64 only", where=machine)
    to_us, from_child = os.pipe()
    to_child, from_us = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child((path, [word.encode() for word in command]), _filter(machine, unseen), (to_child, from_child), machine)
    os.close(from_child)
    os.close(to_child)
    try:
        try:
            listener = _taken(pid, to_us)
        except Unavailable:
            # It waits for a listener that nobody has.
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        os.write(from_us, b"x")
        begun = time.monotonic()
        _serve(listener, see)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return Told(status=status, seconds=time.monotonic() - begun)
    finally:
        os.close(to_us)
        os.close(from_us)


def _filter(machine: str, unseen: Sequence[int]) -> bytes:
    """Native calls in `unseen` are allowed, everything else is told. Each row: code, jumps if true and false, value."""
    rows = [(_LOAD, 0, 0, 4), (_JUMP_EQUAL, 0, 2 * len(unseen) + 1, AUDIT_ARCH[machine]), (_LOAD, 0, 0, 0)]
    if len(unseen) > 120:
        raise Unavailable("more calls to be let through than one jump passes over", where="seccomp")
    for number in unseen:
        rows += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _RET_ALLOW)]
    rows.append((_RETURN, 0, 0, _RET_NOTIFY))
    return b"".join(struct.pack("<HBBI", *row) for row in rows)


def _child(program: tuple[str, list[bytes]], code: bytes, pipes: tuple[int, int], machine: str) -> None:
    """In the child: the filter is loaded, the listener's number told, and after our word the program executed.

    Between loading the filter and execve nothing but the prepared calls may be made: each waits for the listener.
    """
    reading, writing = pipes
    path, words = program
    try:
        buffer = ctypes.create_string_buffer(code, len(code))
        header = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer)))
        arguments = (ctypes.c_char_p * (len(words) + 1))(*words, None)
        variables = [f"{key}={value}".encode() for key, value in os.environ.items()]
        environment = (ctypes.c_char_p * (len(variables) + 1))(*variables, None)
        where, byte, execve, read = path.encode(), ctypes.create_string_buffer(1), _libc.execve, _libc.read
        # The number the listener will get: the lowest that is free.
        following = os.dup(reading)
        os.close(following)
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.write(writing, struct.pack("<i", following))
        for flags in (_NEW_LISTENER | _WAIT_KILLABLE, _NEW_LISTENER):
            if _libc.syscall(_SECCOMP[machine], _SET_MODE_FILTER, flags, header) >= 0:
                read(reading, byte, 1)
                execve(where, arguments, environment)
                break
    finally:
        os._exit(NOT_STARTED)


def _taken(pid: int, pipe: int) -> int:
    """Our copy of the child's listener. Raises `Unavailable`."""
    told = os.read(pipe, 4)
    process = os.pidfd_open(pid)
    end = time.monotonic() + HAND_OVER_SECONDS
    try:
        while len(told) == 4:
            listener: int = _libc.syscall(_PIDFD_GETFD, process, struct.unpack("<i", told)[0], 0)
            if listener >= 0 and os.readlink(f"/proc/self/fd/{listener}") == "anon_inode:seccomp notify":
                return listener
            if listener >= 0:
                os.close(listener)
            if ctypes.get_errno() == errno.EPERM and listener < 0:
                raise Unavailable("may not take the listener: we may not be traced", where="seccomp user notification")
            if time.monotonic() > end or select.select([process], [], [], 0)[0]:
                break
            time.sleep(0.001)
    finally:
        os.close(process)
    raise Unavailable("the kernel gave no listener", where="seccomp user notification", mend="record as root with eBPF")


def _serve(listener: int, see: Callable[[int, int], None]) -> None:
    """Answers every notification with "go on", until the last process under the filter is gone."""
    _libc.ioctl(listener, _SET_FLAGS, ctypes.c_void_p(_SYNC_WAKE_UP))
    asked, answer = ctypes.create_string_buffer(NOTIFICATION), ctypes.create_string_buffer(RESPONSE)
    at, out = ctypes.addressof(asked), ctypes.addressof(answer)
    unpack, pack, ioctl = struct.Struct("<QIIiI").unpack_from, struct.Struct("<QqiI").pack_into, _libc.ioctl
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    try:
        while True:
            # Older kernels do not wake a reader when the last process goes: they are asked before each read.
            if any(event & select.POLLHUP for _, event in poll.poll()):
                return
            ctypes.memset(at, 0, NOTIFICATION)
            if ioctl(listener, _RECEIVE, at) < 0:
                if ctypes.get_errno() in (errno.EINTR, errno.ENOENT):
                    continue
                return
            identity, _, _, number, architecture = unpack(asked)
            see(architecture, number)
            pack(answer, 0, identity, 0, 0, _CONTINUE)
            ioctl(listener, _SEND, out)
    finally:
        os.close(listener)
