"""`/proc/PID/status`: who a process is and what it may do.

Source: proc_pid_status(5); Linux fs/proc/array.c.
"""

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.confinement import CapabilitySets
from ringfence.model.fact import Fact

MAX_STATUS_BYTES = 256 * 1024
"""Bytes of one status file; about 1,500 are usual, many supplementary groups make it longer."""

_CAPABILITY_SETS = ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")


class ProcStatus(Fact):
    """What one process' status says.

    `uid` and `gid` are the effective ones, in the reader's user namespace. `ns_pid` is the pid in its own pid namespace,
    `depth` in how many nested pid namespaces it has one. A field is None where this kernel writes no such line.
    `seccomp` is 0 (no filter), 1 (strict) or 2 (filter), `filters` how many filters are stacked.
    """

    name: str
    parent: int
    uid: int
    gid: int
    ns_pid: int | None = None
    depth: int = 1
    capabilities: CapabilitySets | None = None
    no_new_privileges: bool | None = None
    seccomp: int | None = None
    filters: int | None = None


def parse(data: bytes) -> ProcStatus:
    """The parts of a status file that tell confinement. Raises `Malformed` without the lines every kernel writes."""
    if len(data) > MAX_STATUS_BYTES:
        raise LimitExceeded("bytes of a process status", MAX_STATUS_BYTES)
    fields: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key, value.strip())
    nested = _numbers(fields, "NSpid")
    seccomp, no_new_privileges = _numbers(fields, "Seccomp"), _numbers(fields, "NoNewPrivs")
    filters = _numbers(fields, "Seccomp_filters")
    return ProcStatus(
        name=fields.get("Name", ""),
        parent=_required(fields, "PPid", 0),
        uid=_required(fields, "Uid", 1),
        gid=_required(fields, "Gid", 1),
        ns_pid=nested[-1] if nested else None,
        depth=len(nested) or 1,
        capabilities=_capabilities(fields),
        no_new_privileges=bool(no_new_privileges[0]) if no_new_privileges else None,
        seccomp=seccomp[0] if seccomp else None,
        filters=filters[0] if filters else None,
    )


def _numbers(fields: dict[str, str], key: str) -> tuple[int, ...]:
    words = fields.get(key, "").split()
    if not all(word.isascii() and word.isdigit() and len(word) <= 20 for word in words):
        raise Malformed("process status", f"its line {key} holds no numbers")
    return tuple(int(word) for word in words)


def _required(fields: dict[str, str], key: str, index: int) -> int:
    numbers = _numbers(fields, key)
    if len(numbers) <= index:
        raise Malformed("process status", f"it has no line {key}")
    return numbers[index]


def _capabilities(fields: dict[str, str]) -> CapabilitySets | None:
    if any(key not in fields for key in _CAPABILITY_SETS[:4]):
        return None
    # CapAmb came with Linux 4.3; a kernel without ambient capabilities has none of them.
    effective, permitted, inheritable, bounding, ambient = (_mask(fields.get(key, "0"), key) for key in _CAPABILITY_SETS)
    return CapabilitySets(
        effective=effective, permitted=permitted, inheritable=inheritable, bounding=bounding, ambient=ambient
    )


def _mask(word: str, key: str) -> int:
    try:
        mask = int(word, 16) if 0 < len(word) <= 16 else -1
    except ValueError:
        mask = -1
    if mask < 0:
        raise Malformed("process status", f"its line {key} holds no capability mask")
    return mask
