"""The processes of the host itself: what is no container and no thread of the kernel, grouped by what they may do.

Source: proc_pid_status(5), capabilities(7), seccomp(2), systemd.exec(5) for what units restrict.
"""

import re
from collections.abc import Iterable

from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.collect.proc import processes
from ringfence.layers.kernel.collect.proc.processes import KTHREADD, Group, Process, ProcessTable
from ringfence.model.host_process import HostProcesses
from ringfence.model.linux import Namespace

UNIT = re.compile(r"/([^/]+\.(?:service|scope))(?:/|$)")
"""The unit in the path of a control group that systemd made."""
MAX_PIDS = 64
"""Process numbers kept of one group; the rest are counted."""


def read(host: Rooted, table: ProcessTable, containers: Iterable[Group]) -> tuple[HostProcesses, ...]:
    """Groups of processes of one name, unit, user and set of restrictions, in the order of their lowest number."""
    inside = {pid for group in containers for pid in group.pids}
    found: dict[HostProcesses, list[int]] = {}
    for process in table.processes:
        if process.pid == KTHREADD or process.pid in inside:
            continue
        told = _told(host, process, table.init)
        if told is not None:
            found.setdefault(told, []).append(process.pid)
    groups = (_counted(told, pids) for told, pids in found.items())
    return tuple(sorted(groups, key=lambda item: item.pids))


def _told(host: Rooted, process: Process, init: Process | None) -> HostProcesses | None:
    """What tells groups apart; None for a thread of the kernel or a process that has ended."""
    seen = processes.status(host, process.pid)
    if seen is None or seen.parent == KTHREADD:
        return None
    unit = UNIT.search(process.cgroup)
    mine, theirs = process.namespaces, init.namespaces if init else {}
    own = tuple(kind for kind in Namespace if kind in mine and kind in theirs and mine[kind] != theirs[kind])
    return HostProcesses(
        name=seen.name,
        unit=unit[1] if unit else "",
        uid=seen.uid,
        capabilities=seen.capabilities,
        no_new_privileges=seen.no_new_privileges,
        seccomp=seen.seccomp,
        filters=seen.filters or 0,
        own_namespaces=own if mine and theirs else None,
    )


def _counted(told: HostProcesses, pids: list[int]) -> HostProcesses:
    return HostProcesses(
        name=told.name,
        unit=told.unit,
        uid=told.uid,
        capabilities=told.capabilities,
        no_new_privileges=told.no_new_privileges,
        seccomp=told.seccomp,
        filters=told.filters,
        own_namespaces=told.own_namespaces,
        count=len(pids),
        pids=tuple(sorted(pids)[:MAX_PIDS]),
    )
