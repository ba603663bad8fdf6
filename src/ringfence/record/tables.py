"""The maps that the probes fill: their keys and values, as both sides (programs and read-out) know them.

Everything is a mark or a set, never a stream: what is there already is not said twice, so nothing is lost for being late.
Only a full map loses, and that is counted.
"""

from enum import IntEnum, StrEnum

from ringfence.model.fact import Fact

CALLS = 512
"""Numbers of system calls told apart; Linux 6.18 is below 480. Higher ones are marked as `BEYOND`."""
NATIVE, I386, REFUSED, BEYOND, X32 = 0, CALLS, 2 * CALLS, 3 * CALLS, 3 * CALLS + 1
"""Offsets of the marks in a row: native calls, 32-bit calls, native calls answered EPERM or ENOSYS, and two single marks."""
ROW_BYTES = 3 * CALLS + 8
PHASES = 4
MAX_EXECUTABLES = 256
"""Executables told apart; those after them share row 0, and that is counted."""
ROWS = MAX_EXECUTABLES * PHASES
MAX_TASKS = 65_536
MAX_ARGUMENTS = 16_384
MAX_CAPABILITIES = 8_192
MAX_FILES = 16_384
MAX_PATHS = 8_192
MAX_SOCKETS = 8_192
MAX_GROUPS = 1_024
"""Control groups of one pod that are looked for by number; one is the rule."""
GROUP_LEVELS = 8
"""Groups between a process and its pod: its own, the container's, and what an init system makes inside."""
LEVELS = 20
"""Directories above a file that are walked."""
NAME_BYTES = 96
"""Bytes kept of each name on the way."""
PATH_BYTES = LEVELS * NAME_BYTES
TEXT_BYTES = 160
"""Bytes kept of a path given as an argument."""
ADDRESS_BYTES = 112
"""`struct sockaddr_un`, the longest address we read, has 110."""


class Stage(IntEnum):
    """How far a process has come. Inherited by its children."""

    SET_UP = 0
    """The engine and runtime, before the container's filter is loaded."""
    RUNTIME = 1
    """The runtime after the filter is loaded: the profile must let it pass."""
    START_UP = 2
    SERVING = 3
    """After the process, or the one it came from, called listen(2)."""


class Start(IntEnum):
    """What begins the workload."""

    EXEC = 1
    """The next execve of the process."""
    FILTER = 2
    """A seccomp filter more than the process began with, then execve."""
    NOW = 3
    """It runs already."""


class Count(IntEnum):
    """Places of the counters."""

    EXECUTABLES = 0
    LOST_TASKS = 1
    LOST_ARGUMENTS = 2
    LOST_CAPABILITIES = 3
    LOST_FILES = 4
    LOST_PATHS = 5
    LOST_SOCKETS = 6
    UNREAD_MEMORY = 7


COUNTERS = 8


class Use(IntEnum):
    """Why a file is in the set of files."""

    OPENED = 1
    EXECUTED = 2


class Table(StrEnum):
    """The maps, by name."""

    TASKS = "tasks"
    ROWS = "rows"
    EXECUTABLES = "executables"
    COUNTERS = "counters"
    CLASSES = "classes"
    ARGUMENTS = "arguments"
    CAPABILITIES = "capabilities"
    FILES = "files"
    PATHS = "paths"
    SOCKETS = "sockets"
    SCRATCH = "scratch"
    GROUPS = "groups"


class Limits(Fact):
    """Entries of the maps that can fill up; tests make them tiny to lose events on purpose."""

    tasks: int = MAX_TASKS
    arguments: int = MAX_ARGUMENTS
    capabilities: int = MAX_CAPABILITIES
    files: int = MAX_FILES
    paths: int = MAX_PATHS
    sockets: int = MAX_SOCKETS


OPENS, ADDRESS, CLONE3, TEXT = 1, 2, 3, 4
"""What is done when a call returns (low four bits of its class): look at the file opened, the address, the flags, a path."""

ARGUMENTS_RECORDED: dict[str, tuple[int, ...]] = {
    "clone": (0,),
    "unshare": (0,),
    "setns": (1,),
    "socket": (0, 1, 2),
    "socketpair": (0, 1, 2),
    "ioctl": (1,),
    "prctl": (0,),
    "arch_prctl": (0,),
    "personality": (0,),
    "ptrace": (0,),
    "keyctl": (0,),
    "bpf": (0,),
    "fcntl": (1,),
    "setsockopt": (1, 2),
    "socketcall": (0,),
}
"""Arguments (by index, at most the first three) that decide what a call does, and that a filter can test."""

OPENING = ("open", "openat", "openat2", "creat")
ADDRESSED = ("bind", "connect")
PATH_ARGUMENTS: dict[str, tuple[int, ...]] = {
    "mkdir": (0,),
    "mkdirat": (1,),
    "rmdir": (0,),
    "unlink": (0,),
    "unlinkat": (1,),
    "rename": (0, 1),
    "renameat": (1, 3),
    "renameat2": (1, 3),
    "link": (0, 1),
    "linkat": (1, 3),
    "symlink": (1,),
    "symlinkat": (2,),
    "mknod": (0,),
    "mknodat": (1,),
    "chmod": (0,),
    "fchmodat": (1,),
    "fchmodat2": (1,),
    "chown": (0,),
    "lchown": (0,),
    "fchownat": (1,),
    "truncate": (0,),
    "utimensat": (1,),
}
"""Calls that change the file system through a path, with the places of the paths among their arguments."""
