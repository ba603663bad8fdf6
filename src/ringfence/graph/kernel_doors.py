"""How far a filter alone leaves an interface of the kernel open: the calls behind it, whatever else it takes.

`kernel_interfaces` decides with everything a container has; this is for those who ask about calls and kernels only.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from ringfence.model.fact import Fact
from ringfence.model.kernel_interface import KernelInterface
from ringfence.model.linux import CLONE_FLAGS, SOCKET_FAMILIES
from ringfence.model.stack_cve import CanCall, CanMakeUserNamespace, CanOpenSocket, Precondition
from ringfence.model.syscall_filter import Passage, SyscallFilter, passage
from ringfence.model.syscall_gate import CARRIED, Entry, Gate, is_listed


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


def doors(interfaces: Iterable[KernelInterface]) -> tuple[Door, ...]:
    """The interfaces that are reached by system calls, each with those calls."""
    needs = {item.name: [need for way in item.ways for need in way.preconditions] for item in interfaces}
    found = {name: dict.fromkeys(call for need in each for call in _calls(need)) for name, each in needs.items()}
    return tuple(Door(name=name, calls=tuple(calls)) for name, calls in found.items() if calls)


def _calls(need: Precondition) -> Iterator[tuple[str, int | None]]:
    match need:
        case CanCall(all_of=all_of, any_of=any_of):
            yield from ((call, None) for call in (*all_of, *any_of))
        case CanOpenSocket(family=family):
            yield "socket", SOCKET_FAMILIES[family]
        case CanMakeUserNamespace():
            yield from ((call, CLONE_FLAGS["CLONE_NEWUSER"]) for call in ("unshare", "clone"))
        case _:
            pass


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
