"""One container seen by several storeys becomes one workload: what one does not know the other may.

The runtime knows what it asked for (the filter's rules, mounts, that it was privileged); the kernel knows what holds for the
live process (capability sets, id maps, namespaces, label). Where both know and differ, each is believed in its own field,
and the difference is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import msgspec

from ringfence.model.confinement import Confinement
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.workload import Workload

ASKED_FILTERS = 1
"""Filters that a runtime loads for a profile: runc and crun put all of it into one program."""
LIVE = frozenset({"capabilities", "no_new_privileges", "uid_map", "gid_map", "namespaces", "lsm", "uid", "gid"})
"""Fields in which the live process is believed over what the runtime asked for."""

_FACTS = tuple(name for name in Confinement.__struct_fields__ if name != "evidence")


class Disagreement(Fact):
    """A field on which two views differ: what the runtime said, and what the live process shows."""

    container_id: str
    field: str
    asked: str
    live: str


class Joined(Fact):
    """A workload with the differences between its views."""

    workload: Workload
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(slots=True)
class _Merged:
    """Two confinements as one, and where they differ: field, as asked, live. `of` keeps the two alive, and so their ids."""

    of: tuple[Confinement, Confinement]
    confinement: Confinement
    differ: tuple[tuple[str, str, str], ...]


Merges = dict[tuple[int, int, bool], _Merged]
"""Merges made so far, by the identities of the two: workloads that share confinements go on sharing them."""


def join(asked: Workload, live: Workload, *, believed: bool = True, known: Merges | None = None) -> Joined:
    """Two views of one container as one. `asked` is the engine's or the manifest's, `live` the kernel's.

    With `believed` False the second is what somebody wrote down: it only fills in what the first does not tell.
    """
    key = (id(asked.confinement), id(live.confinement), believed)
    merged = known.get(key) if known is not None else None
    if merged is None:
        merged = _merged(asked.confinement, live.confinement, believed=believed)
        if known is not None:
            known[key] = merged
    differ = tuple(
        Disagreement(container_id=asked.container_id, field=name, asked=ours, live=theirs)
        for name, ours, theirs in merged.differ
    )
    return Joined(workload=_rest(asked, live, merged.confinement), disagreements=differ)


def _merged(asked: Confinement, live: Confinement, *, believed: bool) -> _Merged:
    changed: dict[str, object] = {}
    differ: list[tuple[str, str, str]] = []
    for name in _FACTS:
        ours = cast("Known[object] | Unknown", getattr(asked, name))
        theirs = cast("Known[object] | Unknown", getattr(live, name))
        better = _better(ours, theirs, live_wins=believed and name in LIVE)
        if better is not ours:
            changed[name] = better
        if believed and isinstance(ours, Known) and isinstance(theirs, Known) and ours != theirs and name in LIVE:
            differ.append((name, repr(ours.value), repr(theirs.value)))
    if believed:
        stacked = _stacked(changed.get("syscalls", asked.syscalls), live)
        if stacked is not asked.syscalls:
            changed["syscalls"] = stacked
        if _lacks_filter(asked, live):
            changed["syscalls"] = live.syscalls
            differ.append(("syscalls", repr(asked.syscalls), repr(live.syscalls)))
    evidence = tuple(dict.fromkeys((*asked.evidence, *live.evidence)))
    same = not changed and evidence == asked.evidence
    whole = asked if same else msgspec.structs.replace(asked, **changed, evidence=evidence)
    return _Merged((asked, live), whole, tuple(differ))


def _lacks_filter(asked: Confinement, live: Confinement) -> bool:
    """Whether a filter was asked for and the live process has none: no process can take one off, so none was put on."""
    match asked.syscalls, live.syscalls:
        case Known(wanted), Known(seen):
            return seen.absent and not wanted.absent
        case _:
            return False


def _stacked(value: object, live: Confinement) -> object:
    """The filter with the number of those that the live process has besides, which nobody can read."""
    match value, live.filters:
        case Known(value=SyscallFilter() as filter_), Known(count):
            further = count - (0 if filter_.absent else ASKED_FILTERS)
            return Known(msgspec.structs.replace(filter_, further=further)) if further > 0 else value
        case _:
            return value


def _better(asked: Known[object] | Unknown, live: Known[object] | Unknown, *, live_wins: bool) -> Known[object] | Unknown:
    first, second = (live, asked) if live_wins else (asked, live)
    return first if isinstance(first, Known) or isinstance(second, Unknown) else second


def _rest(asked: Workload, live: Workload, confinement: Confinement) -> Workload:
    """The fields that are not about confinement: the engine's word where it has one."""
    return msgspec.structs.replace(
        asked,
        confinement=confinement,
        node=asked.node or live.node,
        running=asked.running or live.running,
        image=asked.image or live.image,
        image_digest=asked.image_digest or live.image_digest,
        container_id=asked.container_id or live.container_id,
        cgroup=asked.cgroup or live.cgroup,
        engine=asked.engine or live.engine,
        oci_runtime=asked.oci_runtime or live.oci_runtime,
        pids=tuple(sorted({*asked.pids, *live.pids})),
        secrets=tuple(dict.fromkeys((*asked.secrets, *live.secrets))),
        location=asked.location if asked.location.path else live.location,
    )


def _ordered(views: tuple[Workload, ...]) -> list[Workload]:
    def rank(view: Workload) -> tuple[bool, int]:
        return (written_down(view), -tells_more(view))

    if len({rank(view) for view in views}) == len(views):
        return sorted(views, key=rank)
    return sorted(views, key=lambda view: (rank(view), msgspec.json.encode(view, order="deterministic")))


def tells_more(workload: Workload) -> int:
    """How much a view is an engine's word: it has the name someone chose, the runtime that was called, the filter's rules.

    The kernel's view names a container by its id, and can tell the engine from the cgroup's path but never the runtime.
    """
    named = bool(workload.identity.name) and not workload.container_id.startswith(workload.identity.name)
    return 4 * named + 2 * bool(workload.oci_runtime) + isinstance(workload.confinement.syscalls, Known)


def written_down(workload: Workload) -> bool:
    """Whether a view is a manifest's: nobody has looked at the container itself."""
    seen = workload.pids or workload.cgroup or workload.engine or workload.oci_runtime
    return bool(workload.location.path) and not seen


def joined(views: Iterable[Workload], known: Merges | None = None) -> Joined:
    """All views of one container as one; the one that tells most of what was asked for leads. At least one view."""
    # Equally telling views in an order of their own, so that it makes no difference in which they came.
    ordered = _ordered(tuple(views))
    result = Joined(workload=ordered[0])
    for view in ordered[1:]:
        step = join(result.workload, view, believed=not written_down(view), known=known)
        result = Joined(workload=step.workload, disagreements=result.disagreements + step.disagreements)
    return result
