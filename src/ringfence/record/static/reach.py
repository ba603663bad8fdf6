"""Which system calls a program can reach: its own code, its libraries', the loader's, through calls and pointers in data."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ringfence.errors import Malformed, Unavailable
from ringfence.record.static.code import RAX, RDI, Code, Function, Value, scan, stub_name
from ringfence.record.static.module import Module, load

LIBRARY_FOLDERS = (
    "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib", "/lib", "/usr/local/lib",
)  # fmt: skip
"""Where the loader looks, ld.so(8), on Debian, Fedora and Alpine."""
MAX_MODULES = 500
MAX_OBJECT = 65_536
"""Bytes of an object in data whose end is not known."""
WRAPPER_DEPTH = 4
"""Functions that only pass a number on, one to the next."""
CALLS = 512

Read = Callable[[str], bytes]


@dataclass(slots=True)
class Reached:
    """What was found: numbers of system calls with the place of one of them, and what could not be told."""

    numbers: dict[int, str] = field(default_factory=dict)
    unresolved: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    functions: int = 0


@dataclass(slots=True, eq=False)
class _Part:
    """A module with its code, and its pointers and references in order."""

    module: Module
    code: Code
    places: list[int]
    referred: list[int]


def reach(program: str, read: Read, also: Iterable[str] = ()) -> Reached:
    """Everything the program at a path can call. `read` gives a file's bytes, or raises `Unavailable`.

    `also` are libraries loaded by name at run time: whatever they export counts as reached. Raises `Malformed` if it
    is no x86-64 ELF file.
    """
    walk = _Walk(read)
    walk.open(program, list(also))
    walk.run()
    walk.through_wrappers()
    return walk.found


class _Walk:
    def __init__(self, read: Read) -> None:
        self.read = read
        self.found = Reached()
        self.parts: list[_Part] = []
        self.exported: dict[str, tuple[_Part, int]] = {}
        self.work: list[tuple[_Part, int]] = []
        self.objects: list[tuple[_Part, int]] = []
        self.done: set[tuple[int, int]] = set()
        self.seen_objects: set[tuple[int, int]] = set()

    def open(self, program: str, also: list[str]) -> None:
        """The program with all it needs, and where it can begin."""
        pending, paths = [program, *also], set()
        while pending:
            path = pending.pop(0)
            if path in paths:
                continue
            paths.add(path)
            if len(paths) > MAX_MODULES:
                raise Malformed("program", f"it needs more than {MAX_MODULES} libraries", where=program)
            module = load(path, self.read(path))
            code = scan(module)
            referred = {address for function in code.functions.values() for address in function.data}
            part = _Part(module, code, sorted(module.pointers), sorted(referred | set(module.exports.values())))
            self.parts.append(part)
            self.found.modules.append(path)
            pending.extend(filter(None, (self._library(name) for name in module.needed)))
            pending.extend([module.interpreter] if module.interpreter else [])
        for part in self.parts:
            for name, address in part.module.exports.items():
                self.exported.setdefault(name, (part, address))
        for part in self.parts:
            self._begin(part, named=part.module.path in also)

    def _begin(self, part: _Part, *, named: bool) -> None:
        self.work.extend((part, address) for address in (*part.module.begin, part.module.entry))
        if named:
            self.work.extend((part, address) for address in part.module.exports.values())
        for name in part.module.copies:
            for other in self.parts:
                if other is not part and name in other.module.exports:
                    self.objects.append((other, other.module.exports[name]))

    def _library(self, name: str) -> str:
        for folder in LIBRARY_FOLDERS:
            try:
                self.read(f"{folder}/{name}")
            except Unavailable:
                continue
            return f"{folder}/{name}"
        self.found.missing.append(name)
        return ""

    def run(self) -> None:
        """Follows calls and pointers until nothing new comes."""
        while self.work or self.objects:
            while self.objects:
                self._object(*self.objects.pop())
            if self.work:
                self._function(*self.work.pop())

    def _function(self, part: _Part, address: int) -> None:
        name = stub_name(part.module, address)
        if name is not None:
            if name in self.exported:
                self.work.append(self.exported[name])
            return
        if not part.module.in_code(address):
            return
        start = part.module.start_of(address)
        if (id(part), start) in self.done:
            return
        self.done.add((id(part), start))
        self.found.functions += 1
        function: Function | None = part.code.functions.get(start)
        if function is None:
            return
        for number in function.numbers:
            self._note(number, part, start)
        self.found.unresolved.extend(self._place(part, at) for at in sorted(function.unresolved))
        self.work.extend((part, target) for target in function.targets)
        for imported in function.imports:
            if imported in self.exported:
                self.work.append(self.exported[imported])
                self.objects.append(self.exported[imported])
        self.objects.extend((part, at) for at in function.data)

    def _object(self, part: _Part, address: int) -> None:
        """The pointers of a data object: up to the next one that anybody refers to."""
        if (id(part), address) in self.seen_objects:
            return
        self.seen_objects.add((id(part), address))
        following = bisect_right(part.referred, address)
        end = part.referred[following] if following < len(part.referred) else address + MAX_OBJECT
        end = max(min(end, address + MAX_OBJECT), address + 8, address + part.module.sizes.get(address, 0))
        at = bisect_left(part.places, address)
        while at < len(part.places) and part.places[at] < end:
            value = part.module.pointers[part.places[at]]
            at += 1
            (self.work if part.module.in_code(value) else self.objects).append((part, value))

    def through_wrappers(self) -> None:
        """Constants given to functions that make the call they are told: syscall(3), Go's Syscall6, private ones."""
        for part in self.parts:
            wrappers: dict[int | str, int] = {
                start: function.wrapper for start, function in part.code.functions.items() if function.wrapper is not None
            }
            for target in part.code.callers:
                name = target if isinstance(target, str) else stub_name(part.module, target)
                if name and name in self.exported:
                    other, address = self.exported[name]
                    given = other.code.functions[address].wrapper if address in other.code.functions else None
                    if given is not None:
                        wrappers[target] = given
            self._constants(part, wrappers)

    def _constants(self, part: _Part, wrappers: dict[int | str, int]) -> None:
        depth = dict.fromkeys(wrappers, 0)
        pending = list(wrappers)
        while pending:
            target = pending.pop()
            register = wrappers[target]
            for start, first, accumulator in part.code.callers.get(target, ()):
                value: Value | None = first if register == RDI else accumulator
                reached = (id(part), start) in self.done
                if isinstance(value, int):
                    if reached and 0 <= value < CALLS:
                        self._note(value, part, start)
                elif start not in wrappers and depth[target] < WRAPPER_DEPTH and (register == RAX or value is not None):
                    wrappers[start], depth[start] = register, depth[target] + 1
                    pending.append(start)
                elif reached and start not in wrappers:
                    self.found.unresolved.append(self._place(part, start))

    def _note(self, number: int, part: _Part, start: int) -> None:
        if number < CALLS:
            self.found.numbers.setdefault(number, self._place(part, start))

    @staticmethod
    def _place(part: _Part, address: int) -> str:
        start = part.module.start_of(address)
        return f"{part.module.path}: {part.module.names.get(start, hex(start))}"
