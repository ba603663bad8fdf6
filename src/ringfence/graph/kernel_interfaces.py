"""Which of the kernel's interfaces a container can use, and what closes the others.

What each takes is data (`knowledge/kernel_interfaces`), in the words in which the preconditions of CVEs are written; here
the answers are put together. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.model.component import KernelState
from ringfence.model.confinement import Confinement, Kernel
from ringfence.model.fact import Fact
from ringfence.model.kernel_interface import Exposure, InterfaceAnswer, KernelInterface
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import (
    CanCall,
    CanMakeUserNamespace,
    CanOpenSocket,
    HasCapability,
    HasDevice,
    KernelModule,
    KernelOption,
    MachineIs,
    Precondition,
    SharesNamespace,
    Sysctl,
)
from ringfence.model.syscall_filter import UNCONFINED, Passage, SyscallFilter, passage
from ringfence.model.syscall_gate import UNFILTERED

USER_NAMESPACE_SWITCHES = (
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.unprivileged_userns_clone",
    "user.max_user_namespaces",
)
"""The sysctls that `CanMakeUserNamespace` asks for."""
X86_64 = "x86_64"
NO_32_BIT = "aarch64"
"""A machine whose kernel has no i386 calls."""

ALONE: dict[type, str] = {
    CanCall: "the seccomp filter",
    CanOpenSocket: "the seccomp filter",
    HasCapability: "missing capabilities",
    HasDevice: "a missing device",
    SharesNamespace: "namespaces of its own",
    Sysctl: "the kernel's settings",
}
"""For people: what closes an interface, by the kind of the precondition that is not met."""
Conditions = list[tuple[Precondition, ConditionResult]]
CODE = (KernelOption, KernelModule, MachineIs)
"""Preconditions that ask whether the code is there at all."""
_ORDER = {True: 0, None: 1, False: 2}


def survey(
    interfaces: Iterable[KernelInterface], confinement: Confinement, kernel: KernelState
) -> tuple[InterfaceAnswer, ...]:
    """An answer for each interface, on `kernel`: that of the host, of a guest, or `permissive` where none is known."""
    sentry = confinement.kernel == Known(Kernel.SENTRY)
    return tuple(
        InterfaceAnswer(name=item.name, subject=item.subject, exposure=Exposure.ABSENT, closed_by=("gVisor's own kernel",))
        if sentry and not item.in_sentry
        else _answer(item, Subject(confinement, kernel))
        for item in interfaces
    )


def permissive(interfaces: Iterable[KernelInterface], architecture: str) -> KernelState:
    """A kernel that has whatever is asked for and restricts nothing: what we cannot tell must not look safe."""
    asked = [item for interface in interfaces for way in interface.ways for item in way.preconditions]
    sysctls = {item.name for item in asked if isinstance(item, Sysctl)} | set(USER_NAMESPACE_SWITCHES)
    options = {item.option: "y" for item in asked if isinstance(item, KernelOption | KernelModule)}
    return KernelState(
        node="",
        release=Known("999.0"),
        config=Known({**options, "CONFIG_USER_NS": "y", "CONFIG_IA32_EMULATION": "y"}),
        sysctls={name: Known("") for name in sysctls},
        modules=Known(()),
        architecture=architecture,
    )


def _answer(interface: KernelInterface, subject: Subject) -> InterfaceAnswer:
    name, conditions = _best(interface, subject)
    exposure = _exposure(conditions)
    if exposure is Exposure.OPEN and _needs_32_bit(interface, subject):
        exposure = Exposure.BY_32_BIT
    elif exposure is Exposure.UNCERTAIN:
        exposure = _what_is_missing(interface, subject)
    return InterfaceAnswer(
        name=interface.name,
        subject=interface.subject,
        exposure=exposure,
        way=name,
        closed_by=tuple(dict.fromkeys(_closers(conditions))),
        conditions=tuple(result for _, result in conditions),
    )


def _distance(conditions: Conditions) -> tuple[int, int]:
    """How far a way is from open: conditions not met, then those not known."""
    answers = [result.met for _, result in conditions]
    return answers.count(False), answers.count(None)


def _exposure(conditions: Conditions) -> Exposure:
    if any(result.met is False and isinstance(item, CODE) for item, result in conditions):
        return Exposure.ABSENT
    match max((result.met for _, result in conditions), key=lambda met: _ORDER[met], default=True):
        case True:
            return Exposure.OPEN
        case None:
            return Exposure.UNCERTAIN
        case False:
            return Exposure.CLOSED


def _closers(conditions: Conditions) -> Iterator[str]:
    for item, result in conditions:
        if result.met is not False:
            continue
        by_filter = isinstance(item, CanMakeUserNamespace) and result.control.startswith("seccomp filter")
        yield ALONE[CanCall] if by_filter else ALONE.get(type(item), result.control)


def _what_is_missing(interface: KernelInterface, subject: Subject) -> Exposure:
    """Whether all that is not certain is the filter, or who gains the capabilities of the bounding set."""
    confinement = subject.confinement
    unfiltered = replace(confinement, syscalls=Known(UNCONFINED))
    supposed = [(Exposure.BY_SETUID, _with_bounding(confinement))]
    if isinstance(confinement.syscalls, Unknown):
        supposed += [(Exposure.UNLESS_FILTERED, item) for item in (unfiltered, _with_bounding(unfiltered))]
    for exposure, other in supposed:
        if _exposure(_best(interface, Subject(other, subject.kernel))[1]) is Exposure.OPEN:
            return exposure
    return Exposure.UNCERTAIN


def _with_bounding(confinement: Confinement) -> Confinement:
    """As for a process that has gained whatever its bounding set lets it."""
    match confinement.capabilities:
        case Known(sets):
            gained = replace(sets, effective=sets.bounding, permitted=sets.bounding)
            return replace(confinement, capabilities=Known(gained))
        case Unknown():
            return confinement


def _needs_32_bit(interface: KernelInterface, subject: Subject) -> bool:
    """Whether a socket opens only through the old call of 32-bit programs, whose arguments no filter sees."""
    kernel = subject.kernel
    sockets = any(isinstance(item, CanOpenSocket) for way in interface.ways for item in way.preconditions)
    if kernel is None or not sockets or kernel.architecture != X86_64:
        return False
    without = Subject(subject.confinement, replace(kernel, architecture=NO_32_BIT))
    return _exposure(_best(interface, without)[1]) is Exposure.CLOSED


def _best(interface: KernelInterface, subject: Subject) -> tuple[str, Conditions]:
    """The way that is nearest to open, by its name, with each of its preconditions answered."""
    ways = ((way.name, [(item, evaluate(item, subject)) for item in way.preconditions]) for way in interface.ways)
    return min(ways, key=lambda way: _distance(way[1]))


class Difference(Fact):
    """What one filter lets through and the other does not, by name. Calls that depend on arguments count as let through."""

    more: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()


def let_through(filter_: SyscallFilter, names: Mapping[str, int], architecture: str = X86_64) -> frozenset[str]:
    """The calls of a machine (`names` with their numbers) that some arguments get through."""
    free = UNFILTERED if architecture == X86_64 else frozenset()
    return frozenset(
        name for name, number in names.items() if number in free or passage(filter_, name) is not Passage.DENIED
    )


def difference(
    filter_: SyscallFilter, other: SyscallFilter, names: Mapping[str, int], architecture: str = X86_64
) -> Difference:
    """How `filter_` differs from `other` over the calls of one machine."""
    mine, theirs = let_through(filter_, names, architecture), let_through(other, names, architecture)
    return Difference(more=tuple(sorted(mine - theirs)), fewer=tuple(sorted(theirs - mine)))
