"""One container's confinement in words: what it can do to the kernel, through which door, beside the engine's default."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringfence.model.confinement import HOST_IDS, Confinement, Kernel, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import names_of
from ringfence.model.workload import Workload
from ringfence.report.terminal.words import plain, wrap

LABEL = 18
"""Columns of the left column."""
MOST_NAMES = 24
"""System calls or paths that are named; the rest are counted."""


@dataclass(frozen=True)
class Beside:
    """What the container is compared with and what was worked out about its filter; all of it may be empty.

    `doors` are (name, state); `more` and `fewer` the calls by which the filter differs from the default of `engine`.
    """

    engine: str = ""
    capabilities: int = 0
    doors: tuple[tuple[str, str], ...] = ()
    passing: int = 0
    calls: int = 0
    more: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()


def lines(workload: Workload, beside: Beside, width: int) -> list[str]:
    """The page, each line at most `width` columns."""
    confinement = workload.confinement
    rows = [
        ("kernel", _kernel(confinement)),
        ("runs as", _identity(confinement)),
        ("capabilities", _capabilities(confinement, beside)),
        ("new privileges", _new_privileges(confinement)),
        ("system calls", _calls(confinement, beside)),
        *_doors(beside),
        ("namespaces", _namespaces(confinement)),
        ("root file system", _root(confinement)),
        ("from the host", _mounts(confinement)),
        ("devices", _named(confinement.devices, "none but the usual")),
        ("hidden paths", _named(confinement.masked_paths, "none")),
        ("read-only paths", _named(confinement.read_only_paths, "none")),
        ("security module", _lsm(confinement)),
    ]
    about = [
        workload.engine and f"{workload.engine} container",
        workload.image,
        workload.oci_runtime and f"by {workload.oci_runtime}",
    ]
    head = ", ".join(word for word in about if word)
    shown = [plain(f"{workload.identity}" + (f" ({head})" if head else ""))]
    for label, told in rows:
        shown += _row(label, told, width)
    return shown


def _row(label: str, told: str, width: int) -> list[str]:
    first, *rest = wrap(plain(told), max(20, width - LABEL - 2)) or [""]
    return [f"  {label:<{LABEL}}{first}", *(f"  {'':<{LABEL}}{line}" for line in rest)]


def _kernel(confinement: Confinement) -> str:
    match confinement.kernel:
        case Known(Kernel.HOST):
            return "the host's"
        case Known(Kernel.GUEST):
            return "its own, in a virtual machine: what follows is about that one"
        case Known(_):
            return "gVisor's, in user space: what follows is about that one"
        case Unknown(reason):
            return f"not known: {reason}"


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


def _capabilities(confinement: Confinement, beside: Beside) -> str:
    match confinement.capabilities:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(sets):
            held, may = (
                names_of(sets.effective | sets.permitted),
                names_of(sets.bounding & ~(sets.effective | sets.permitted)),
            )
            told = f"{len(held)} held: {', '.join(held)}" if held else "none held"
            if may:
                told += f"; {len(may)} more within reach of set-user-ID programs"
            if beside.engine:
                more = names_of(sets.bounding & ~beside.capabilities)
                fewer = names_of(beside.capabilities & ~sets.bounding)
                told += f"; {_than(beside.engine, more, fewer)}"
            return told


def _than(engine: str, more: tuple[str, ...], fewer: tuple[str, ...]) -> str:
    parts = [f"more: {_first(more)}" if more else "", f"fewer: {_first(fewer)}" if fewer else ""]
    told = "; ".join(part for part in parts if part)
    return f"against {engine}'s default {told}" if told else f"as {engine}'s default"


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


def _calls(confinement: Confinement, beside: Beside) -> str:
    match confinement.syscalls:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(filter_) if filter_.absent:
            told = "all reach the kernel: no filter"
        case Known(filter_):
            told = f"{beside.passing} of {beside.calls} reach the kernel (filter {filter_.profile})"
    return f"{told}; {_than(beside.engine, beside.more, beside.fewer)}" if beside.engine else told


def _doors(beside: Beside) -> Iterator[tuple[str, str]]:
    by_state: dict[str, list[str]] = {}
    for name, state in beside.doors:
        by_state.setdefault(state, []).append(name)
    label = "doors"  # once, for the first of the lines
    for state, names in by_state.items():
        yield label, f"{state}: {', '.join(names)}"
        label = ""


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


def _lsm(confinement: Confinement) -> str:
    match confinement.lsm:
        case Unknown(reason):
            return f"not known: {reason}"
        case Known(lsm) if lsm.module == "none":
            return "none confines it"
        case Known(lsm):
            return f"{lsm.module} {lsm.label}" + ("" if lsm.enforcing else " (does not enforce)")
