"""One container's confinement in words: what it can do to the kernel, through which door, beside the engine's default."""

from collections.abc import Iterable, Iterator

import msgspec

from ringfence.model.confinement import HOST_IDS, Confinement, Kernel, Sharing
from ringfence.model.device_access import ALLOWED_BY_RUNC
from ringfence.model.explanation import Against, Explanation
from ringfence.model.kernel_interface import Exposure, InterfaceAnswer
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import ALL_CAPABILITIES, names_of
from ringfence.report.terminal.on_kernel import FEW_NAMES, said
from ringfence.report.terminal.words import plain, wrap

LABEL = 18
"""Columns of the left column."""
FEW = 10
"""Capabilities that are missing are named instead of those held, if they are fewer."""
MOST_NAMES = 24
"""System calls or paths that are named; the rest are counted."""


def lines(told: Explanation, width: int) -> list[str]:
    """The page, each line at most `width` columns."""
    confinement = told.confinement
    rows = [
        ("kernel", _kernel(told)),
        ("runs as", _identity(confinement)),
        ("capabilities", _capabilities(confinement, told.against)),
        ("new privileges", _new_privileges(confinement)),
        ("system calls", _calls(told)),
        *_interfaces(told),
        ("namespaces", _namespaces(confinement)),
        ("root file system", _root(confinement)),
        ("from the host", _mounts(confinement)),
        ("devices", _devices(confinement)),
        ("hidden paths", _hidden(confinement, told.against)),
        ("read-only paths", _named(confinement.read_only_paths, "none")),
        ("security module", _lsm(confinement)),
    ]
    rows += _there(told)
    about = [
        told.engine and f"{told.engine} container",
        told.image,
        told.oci_runtime and f"by {told.oci_runtime}",
    ]
    head = ", ".join(word for word in about if word)
    shown = [plain(f"{told.identity}" + (f" ({head})" if head else ""))]
    for label, text in rows:
        shown += _row(label, text, width)
    return shown


def _there(told: Explanation) -> Iterator[tuple[str, str]]:
    """What the kernel asked for lacks and has; its doors are among the interfaces already."""
    if told.there is not None:
        yield "on that kernel", ""
        yield from said(msgspec.structs.replace(told.there, doors=()), FEW_NAMES)


def _row(label: str, told: str, width: int) -> list[str]:
    first, *rest = wrap(plain(told), max(20, width - LABEL - 2)) or [""]
    return [f"  {label:<{LABEL}}{first}", *(f"  {'':<{LABEL}}{line}" for line in rest)]


def _kernel(told: Explanation) -> str:
    assumed = "; taken as one that has everything and restricts nothing" if told.assumed_kernel else ""
    match told.confinement.kernel:
        case Known(Kernel.HOST):
            return f"{told.judged_on}, shared with the host" if not assumed else f"the host's, which is not known{assumed}"
        case Known(Kernel.GUEST):
            return (
                f"{told.judged_on}, in a virtual machine of its own, not the host's{assumed}. The host's kernel is behind"
                " the hypervisor and the shared folders"
            )
        case Known(_):
            return (
                f"{told.judged_on}, a kernel in user space{assumed}. The host's kernel is behind it and its own filter; what"
                " it does not have is marked"
            )
        case Unknown(reason):
            return f"not known whose: {reason}. What follows is as if on {told.judged_on}{assumed}"


def _identity(confinement: Confinement) -> str:
    match confinement.uid, confinement.uid_map:
        case Unknown(reason), _:
            return f"not known: {reason}"
        case Known(uid), Known(ranges) if ranges != HOST_IDS:
            outside = next(
                (uid - item.inside + item.outside for item in ranges if 0 <= uid - item.inside < item.length), None
            )
            return f"uid {uid}, which is {'nobody' if outside is None else f'uid {outside}'} on the host (user namespace)"
        case Known(0), Known(_):
            return "uid 0, which is root on the host too"
        case Known(uid), _:
            return f"uid {uid}"


def _capabilities(confinement: Confinement, against: Against) -> str:
    match confinement.capabilities:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(sets):
            held, may = (
                names_of(sets.effective | sets.permitted),
                names_of(sets.bounding & ~(sets.effective | sets.permitted)),
            )
            told = f"{len(held)} held: {', '.join(held)}" if held else "none held"
            lacking = [name for name in names_of(ALL_CAPABILITIES) if name not in held]
            if len(lacking) < FEW:
                told = f"all {len(held)} held" if not lacking else f"{len(held)} held: all but {', '.join(lacking)}"
            if may and confinement.no_new_privileges != Known(True):
                told += f"; {len(may)} more within reach of set-user-ID programs"
            told += f"; {_than(against, against.capabilities_more, against.capabilities_fewer)}"
            return told


def _than(against: Against, more: tuple[str, ...], fewer: tuple[str, ...]) -> str:
    parts = [f"more: {_first(more)}" if more else "", f"fewer: {_first(fewer)}" if fewer else ""]
    told = "; ".join(part for part in parts if part)
    name = _named_engine(against)
    return f"against {name}'s default {told}" if told else f"as {name}'s default"


def _named_engine(against: Against) -> str:
    return f"{against.engine} {against.version}".strip()


def _first(names: Iterable[str]) -> str:
    every = list(names)
    rest = len(every) - MOST_NAMES
    return ", ".join(every[:MOST_NAMES]) + (f" and {rest} others" if rest > 0 else "")


def _new_privileges(confinement: Confinement) -> str:
    match confinement.no_new_privileges:
        case Known(True):
            return "cannot be gained"
        case Known(_):
            return "can be gained by set-user-ID programs and files with capabilities"
        case Unknown(reason):
            return f"not known: {reason}"


def _calls(told: Explanation) -> str:
    match told.confinement.syscalls:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(filter_) if filter_.absent:
            text = f"all {told.calls} of {told.architecture} reach the kernel: no filter"
        case Known(filter_):
            text = f"{told.passing} of {told.calls} of {told.architecture} reach the kernel (filter {filter_.profile})"
    return f"{text}; {_than(told.against, told.against.calls_more, told.against.calls_fewer)}"


def _interfaces(told: Explanation) -> Iterator[tuple[str, str]]:
    """What stands open first, then what is closed by one thing alone, then the rest."""
    by_words: dict[str, list[InterfaceAnswer]] = {}
    for answer in sorted(told.interfaces, key=lambda item: (_ORDER.index(item.exposure), len(item.closed_by))):
        by_words.setdefault(_words(answer), []).append(answer)
    label = "kernel interfaces"  # once, for the first of the lines
    for words, answers in by_words.items():
        yield label, f"{words}: {', '.join(_with_doubt(answer) for answer in answers)}"
        label = ""
    yield label, _than(told.against, told.against.interfaces_more, told.against.interfaces_fewer)


_ORDER = tuple(Exposure)


def _words(answer: InterfaceAnswer) -> str:
    if answer.exposure is not Exposure.CLOSED:
        return answer.exposure.value
    by = " and ".join(answer.closed_by)
    return f"closed by {by} alone" if len(answer.closed_by) == 1 else f"closed by {by}"


def _with_doubt(answer: InterfaceAnswer) -> str:
    doubts = dict.fromkeys(item.because for item in answer.conditions if item.met is None)
    return f"{answer.name} ({'; '.join(doubts)})" if answer.exposure is Exposure.UNCERTAIN else answer.name


def _hidden(confinement: Confinement, against: Against) -> str:
    told = _named(confinement.masked_paths, "none")
    if not against.paths_more:
        return told
    return f"{told}; seen here, hidden by {_named_engine(against)}'s default: {_first(against.paths_more)}"


def _namespaces(confinement: Confinement) -> str:
    match confinement.namespaces:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(spaces):
            shared = sorted(kind.value for kind, whose in spaces.items() if whose is Sharing.HOST)
            others = sorted(kind.value for kind, whose in spaces.items() if whose is Sharing.OTHER)
            own = sorted(kind.value for kind, whose in spaces.items() if whose is Sharing.OWN)
            groups = (("own", own), ("the host's", shared), ("another container's", others))
            return "; ".join(f"{label}: {', '.join(kinds)}" for label, kinds in groups if kinds)


def _root(confinement: Confinement) -> str:
    match confinement.read_only_root:
        case Known(value):
            return "read-only" if value else "writable"
        case Unknown(reason):
            return f"not known: {reason}"


def _mounts(confinement: Confinement) -> str:
    match confinement.mounts:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(()):
            return "nothing"
        case Known(mounts):
            return _first(
                f"{item.source} at {item.destination}"
                f" ({'read-only' if item.read_only else 'writable'}{', ' + item.propagation if item.propagation else ''})"
                for item in mounts
            )


def _named(value: Known[tuple[str, ...]] | Unknown, nothing: str) -> str:
    match value:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(names):
            return _first(names) if names else nothing


def _devices(confinement: Confinement) -> str:
    told = _named(confinement.devices, "none but the usual")
    match confinement.device_access:
        case Known(access) if access.everything:
            return f"{told}; its control group lets every device through"
        case Known(access):
            more = [str(rule) for rule in access.exceptions if rule not in ALLOWED_BY_RUNC]
            return f"{told}; its control group lets through besides: {_first(more)}" if more else told
        case Unknown():
            return told


def _lsm(confinement: Confinement) -> str:
    match confinement.lsm:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(lsm) if lsm.module == "none":
            return "none confines it"
        case Known(lsm):
            return f"{lsm.module} {lsm.label}" + ("" if lsm.enforcing else " (does not enforce)")
