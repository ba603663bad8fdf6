"""The recorder in the kernel: loads the programs, says which processes to watch, and reads the maps."""

import contextlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from ringfence.errors import Malformed, Unavailable
from ringfence.formats import btf
from ringfence.io import bpf
from ringfence.io.rooted import Rooted
from ringfence.record import file_programs, programs, tables
from ringfence.record.layout import GroupLayout, Layout, group_layout, layout
from ringfence.record.programs import Parts
from ringfence.record.tables import Limits, Stage, Start, Table

TYPES = "/sys/kernel/btf/vmlinux"
SYMBOLS = "/proc/kallsyms"
OVERCOMMIT = ("security_vm_enough_memory_mm", "cap_vm_enough_memory", "__vm_enough_memory")
"""Functions of the memory accounting that ask for CAP_SYS_ADMIN on behalf of nobody: security/security.c, mm/util.c."""
MACHINE = "x86_64"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of system calls by name, of native and of 32-bit programs."""

    native: Mapping[str, int]
    i386: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where each new program is to be watched though nobody watches the process: a pid namespace, or control groups.

    Both by number; `controller` is the hierarchy of `groups` (empty: cgroup v2), `outside` the pid namespace in which a
    runtime works before it goes into a container, 0 if the groups' own processes are in it.
    """

    pid_namespace: int = 0
    groups: tuple[int, ...] = ()
    controller: str = ""
    outside: int = 0


@dataclass(slots=True)
class Recorder:
    """An open recorder. `missing` are tracepoints this kernel lacks; what they tell is unknown then."""

    probes: bpf.Probes
    maps: dict[Table, bpf.Map]
    missing: tuple[str, ...] = ()
    blind: tuple[str, ...] = field(default=())

    def watch(self, pid: int, start: Start, filters: int = 0) -> None:
        """Watches a process and all that come of it. `filters` is how many seccomp filters it has already."""
        stage = Stage.SERVING if start is Start.NOW else Stage.SET_UP
        self.maps[Table.TASKS].put(struct.pack("<I", pid), struct.pack("<HBBHH", 0, stage, start, filters, 0))

    def watches(self, pid: int) -> bool:
        """Whether a process is watched."""
        return self.maps[Table.TASKS].get(struct.pack("<I", pid)) is not None

    def running(self) -> int:
        """Processes watched now."""
        return len(list(self.maps[Table.TASKS].items()))

    def rows(self) -> dict[int, bytes]:
        """The marks by row, rows without any left out."""
        used = struct.unpack("<Q", self.maps[Table.COUNTERS].get(struct.pack("<I", 0)) or bytes(8))[0]
        last = min(used + 1, tables.MAX_EXECUTABLES) * tables.PHASES
        found = ((index, self.maps[Table.ROWS].get(struct.pack("<I", index)) or b"") for index in range(last))
        return {index: row for index, row in found if any(row)}

    def counters(self) -> tuple[int, ...]:
        """The counters, by `Count`."""
        counters = self.maps[Table.COUNTERS]
        return tuple(
            struct.unpack("<Q", counters.get(struct.pack("<I", index)) or bytes(8))[0] for index in range(tables.COUNTERS)
        )

    def set_of(self, table: Table) -> dict[bytes, bytes]:
        """What is in a set, with what is kept of each."""
        return dict(self.maps[table].items())

    def close(self) -> None:
        """Takes the programs out of the kernel."""
        self.probes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_recorder(
    host: Rooted, machine: str, numbers: Numbers, scope: Scope | None = None, limits: Limits | None = None
) -> Recorder:
    """A recorder that watches nobody yet. With `scope` every program begun there is watched.

    Raises `Unavailable` in one clear line: another machine, no BTF, no permission, no tracepoints.
    """
    mend = "record a command with --method notify"
    if machine != MACHINE:
        raise Unavailable(f"the eBPF recorder knows {MACHINE} only", where=machine, mend=mend)
    try:
        scope = scope or Scope()
        types = btf.parse(host.read(TYPES, btf.MAX_BYTES))
        known, groups = layout(types), group_layout(types, scope.controller) if scope.groups else None
    except Unavailable as cause:
        why = "the kernel does not describe its types (CONFIG_DEBUG_INFO_BTF)"
        raise Unavailable(why, where=TYPES, mend=mend) from cause
    except Malformed as cause:
        raise Unavailable(cause.wrong, where=TYPES, mend=mend) from cause
    probes = bpf.Probes()
    with contextlib.ExitStack() as half:
        half.callback(probes.close)
        opened = _open(probes, (known, groups), _overcommit(host), numbers, (scope, limits or Limits()))
        half.pop_all()
    return opened


def _open(
    probes: bpf.Probes,
    known: tuple[Layout, GroupLayout | None],
    overcommit: tuple[int, int],
    numbers: Numbers,
    wanted: tuple[Scope, Limits],
) -> Recorder:
    scope, limits = wanted
    maps = _maps(probes, limits)
    classes = programs.classes(numbers.native, numbers.i386)
    for index in range(2 * tables.CALLS):
        row = classes[2 * index : 2 * index + 2]
        if any(row):
            maps[Table.CLASSES].put(struct.pack("<I", index), row)
    for group in scope.groups:
        maps[Table.GROUPS].put(struct.pack("<Q", group), bytes(4))
    parts = Parts(
        layout=known[0],
        maps={name: item.handle for name, item in maps.items()},
        overcommit=overcommit,
        pid_namespace=scope.pid_namespace,
        groups=known[1],
        outside=scope.outside,
        listen=numbers.native["listen"],
    )
    makers = {**programs.PROBES, **file_programs.PROBES}
    missing = tuple(name for name, make in makers.items() if not probes.attach(make(parts).code(), name))
    needed = [name for name in missing if name != "cap_capable"]
    if needed:
        raise Unavailable(f"the kernel has no tracepoint {needed[0]}", where="eBPF", mend="record with --method notify")
    blind = () if overcommit[1] else ("uses of CAP_SYS_ADMIN by the kernel's memory accounting cannot be told from others",)
    return Recorder(probes, maps, missing, blind)


def _maps(probes: bpf.Probes, limits: Limits) -> dict[Table, bpf.Map]:
    lazy = bpf.NO_PREALLOC
    return {
        Table.TASKS: probes.map(bpf.HASH, 4, 8, limits.tasks, lazy),
        Table.ROWS: probes.map(bpf.ARRAY, 4, tables.ROW_BYTES, tables.ROWS),
        Table.EXECUTABLES: probes.map(bpf.HASH, 16, 8, 2 * tables.MAX_EXECUTABLES, lazy),
        Table.COUNTERS: probes.map(bpf.ARRAY, 4, 8, tables.COUNTERS),
        Table.CLASSES: probes.map(bpf.ARRAY, 4, 2, 2 * tables.CALLS),
        Table.ARGUMENTS: probes.map(bpf.HASH, 32, 4, limits.arguments, lazy),
        Table.CAPABILITIES: probes.map(bpf.HASH, 16, 4, limits.capabilities, lazy),
        Table.FILES: probes.map(bpf.HASH, 24, tables.PATH_BYTES, limits.files, lazy),
        Table.PATHS: probes.map(bpf.HASH, 8 + tables.TEXT_BYTES, 4, limits.paths, lazy),
        Table.SOCKETS: probes.map(bpf.HASH, 8 + tables.ADDRESS_BYTES, 4, limits.sockets, lazy),
        Table.SCRATCH: probes.map(bpf.PERCPU_ARRAY, 4, tables.PATH_BYTES, 1),
        Table.GROUPS: probes.map(bpf.HASH, 8, 4, tables.MAX_GROUPS, lazy),
    }


def _overcommit(host: Rooted) -> tuple[int, int]:
    """Where the memory accounting's own check lies in the kernel, from and to; (0, 0) if the kernel hides its addresses."""
    try:
        lines = host.read(SYMBOLS).split(b"\n")
    except Unavailable:
        return 0, 0
    places = sorted(int(line[:16], 16) for line in lines if line[17:18] in (b"t", b"T"))
    for line in lines:
        if line.endswith(b" " + OVERCOMMIT[0].encode()) and (start := int(line[:16], 16)):
            return start, next((place for place in places if place > start), start + 4096)
    return 0, 0
