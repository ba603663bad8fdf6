"""`devices.list` of cgroup v1: which devices the processes of a control group may use.

Source: Documentation/admin-guide/cgroup-v1/devices.rst; security/device_cgroup.c, devcgroup_seq_show().
"""

import re

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.device_access import ANY, DeviceAccess, DeviceRule

MAX_RULES = 10_000
"""Lines of one list; a privileged container has one, others a dozen."""
_LINE = re.compile(r"([abc]) (\*|\d{1,10}):(\*|\d{1,10}) ([rwm]{1,3})")


def parse(data: bytes) -> DeviceAccess:
    """What a list allows. Raises `Malformed`, or `LimitExceeded` for one beyond reason.

    Where everything is allowed the kernel writes one line and leaves out what it denies all the same.
    """
    lines = data.decode("utf-8", "replace").split("\n")
    if len(lines) > MAX_RULES:
        raise LimitExceeded("lines of a list of devices", MAX_RULES)
    rules = [_rule(line) for line in lines if line]
    everything = any(rule.kind == "a" and rule.major == ANY for rule in rules)
    return DeviceAccess(everything=everything, exceptions=() if everything else tuple(rules))


def _rule(line: str) -> DeviceRule:
    matched = _LINE.fullmatch(line)
    if matched is None:
        raise Malformed("list of devices", f"{line[:80]!r} is no rule")
    major, minor = (ANY if word == "*" else int(word) for word in matched.group(2, 3))
    return DeviceRule(kind=matched[1], major=major, minor=minor, access=matched[4])
