"""The doors to the kernel that holes are found behind, and which of them a container's filter leaves open.

Sources: man-pages section 2 for the calls; seccomp(2) of the engines' default profiles for which they close and why.
"""

from collections.abc import Mapping
from enum import StrEnum

from ringfence.model.fact import Fact
from ringfence.model.linux import CLONE_FLAGS, SOCKET_FAMILIES
from ringfence.model.syscall_filter import Passage, SyscallFilter, passage
from ringfence.model.syscall_gate import CARRIED, UNFILTERED, Entry, Gate, is_listed


class Door(Fact):
    """An interface by name: any of `calls` (with their first argument, if it matters) opens it."""

    name: str
    calls: tuple[tuple[str, int | None], ...]


class State(StrEnum):
    """How far a door stands open to a filter's container."""

    OPEN = "open"
    ON_ARGUMENTS = "depends on arguments"
    BY_32_BIT = "closed, but open to 32-bit programs"
    CLOSED = "closed"


def _door(name: str, *calls: str) -> Door:
    return Door(name=name, calls=tuple((call, None) for call in calls))


def _sockets(name: str, family: str) -> Door:
    return Door(name=name, calls=(("socket", SOCKET_FAMILIES[family]),))


DOORS = (
    Door(name="user namespaces", calls=(("unshare", CLONE_FLAGS["CLONE_NEWUSER"]), ("clone", CLONE_FLAGS["CLONE_NEWUSER"]))),
    _door("other namespaces (setns)", "setns"),
    _door("mounts", "mount", "fsopen", "move_mount", "open_tree"),
    _sockets("packet sockets", "AF_PACKET"),
    _sockets("netlink sockets", "AF_NETLINK"),
    _sockets("crypto sockets (AF_ALG)", "AF_ALG"),
    _sockets("host sockets (AF_VSOCK)", "AF_VSOCK"),
    _door("io_uring", "io_uring_setup"),
    _door("BPF", "bpf"),
    _door("performance events", "perf_event_open"),
    _door("page faults in user space", "userfaultfd"),
    _door("key rings", "keyctl", "add_key", "request_key"),
    _door("other processes (ptrace)", "ptrace", "process_vm_writev", "pidfd_getfd"),
    _door("files by handle", "open_by_handle_at"),
    _door("kernel modules", "init_module", "finit_module"),
    _door("another kernel (kexec)", "kexec_load", "kexec_file_load"),
)
"""In the order they are shown. Whether the kernel has what is behind a door, or asks for a capability, is not said here."""


def state(door: Door, filter_: SyscallFilter, i386: Mapping[str, int]) -> State:
    """How far `door` stands open. `i386` has the numbers of the 32-bit calls, empty on a machine without them."""
    answers = {passage(filter_, call, {} if first is None else {0: first}) for call, first in door.calls}
    if Passage.ALLOWED in answers:
        return State.OPEN
    if Passage.DEPENDS in answers:
        return State.ON_ARGUMENTS
    by_32_bit = (_by_32_bit(call, first, filter_, i386) for call, first in door.calls)
    if i386 and is_listed(filter_, Entry.I386) and any(by_32_bit):
        return State.BY_32_BIT
    return State.CLOSED


def _by_32_bit(call: str, first: int | None, filter_: SyscallFilter, i386: Mapping[str, int]) -> bool:
    """Whether a 32-bit program can make the call inside an old one, whose arguments no filter sees."""
    carrier, number = CARRIED.get(call, ("", 0))
    if first is None or carrier not in i386:
        return False
    answers = Gate(filter_, Entry.I386, i386).answers(i386[carrier], (number, 0, 0, 0, 0, 0))
    return all(answer.passes for answer in answers)


class Difference(Fact):
    """What one filter lets through and the other does not, by name. Calls that depend on arguments count as let through."""

    more: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()


def let_through(filter_: SyscallFilter, names: Mapping[str, int]) -> frozenset[str]:
    """The calls of x86-64 (`names` with their numbers) that some arguments get through."""
    return frozenset(
        name for name, number in names.items() if number in UNFILTERED or passage(filter_, name) is not Passage.DENIED
    )


def difference(filter_: SyscallFilter, other: SyscallFilter, names: Mapping[str, int]) -> Difference:
    """How `filter_` differs from `other` over the calls of one machine."""
    mine, theirs = let_through(filter_, names), let_through(other, names)
    return Difference(more=tuple(sorted(mine - theirs)), fewer=tuple(sorted(theirs - mine)))
