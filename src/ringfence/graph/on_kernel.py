"""What a container's capabilities, system calls and surroundings mean on a kernel: the target decides (K4).

`on_kernel(confinement, kernel, history, tables, interfaces, seen=None)` is the pure function for everybody who shows it:
`kernel` is the target (`engine.target_kernel.of_release(...).kernel`, or the state of a collected host), `seen` the kernel
the container runs on now, `history` is `knowledge.kernel_history.load()`, `tables` the numbers of system calls by machine,
`interfaces` `knowledge.kernel_interfaces.kernel_interfaces()`.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ringfence.graph.kernel_doors import Door, State, doors, state
from ringfence.graph.kernel_features import has
from ringfence.model.component import KernelState
from ringfence.model.confinement import CapabilitySets, Confinement
from ringfence.model.kernel_history import CapabilitySpan, KernelHistory, Span
from ringfence.model.kernel_interface import KernelInterface
from ringfence.model.knowledge import Known
from ringfence.model.linux import SOCKET_FAMILIES, capability, names_of
from ringfence.model.on_kernel import CallThere, CapabilityThere, OnKernel, There
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.syscall_gate import ENOSYS, ENTRIES, UNFILTERED, Gate, strictest

Tables = Mapping[str, Mapping[str, int]]
"""Names and numbers of system calls by machine (`x86_64`, `aarch64`, `i386`)."""
NOT_THERE = "not in this kernel"
"""The state of a door whose every call the kernel lacks."""
NOBODY_TOLD = "not known for this kernel"
OWN = frozenset({"uretprobe", "uprobe"})
"""Calls that the kernel itself puts into programs (`UNFILTERED`)."""
ERRORS = {1: "EPERM", ENOSYS: "ENOSYS"}
_FAMILIES = {number: name for name, number in SOCKET_FAMILIES.items()}


def on_kernel(
    confinement: Confinement,
    kernel: KernelState,
    history: KernelHistory,
    tables: Tables,
    interfaces: Iterable[KernelInterface],
    seen: KernelState | None = None,
) -> OnKernel:
    """What `confinement` means on `kernel`. Without a known filter nothing is said about system calls."""
    found = OnKernel(
        kernel=kernel.node,
        capabilities=tuple(_capabilities(confinement, kernel, history)),
        features=tuple(_features(kernel, history, seen)),
    )
    numbers = tables.get(kernel.architecture, {})
    if not isinstance(confinement.syscalls, Known) or not numbers:
        return found
    found = _with_calls(found, confinement.syscalls.value, kernel, history, tables, seen)
    here = {name: _call(name, kernel, history) for name in numbers}
    i386 = tables.get("i386", {}) if kernel.architecture == "x86_64" else {}
    return msgspec.structs.replace(
        found, doors=_doors(doors(interfaces), confinement.syscalls.value, here, kernel, history, i386)
    )


def _capabilities(confinement: Confinement, kernel: KernelState, history: KernelHistory) -> Iterator[CapabilityThere]:
    """Those within the container's reach that the kernel lacks, or may lack."""
    match confinement.capabilities:
        case Known(sets):
            reach = _reach(sets)
        case _:
            return
    for name in names_of(reach):
        span = history.capabilities.get(name)
        told = has(name, Span(since=span.since, source=span.source), kernel, history.options_of) if span else None
        if span and told and told.there is not True:
            held = any(reach >> capability(other) & 1 for other in span.before)
            yield CapabilityThere(
                name=name, there=told.there, instead=span.before, held=held, because=_instead(told, span, held)
            )


def _reach(sets: CapabilitySets) -> int:
    return sets.effective | sets.permitted | sets.bounding


def _instead(told: There, span: CapabilitySpan, held: bool) -> str:
    if not span.before:
        return told.because
    which = " or ".join(span.before)
    ends = "which the container has" if held else "which the container does not have: it cannot do so there"
    return f"{told.because}; before, {span.what} took {which}, {ends}"


def _features(kernel: KernelState, history: KernelHistory, seen: KernelState | None) -> Iterator[There]:
    """What the kernel lacks or may lack; with a kernel it was `seen` on, what differs between the two."""
    for feature in history.features:
        span = Span(since=feature.since, source=feature.source, options=feature.options)
        told = has(feature.name, span, kernel, history.options_of)
        before = has(feature.name, span, seen, history.options_of).there if seen else True
        if told.there is before:
            continue
        so = {True: feature.what, False: feature.without, None: f"if not, {feature.without}"}[told.there]
        yield There(name=feature.name, there=told.there, because=f"{told.because}: {so}")


def _with_calls(
    found: OnKernel,
    filter_: SyscallFilter,
    kernel: KernelState,
    history: KernelHistory,
    tables: Tables,
    seen: KernelState | None,
) -> OnKernel:
    machine = kernel.architecture
    numbers = tables[machine]
    answers = _answers(filter_, machine, numbers)
    here = {name: _call(name, kernel, history) for name in numbers}
    before = {name: _call(name, seen, history).there for name in numbers} if seen else {}
    lacking = [told for told in here.values() if told.there is not True and _tried(told.name, machine, history)]
    return OnKernel(
        kernel=found.kernel,
        capabilities=found.capabilities,
        features=found.features,
        calls=sum(told.there is True for told in here.values()),
        passing=sum(told.there is True and answers[told.name] == "" for told in here.values()),
        lost=tuple(_lacking(told, answers) for told in lacking if answers[told.name] == "" and before.get(told.name, True)),
        gained=tuple(
            told.name
            for told in here.values()
            if told.there is True
            and answers[told.name] == ""
            and before.get(told.name, True) is False
            and numbers[told.name] not in UNFILTERED
        ),
        refused=tuple(_lacking(told, answers) for told in lacking if answers[told.name] not in ("", "ENOSYS")),
    )


def _call(name: str, kernel: KernelState, history: KernelHistory) -> There:
    span = history.calls.get(name)
    if span is None:
        return There(name=name, there=None, because="since when it is there is not known")
    return has(name, span, kernel, history.options_of)


def _tried(name: str, machine: str, history: KernelHistory) -> bool:
    """Whether programs try the call: not one that no kernel of this machine ever had, that is gone, or the kernel's own."""
    span = history.calls.get(name)
    return span is not None and bool(span.since) and not span.until and machine not in span.not_on and name not in OWN


def _lacking(told: There, answers: Mapping[str, str]) -> CallThere:
    return CallThere(name=told.name, there=told.there, answer=answers[told.name] or "ENOSYS", because=told.because)


def _answers(filter_: SyscallFilter, machine: str, numbers: Mapping[str, int]) -> dict[str, str]:
    """What the filter says to each call with arguments of zero; empty where it lets some arguments through."""
    gate = Gate(filter_, ENTRIES[machine][0], numbers)
    found = {}
    for name, number in numbers.items():
        rules = () if filter_.absent else filter_.in_force(name)
        answer = strictest(gate.answers(number, (0,) * 6))
        passes = answer.passes or number in UNFILTERED or any(rule.answer.passes for rule in rules)
        found[name] = "" if passes else ERRORS.get(answer.errno, f"error {answer.errno}") if answer.errno else "killed"
    return found


def _doors(
    every: tuple[Door, ...],
    filter_: SyscallFilter,
    here: Mapping[str, There],
    kernel: KernelState,
    history: KernelHistory,
    i386: Mapping[str, int],
) -> tuple[tuple[str, str], ...]:
    states = [(door.name, _door(door, filter_, here, kernel, history, i386)) for door in every]
    order = [item.value for item in State]
    return tuple(sorted(states, key=lambda item: next((at for at, word in enumerate(order) if word in item[1]), len(order))))


def _door(
    door: Door,
    filter_: SyscallFilter,
    here: Mapping[str, There],
    kernel: KernelState,
    history: KernelHistory,
    i386: Mapping[str, int],
) -> str:
    """The state of a door whose calls some are not there: an open one is as open as what is left of it."""
    known = [(call, first, _behind(call, first, here, kernel, history)) for call, first in door.calls]
    there = tuple((call, first) for call, first, told in known if told is True)
    if there:
        return state(Door(name=door.name, calls=there), filter_, i386).value
    if any(told is None for _, _, told in known):
        shut = state(door, filter_, i386)
        return shut.value if shut is State.CLOSED else f"{shut.value}, {NOBODY_TOLD}"
    return NOT_THERE


def _behind(
    call: str, first: int | None, here: Mapping[str, There], kernel: KernelState, history: KernelHistory
) -> bool | None:
    """Whether the kernel has the call, and of a socket its family."""
    told = here[call].there if call in here else False
    family = _FAMILIES.get(first or 0, "") if call == "socket" else ""
    if not told or family not in history.families:
        return told
    return has(family, history.families[family], kernel, history.options_of).there
