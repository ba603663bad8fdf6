"""From the maps of the recorder to the values of a recording. Pure."""

import ipaddress
import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.linux import SOCKET_FAMILIES, Capability
from ringfence.model.recording import (
    Access,
    ArgumentUse,
    CallUse,
    CapabilityUse,
    Entry,
    FileUse,
    Phase,
    Recording,
    Refusal,
    Run,
    SocketUse,
)
from ringfence.record import tables
from ringfence.record.tables import Count, Stage, Use

PHASES = {Stage.RUNTIME: Phase.RUNTIME, Stage.START_UP: Phase.START_UP, Stage.SERVING: Phase.SERVING}
OTHERS = "(others)"
"""The executables beyond those that are told apart, and the processes whose start was not seen."""
RUNTIME = "(runtime)"
TYPE_MASK, DIRECTORY = 0o170000, 0o040000
FILES = (DIRECTORY, 0o100000, 0o020000, 0o060000, 0o010000)
"""Types of file that have a path: directories, regular files, devices, named pipes (inode(7))."""
_FAMILIES = {number: name for name, number in SOCKET_FAMILIES.items()}

K = TypeVar("K")


class Raw(Fact):
    """The maps as they were read. `missing` are tracepoints the kernel did not have."""

    rows: dict[int, bytes]
    executables: dict[bytes, bytes]
    counters: tuple[int, ...]
    arguments: dict[bytes, bytes]
    capabilities: dict[bytes, bytes]
    files: dict[bytes, bytes]
    paths: dict[bytes, bytes]
    sockets: dict[bytes, bytes]
    missing: tuple[str, ...] = ()


class Names(Fact):
    """Names of system calls by number, native and 32-bit."""

    native: dict[int, str]
    i386: dict[int, str]

    def of(self, number: int, entry: Entry) -> str:
        """The name, or `syscall_NUMBER` where the kernel is newer than the table."""
        known = self.i386 if entry is Entry.I386 else self.native
        return known.get(number, f"syscall_{number}")


class Readout:
    """One reading of the maps, in terms of names."""

    def __init__(self, raw: Raw, names: Names) -> None:
        self._raw = raw
        self._names = names
        self._paths = _executables(raw)

    def recording(self, run: Run) -> Recording:
        """Everything, as the recording of one run."""
        return Recording(
            runs=(run,),
            calls=self.calls(run.id),
            arguments=Known(self._arguments()),
            capabilities=self._capabilities(run.id),
            files=Known(self._files()),
            sockets=Known(self._sockets()),
            refusals=Known(self._refusals()),
        )

    def calls(self, run: str) -> tuple[CallUse, ...]:
        """The system calls made."""
        made: dict[tuple[str, Phase, Entry], set[str]] = defaultdict(set)
        for index, row in self._raw.rows.items():
            place = self._place(index)
            if place is None:
                continue
            phase, executable = place
            for entry, base in ((Entry.NATIVE, tables.NATIVE), (Entry.I386, tables.I386)):
                for number in _marked(row, base):
                    made[self._names.of(number, entry), phase, entry].add(executable)
            if row[tables.X32]:
                made["(any)", phase, Entry.X32].add(executable)
            elif row[tables.BEYOND]:
                made["(beyond the table)", phase, Entry.NATIVE].add(executable)
        return tuple(
            CallUse(name=name, phase=phase, entry=entry, executables=tuple(sorted(by)), runs=(run,))
            for (name, phase, entry), by in sorted(made.items())
        )

    def distinct(self) -> int:
        """How many different calls were seen so far."""
        return len({use.name for use in self.calls("")})

    def lost(self) -> dict[str, int]:
        """What could not be kept, by kind."""
        counters = self._raw.counters
        named = {
            "processes": counters[Count.LOST_TASKS],
            "arguments": counters[Count.LOST_ARGUMENTS],
            "capabilities": counters[Count.LOST_CAPABILITIES],
            "files": counters[Count.LOST_FILES],
            "paths": counters[Count.LOST_PATHS],
            "sockets": counters[Count.LOST_SOCKETS],
            "unreadable memory": counters[Count.UNREAD_MEMORY],
        }
        return {kind: count for kind, count in named.items() if count}

    def _place(self, index: int) -> tuple[Phase, str] | None:
        """Phase and executable of a row; None for what the engine did before the filter."""
        phase = PHASES.get(Stage(index % tables.PHASES))
        if phase is None:
            return None
        return phase, RUNTIME if phase is Phase.RUNTIME else self._paths.get(index // tables.PHASES, OTHERS)

    def _arguments(self) -> tuple[ArgumentUse, ...]:
        found = set()
        for key in self._raw.arguments:
            index, number, *words = struct.unpack("<IIQQQ", key)
            if (place := self._place(index)) is None:
                continue
            entry = Entry.I386 if number >= tables.CALLS else Entry.NATIVE
            name = self._names.of(number % tables.CALLS, entry)
            kept = tables.ARGUMENTS_RECORDED.get(name, (0,))
            found.add((name, place[0], entry, tuple((at, words[0 if name == "clone3" else at]) for at in kept)))
        return tuple(
            ArgumentUse(name=name, phase=phase, entry=entry, values=values) for name, phase, entry, values in sorted(found)
        )

    def _capabilities(self, run: str) -> Maybe[tuple[CapabilityUse, ...]]:
        if "cap_capable" in self._raw.missing:
            return Unknown("this kernel has no tracepoint cap_capable (it came with Linux 6.14)")
        seen: dict[tuple[int, Phase, bool, int], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        for key in self._raw.capabilities:
            index, number, refused, level, call, compat = struct.unpack("<IBBHII", key)
            if (place := self._place(index)) is None:
                continue
            calls, executables = seen[number, place[0], not refused, level]
            calls.add(self._names.of(call, Entry.I386 if compat else Entry.NATIVE))
            executables.add(place[1])
        return Known(
            tuple(
                CapabilityUse(
                    name=_capability(number),
                    phase=phase,
                    had=had,
                    level=level,
                    calls=tuple(sorted(calls)),
                    executables=tuple(sorted(executables)),
                    runs=(run,),
                )
                for (number, phase, had, level), (calls, executables) in sorted(seen.items())
            )
        )

    def _files(self) -> tuple[FileUse, ...]:
        by: dict[tuple[str, Access, Phase, bool, bool, bool], set[str]] = defaultdict(set)
        for key, value in self._raw.files.items():
            _, _, index, mode, opened, use = struct.unpack("<QIIHHI", key)
            place = self._place(index)
            if place is None or mode & TYPE_MASK not in FILES:
                continue
            path, cut = _path(value)
            for access in _accesses(opened, use):
                by[path, access, place[0], mode & TYPE_MASK == DIRECTORY, False, cut].add(place[1])
        for key in self._raw.paths:
            index = struct.unpack_from("<I", key)[0]
            text = key[8:].split(b"\0")[0].decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
            if (place := self._place(index)) is not None and text:
                cut = len(text) >= tables.TEXT_BYTES - 1
                by[text, Access.CHANGE, place[0], False, not text.startswith("/"), cut].add(place[1])
        return tuple(
            FileUse(
                path=path,
                access=access,
                phase=phase,
                directory=directory,
                relative=relative,
                cut=cut,
                executables=tuple(sorted(executables)),
            )
            for (path, access, phase, directory, relative, cut), executables in sorted(by.items())
        )

    def _sockets(self) -> tuple[SocketUse, ...]:
        found = set()
        for key in self._raw.sockets:
            index, number = struct.unpack_from("<II", key)
            if (place := self._place(index)) is not None:
                found.add((self._names.of(number, Entry.NATIVE), *_address(key[8:]), place[0]))
        return tuple(
            SocketUse(operation=operation, family=family, address=address, port=port, phase=phase)
            for operation, family, address, port, phase in sorted(found)
        )

    def _refusals(self) -> tuple[Refusal, ...]:
        found = set()
        for index, row in self._raw.rows.items():
            if (place := self._place(index)) is not None:
                found |= {(self._names.of(number, Entry.NATIVE), place[0]) for number in _marked(row, tables.REFUSED)}
        return tuple(Refusal(name=name, phase=phase) for name, phase in sorted(found))


def _marked(row: bytes, base: int) -> Iterable[int]:
    return (number for number in range(tables.CALLS) if row[base + number])


def _executables(raw: Raw) -> dict[int, str]:
    """Paths of the executables by their number: what was executed, joined by inode and device."""
    numbers = {key[:12]: struct.unpack_from("<I", value)[0] for key, value in raw.executables.items()}
    found = {}
    for key, value in raw.files.items():
        if struct.unpack_from("<I", key, 20)[0] == Use.EXECUTED and key[:12] in numbers:
            found[numbers[key[:12]]] = _path(value)[0]
    return found


def _path(value: bytes) -> tuple[str, bool]:
    """The path out of its names, deepest first, and whether a part was cut off."""
    size = tables.NAME_BYTES
    names = [value[at : at + size].split(b"\0")[0] for at in range(0, tables.PATH_BYTES, size)]
    cut = bool(names[-1]) or any(len(name) == size - 1 for name in names)
    return "/" + "/".join(name.decode("utf-8", "replace") for name in reversed(names) if name), cut


def _accesses(opened: int, use: int) -> tuple[Access, ...]:
    if use == Use.EXECUTED:
        return (Access.EXECUTE,)
    return tuple(access for bit, access in ((1, Access.READ), (2, Access.WRITE)) if opened & bit)


def _capability(number: int) -> str:
    known: Mapping[int, str] = {cap.value: cap.name for cap in Capability}
    return known.get(number, f"capability_{number}")


def _address(data: bytes) -> tuple[str, str, int]:
    """Family, address and port of a `sockaddr` (ip(7), ipv6(7), unix(7), netlink(7))."""
    family, port = struct.unpack_from("<H", data)[0], struct.unpack_from(">H", data, 2)[0]
    name = _FAMILIES.get(family, str(family))
    readers: dict[str, Callable[[], tuple[str, int]]] = {
        "AF_INET": lambda: (str(ipaddress.IPv4Address(data[4:8])), port),
        "AF_INET6": lambda: (str(ipaddress.IPv6Address(data[8:24])), port),
        "AF_UNIX": lambda: (_unix(data[2:]), 0),
    }
    address, number = readers.get(name, lambda: ("", 0))()
    return name, address, number


def _unix(path: bytes) -> str:
    """A path; an abstract name is written with @ before it."""
    abstract = path[:1] == b"\0"
    text = (path[1:] if abstract else path).split(b"\0")[0].decode("utf-8", "replace")
    return f"@{text}" if abstract and text else text
