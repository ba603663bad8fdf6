"""What a system call meets on its way into the kernel: the exact answer of a seccomp filter, for every way in.

A profile's rules name calls; the kernel sees numbers, and on one machine several sets of them: a 64-bit program may make the
calls of i386 and of x32 too. Sources: seccomp(2) and kernel/seccomp.c (order of answers, stacked filters); libseccomp 2.5
src/db.c and src/arch-x86.c (how rules are joined, old calls that carry others inside); runc libcontainer/seccomp and its
patchbpf (what runc leaves out and adds). The test of this module asks libseccomp itself, `tests/live/oracle` the kernel.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec.structs import replace

from ringfence.model.fact import Fact
from ringfence.model.syscall_filter import (
    ALLOWING,
    KILL_THREAD,
    Answer,
    ArgumentCondition,
    Comparison,
    SyscallFilter,
    SyscallRule,
)


class Entry(StrEnum):
    """A way into the kernel, by libseccomp's name of its set of numbers."""

    X86_64 = "SCMP_ARCH_X86_64"
    I386 = "SCMP_ARCH_X86"
    X32 = "SCMP_ARCH_X32"
    AARCH64 = "SCMP_ARCH_AARCH64"


ENTRIES = {"x86_64": (Entry.X86_64, Entry.I386, Entry.X32), "aarch64": (Entry.AARCH64,)}
"""The ways in by uname's name of the machine, the native one first. A 32-bit program of arm64 is not modelled."""

X32_BIT = 0x40000000
"""Set in the number of every x32 call; the architecture that the filter sees is x86-64's."""

SOCKET_CALLS = (
    *("socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv", "sendto"),
    *("recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg"),
)
"""What i386's `socketcall` carries by its first argument, from 1 on (include/uapi/linux/net.h)."""
IPC_CALLS = {
    "semop": 1,
    "semget": 2,
    "semctl": 3,
    "semtimedop": 4,
    "msgsnd": 11,
    "msgrcv": 12,
    "msgget": 13,
    "msgctl": 14,
    "shmat": 21,
    "shmdt": 22,
    "shmget": 23,
    "shmctl": 24,
}
"""What i386's `ipc` carries by its first argument (include/uapi/linux/ipc.h)."""
CARRIED = {name: ("socketcall", number) for number, name in enumerate(SOCKET_CALLS, 1)} | {
    name: ("ipc", number) for name, number in IPC_CALLS.items()
}
"""For calls that i386 has inside another: that one, and the value of its first argument."""

UNFILTERED = frozenset({335, 336})
"""uretprobe and uprobe of x86-64: no filter is asked about them, for the kernel itself puts them into programs
(kernel/seccomp.c since Linux 6.14; with bit 30 too, as measured)."""

STRICTEST_FIRST = (
    *("SCMP_ACT_KILL_PROCESS", KILL_THREAD, "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO"),
    *("SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_LOG", "SCMP_ACT_ALLOW"),
)
"""Of several filters the strictest answer counts: seccomp(2) "SECCOMP_RET_*", in decreasing order of precedence."""

ENOSYS = 38
"""include/uapi/asm-generic/errno.h."""

ALLOW = Answer(action="SCMP_ACT_ALLOW")


class Installer(Fact):
    """What becomes of a profile on its way into the kernel.

    `stub` says whether the runtime puts runc's ENOSYS for calls newer than the profile before it (runc since 1.0.0-rc93).
    `known` has the names that the runtime's libseccomp knows; rules about others are left out. None: it knows all.
    """

    stub: bool = True
    known: frozenset[str] | None = None


RUNC = Installer()


class Gate:
    """One filter as calls meet it that come in by one entry."""

    def __init__(
        self, filter_: SyscallFilter, entry: Entry, numbers: Mapping[str, int], installer: Installer = RUNC
    ) -> None:
        """`numbers` is the table of system calls of `entry`."""
        self._filter, self._entry = filter_, entry
        self._names = {number: name for name, number in numbers.items()}
        # libseccomp compares 32 bits on x32 too, whatever the registers hold.
        self._width = (1 << 32) - 1 if entry in (Entry.I386, Entry.X32) else (1 << 64) - 1
        self._known = {
            name for rule in filter_.rules for name in rule.names if installer.known is None or name in installer.known
        }
        self._rules = {name: filter_.in_force(name) for name in self._known}
        if entry is Entry.I386:
            for carrier in ("socketcall", "ipc"):
                self._rules[carrier] = self._carrying(carrier)
        self._last = self._last_number(numbers) if installer.stub else None

    def answers(self, number: int, arguments: Sequence[int]) -> frozenset[Answer]:
        """What the filter answers to a call with six arguments.

        More than one answer only where rules of different actions fit the same call: libseccomp's own order decides then.
        """
        name = self._names.get(number, "")
        if self._filter.absent or (self._entry in (Entry.X86_64, Entry.X32) and number & ~X32_BIT in UNFILTERED):
            return frozenset({ALLOW})
        if not is_listed(self._filter, self._entry):
            return frozenset({Answer(action=KILL_THREAD)})
        if self._last is not None and number > self._last:
            return frozenset({Answer(action="SCMP_ACT_ERRNO", errno=ENOSYS)})
        fitting = {
            rule.answer
            for rule in self._rules.get(name, ())
            if all(holds(item, arguments[item.index], self._width) for item in rule.conditions)
        }
        return frozenset(fitting or {self._filter.default})

    def _carrying(self, carrier: str) -> tuple[SyscallRule, ...]:
        """The rules on an old call that carries others: its own, and each rule on what it carries, once more on itself."""
        own = self._rules.get(carrier, ())
        if any(not rule.conditions for rule in own):
            return own
        inside = (
            _inside(rule, number)
            for name, (by, number) in CARRIED.items()
            if by == carrier
            for rule in self._rules.get(name, ())
        )
        return (*own, *inside)

    def _last_number(self, numbers: Mapping[str, int]) -> int | None:
        """Above which number runc's stub answers. It has none for an architecture that the profile does not name itself."""
        filter_ = self._filter
        if filter_.default.action in (*ALLOWING, "SCMP_ACT_TRACE") or filter_.default_errno == ENOSYS:
            return None
        if self._entry not in filter_.architectures:
            return None
        return max((numbers[name] for name in self._known if name in numbers), default=None)


def is_listed(filter_: SyscallFilter, entry: Entry) -> bool:
    """Whether the filter takes calls of this way in at all: libseccomp kills the thread on any it was not told of."""
    return filter_.absent or entry in (Entry.X86_64, Entry.AARCH64) or entry in filter_.architectures


def holds(condition: ArgumentCondition, argument: int, width: int) -> bool:
    """Whether an argument satisfies a test of which only the bits in `width` are compared."""
    narrow = replace(condition, value=condition.value & width, value_two=condition.value_two & width)
    return narrow.holds(argument & width)


def strictest(several: Iterable[Answer]) -> Answer:
    """What the kernel does when filters are stacked. Without any, the call passes."""
    return min(several, key=lambda answer: STRICTEST_FIRST.index(answer.action), default=ALLOW)


def _inside(rule: SyscallRule, number: int) -> SyscallRule:
    """The rule as one on the carrier, whose first argument says which call. Tests on later ones stay, on the wrong thing."""
    first = ArgumentCondition(index=0, op=Comparison.EQUAL, value=number)
    rest = tuple(item for item in rule.conditions if item.index)
    return SyscallRule(names=rule.names, action=rule.action, errno=rule.errno, conditions=(first, *rest))
