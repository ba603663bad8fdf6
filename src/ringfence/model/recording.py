"""What a workload did while it was watched: the document that least-privilege profiles are made of.

A recording is a sample of what a workload needs, never the whole: how it was made, what that method cannot see, and whether
anything was lost is part of it.
"""

from enum import StrEnum

from ringfence.model.fact import Fact
from ringfence.model.knowledge import Maybe, Unknown

SCHEMA = "ringfence/recording/v1"


class Phase(StrEnum):
    """When something was seen. `RUNTIME` is the container runtime's own doing after it has loaded the filter."""

    RUNTIME = "runtime"
    START_UP = "start-up"
    SERVING = "serving"
    """After the process, or the one it came from, called listen(2)."""


class Entry(StrEnum):
    """Through which of the kernel's entries a call came; each has system calls and numbers of its own."""

    NATIVE = "native"
    I386 = "i386"
    X32 = "x32"


class Method(StrEnum):
    """How it was watched."""

    EBPF = "ebpf"
    NOTIFY = "seccomp-notify"


class Run(Fact):
    """One run that was watched. `subject` is the command, image or container; times in RFC 3339 and seconds.

    `coverage` are pairs of (seconds since the start, different system calls seen until then).
    """

    id: str
    subject: str
    method: Method
    started: str
    seconds: float
    kernel: str
    machine: str
    ringfence: str
    engine: str = ""
    runtime: str = ""
    image: str = ""
    exit_status: int | None = None
    coverage: tuple[tuple[float, int], ...] = ()
    lost: dict[str, int] = {}
    """What was seen and could not be kept, by kind; any makes the recording incomplete."""
    blind_spots: tuple[str, ...] = ()


class CallUse(Fact):
    """A system call that was made, in which phase and entry, by which executables, in which runs."""

    name: str
    phase: Phase
    entry: Entry = Entry.NATIVE
    executables: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


class ArgumentUse(Fact):
    """Arguments of one call, as pairs of index and value (64 bits, unsigned)."""

    name: str
    phase: Phase
    values: tuple[tuple[int, int], ...]
    entry: Entry = Entry.NATIVE


class CapabilityUse(Fact):
    """A capability that the kernel asked for, and whether the process had it.

    `calls` are the system calls in which that was. `level` counts user namespaces from the host's (0).
    """

    name: str
    phase: Phase
    had: bool
    level: int = 0
    calls: tuple[str, ...] = ()
    executables: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


class Access(StrEnum):
    """What was done with a file. `CHANGE` made, removed, renamed or re-owned it through its path."""

    READ = "read"
    WRITE = "write"
    EXECUTE = "execute"
    CHANGE = "change"


class FileUse(Fact):
    """A file, by its path inside the workload's mount namespace; `directory` if it is one.

    A `relative` path was given relative to a directory that is not known. A path is `cut` if it was longer than is kept.
    """

    path: str
    access: Access
    phase: Phase
    directory: bool = False
    relative: bool = False
    cut: bool = False
    executables: tuple[str, ...] = ()


class SocketUse(Fact):
    """A socket bound or connected. `family` is `AF_INET` and so on, or its number; `address` an address or a path."""

    operation: str
    family: str
    phase: Phase
    address: str = ""
    port: int = 0


class Refusal(Fact):
    """A system call that was answered EPERM or ENOSYS."""

    name: str
    phase: Phase


class Recording(Fact):
    """Everything seen in one or more runs. Tuples are ordered, so that equal recordings are equal bytes."""

    schema: str = SCHEMA
    runs: tuple[Run, ...] = ()
    calls: tuple[CallUse, ...] = ()
    arguments: Maybe[tuple[ArgumentUse, ...]] = Unknown("this method does not see arguments")
    capabilities: Maybe[tuple[CapabilityUse, ...]] = Unknown("this method does not see capabilities")
    files: Maybe[tuple[FileUse, ...]] = Unknown("this method does not see files")
    sockets: Maybe[tuple[SocketUse, ...]] = Unknown("this method does not see sockets")
    refusals: Maybe[tuple[Refusal, ...]] = Unknown("this method does not see answers")
    assumed: tuple[str, ...] = ()
    """Calls that were let through unseen, and count as made."""

    @property
    def complete(self) -> bool:
        """Whether everything that the methods can see was kept."""
        return not any(count for run in self.runs for count in run.lost.values())

    def called(self, *phases: Phase) -> frozenset[str]:
        """Names of the native calls made in these phases (in all of them, if none is given)."""
        wanted = phases or tuple(Phase)
        return frozenset(use.name for use in self.calls if use.phase in wanted and use.entry is Entry.NATIVE)


class OwnedFiles(Fact):
    """The regular files of a package, by their real path, each with its size in bytes."""

    name: str
    files: dict[str, int] = {}


class UnusedPackage(Fact):
    """A package with how many of its files were opened, and the bytes of those that were not."""

    name: str
    files: int
    opened: int
    unused_bytes: int


class NeverOpened(Fact):
    """What a recorded workload never opened of its image, by package, untouched packages first, the largest first.

    `recordings` says what was recorded. Advice, not proof: what was not exercised was not opened.
    """

    packages: Maybe[tuple[UnusedPackage, ...]]
    recordings: tuple[str, ...] = ()
