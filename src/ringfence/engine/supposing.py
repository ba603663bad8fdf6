"""What-if: CVEs judged on the stack as it is and as it would be after changes, side by side. Nothing is touched."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from ringfence.advisories.store import default_path, open_store
from ringfence.engine import impacts
from ringfence.engine.impacts import Asked
from ringfence.errors import Unavailable, WrongUsage
from ringfence.graph.affected import newest_fix
from ringfence.graph.assemble import Graph
from ringfence.graph.changes import Supposed, applied, meant, said
from ringfence.graph.controls import Defaults
from ringfence.graph.decisions import decisions
from ringfence.knowledge import runtime_defaults, stack_cves
from ringfence.knowledge.decision_tables import decision_tables
from ringfence.model.change import Change
from ringfence.model.component import Component
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.report import Impact
from ringfence.model.syscall_filter import SyscallFilter

ENGINE = "containerd"
"""The runtime whose defaults stand for what a container gets that asks for nothing."""
Profiles = Mapping[str, Callable[[int], SyscallFilter]]
"""System call profiles by name, each for a container with a bounding set of capabilities."""


@dataclass(frozen=True, slots=True)
class Question:
    """CVEs, another kernel release if one is named, and the changes that are supposed, with the profiles they name.

    `db` is the advisory store (empty: the default one), which knows how a CVE is rated; `told` are inputs of decision tables
    that only the user can tell, by name.
    """

    cves: tuple[Asked, ...]
    kernel: str = ""
    changes: tuple[Change, ...] = ()
    profiles: Profiles = field(default_factory=dict)
    db: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


def answers(graph: Graph, asked: Question) -> tuple[Impact, ...]:
    """The impact of each CVE; where something is supposed, with the radius that it would have without that.

    Raises `WrongUsage` for a change that is about nothing here.
    """
    before = impacts.answers(graph, asked.cves, asked.kernel, asked.db)
    if not asked.changes:
        return _decided(graph, before, asked)
    for change in asked.changes:
        if not meant(graph, change):
            mend = "name a container or host as the report does"
            raise WrongUsage(f"nothing here is meant by {said(change)!r}", mend=mend)
    other = applied(graph, asked.changes, supposed(asked.profiles))
    after = impacts.answers(other, asked.cves, asked.kernel, asked.db)
    told = tuple(said(change) for change in asked.changes)
    found = (msgspec.structs.replace(new, supposed=told, before=old.radius) for old, new in zip(before, after, strict=True))
    return _decided(other, tuple(found), asked)


def _decided(graph: Graph, found: tuple[Impact, ...], asked: Question) -> tuple[Impact, ...]:
    """With what the tables of authorities say; their inputs that feeds give are unknown where there is no store."""
    try:
        with open_store(asked.db or default_path(os.environ)) as store:
            rated = store.ratings(item.cve.id for item in asked.cves)
    except Unavailable:
        rated = {}
    tables = decision_tables()
    return tuple(
        msgspec.structs.replace(item, decisions=decisions(graph, item, one.cve, rated.get(one.cve.id), tables, asked.told))
        for item, one in zip(found, asked.cves, strict=True)
    )


def defaults() -> Defaults:
    """What the runtime gives a container that asks for nothing."""
    return Defaults(
        capabilities=runtime_defaults.default_capabilities(ENGINE),
        syscalls=lambda mask: runtime_defaults.default_filter(ENGINE, mask),
    )


def supposed(profiles: Profiles | None = None) -> Supposed:
    """What changes need to know to be supposed."""
    known = stack_cves.stack_cves()
    order = impacts.orders()

    def newest(component: Component) -> Known[str] | Unknown:
        return newest_fix(component, known, order)

    return Supposed(defaults=defaults(), newest=newest, profiles=dict(profiles or {}))


def told_inputs(words: Iterable[str]) -> dict[str, str]:
    """Inputs of decision tables as the user writes them: `mission-prevalence=support`. Raises `WrongUsage`."""
    known = tellable()
    found = {}
    for word in words:
        name, _, value = (part.strip().lower().replace("-", " ") for part in word.partition("="))
        name = _HYPHENATED.get(name, name)
        if name not in known:
            raise WrongUsage(f"{word!r} tells no input of a table", mend=f"give one of {_named(known)}")
        if value not in known[name]:
            raise WrongUsage(f"{name} is never {value!r}", mend=f"give one of {', '.join(known[name])}")
        found[name] = value
    return found


_HYPHENATED = {"public well being impact": "public well-being impact", "mission and well being": "mission and well-being"}


def _named(names: Iterable[str]) -> str:
    return ", ".join(name.replace(" ", "-") for name in names)


def tellable() -> dict[str, tuple[str, ...]]:
    """The inputs that only the user can tell, with their values: what depends on a system, and how much."""
    giving = [table for table in decision_tables() if table.gives]
    return {table.gives: table.outcomes for table in giving} | {
        name: table.values(name) for table in giving for name in table.inputs
    }
