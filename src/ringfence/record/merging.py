"""Several recordings as one: replicas, test runs, weeks. Pure; nothing is lost, and each entry keeps the runs it is from."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.recording import CallUse, CapabilityUse, FileUse, Recording

T = TypeVar("T")
Key = tuple[object, ...]


def merge(recordings: Iterable[Recording]) -> Recording:
    """The union. In whatever order and however often something is merged, the result is the same.

    What one of them could not see stays unknown only if none of them saw it.
    """
    given = tuple(recordings)
    return Recording(
        runs=tuple(sorted({run.id: run for item in given for run in item.runs}.values(), key=lambda run: run.id)),
        calls=_joined((use for item in given for use in item.calls), lambda use: (use.name, use.phase, use.entry), _call),
        arguments=_all(
            [item.arguments for item in given],
            lambda use: (use.name, use.phase, use.entry, use.values),
        ),
        capabilities=_all(
            [item.capabilities for item in given], lambda use: (use.name, use.phase, use.had, use.level), _capability
        ),
        files=_all(
            [item.files for item in given],
            lambda use: (use.path, use.access, use.phase, use.directory, use.relative, use.cut),
            _file,
        ),
        sockets=_all(
            [item.sockets for item in given],
            lambda use: (use.operation, use.family, use.address, use.port, use.phase),
        ),
        refusals=_all([item.refusals for item in given], lambda use: (use.name, use.phase)),
        assumed=tuple(sorted({name for item in given for name in item.assumed})),
    )


def _all(
    seen: list[Maybe[tuple[T, ...]]], key: Callable[[T], Key], join: Callable[[T, T], T] = lambda one, _other: one
) -> Maybe[tuple[T, ...]]:
    known = [item.value for item in seen if isinstance(item, Known)]
    if not known:
        reasons = sorted({item.reason for item in seen if isinstance(item, Unknown)})
        return Unknown("; ".join(reasons) or "nothing was recorded")
    return Known(_joined((use for uses in known for use in uses), key, join))


def _joined(uses: Iterable[T], key: Callable[[T], Key], join: Callable[[T, T], T]) -> tuple[T, ...]:
    found: dict[Key, T] = {}
    for use in uses:
        at = key(use)
        found[at] = join(found[at], use) if at in found else use
    return tuple(found[at] for at in sorted(found))


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def _call(one: CallUse, other: CallUse) -> CallUse:
    return CallUse(
        name=one.name,
        phase=one.phase,
        entry=one.entry,
        executables=_both(one.executables, other.executables),
        runs=_both(one.runs, other.runs),
    )


def _capability(one: CapabilityUse, other: CapabilityUse) -> CapabilityUse:
    return CapabilityUse(
        name=one.name,
        phase=one.phase,
        had=one.had,
        level=one.level,
        calls=_both(one.calls, other.calls),
        executables=_both(one.executables, other.executables),
        runs=_both(one.runs, other.runs),
    )


def _file(one: FileUse, other: FileUse) -> FileUse:
    return FileUse(
        path=one.path,
        access=one.access,
        phase=one.phase,
        directory=one.directory,
        relative=one.relative,
        cut=one.cut,
        executables=_both(one.executables, other.executables),
    )
