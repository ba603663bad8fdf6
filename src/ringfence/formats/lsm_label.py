"""`/proc/PID/attr/current`: the security label of a process.

Source: proc_pid_attr(5); apparmor_parser's `profile (mode)` notation; SELinux's `user:role:type:level`.
"""

import re

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.confinement import Lsm

MAX_LABEL_BYTES = 64 * 1024
"""Bytes of one label; a page is the kernel's own limit for most modules."""

_APPARMOR = re.compile(r"(.+) \((enforce|complain|kill|unconfined|mixed|prompt)\)\Z", re.DOTALL)
_SELINUX_FREE = re.compile(r"(unconfined_t|spc_t|kernel_t|initrc_t|unconfined_service_t)\Z")


def parse(data: bytes) -> Lsm:
    """The module and label. `enforcing` says only that the label itself binds: SELinux may still be permissive as a whole.

    Raises `Malformed` for a label of neither AppArmor nor SELinux, `LimitExceeded` past `MAX_LABEL_BYTES`.
    """
    if len(data) > MAX_LABEL_BYTES:
        raise LimitExceeded("bytes of a security label", MAX_LABEL_BYTES)
    text = data.decode("utf-8", "replace").strip("\0\n ")
    if text == "unconfined":
        return Lsm(module="apparmor", label=text)
    if matched := _APPARMOR.match(text):
        return Lsm(module="apparmor", label=matched.group(1), enforcing=matched.group(2) in ("enforce", "kill"))
    parts = text.split(":")
    if len(parts) >= 3 and all(parts[:3]) and not re.search(r"\s", text):
        return Lsm(module="selinux", label=text, enforcing=not _SELINUX_FREE.match(parts[2]))
    if text == "kernel":
        # What SELinux answers before a policy is loaded.
        return Lsm(module="selinux", label=text)
    raise Malformed("security label", "it is neither AppArmor's nor SELinux's")
