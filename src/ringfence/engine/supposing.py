"""What-if: CVEs judged on the stack as it is and as it would be after changes, side by side. Nothing is touched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from ringfence.engine import impacts
from ringfence.graph.affected import newest_fix
from ringfence.graph.assemble import Graph
from ringfence.graph.changes import Supposed, applied, said
from ringfence.graph.controls import Defaults
from ringfence.knowledge import runtime_defaults, stack_cves
from ringfence.model.change import Change
from ringfence.model.component import Component
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.report import Impact
from ringfence.model.stack_cve import StackCve
from ringfence.model.syscall_filter import SyscallFilter

ENGINE = "containerd"
"""The runtime whose defaults stand for what a container gets that asks for nothing."""
Profiles = Mapping[str, Callable[[int], SyscallFilter]]
"""System call profiles by name, each for a container with a bounding set of capabilities."""


@dataclass(frozen=True, slots=True)
class Question:
    """CVEs, another kernel release if one is named, and the changes that are supposed, with the profiles they name."""

    cves: tuple[StackCve, ...]
    kernel: str = ""
    changes: tuple[Change, ...] = ()
    profiles: Profiles = field(default_factory=dict)


def answers(graph: Graph, asked: Question) -> tuple[Impact, ...]:
    """The impact of each CVE; where something is supposed, with the radius that it would have without that."""
    if not asked.changes:
        return impacts.evaluate(graph, asked.cves, asked.kernel)
    before = impacts.evaluate(graph, asked.cves, asked.kernel)
    after = impacts.evaluate(applied(graph, asked.changes, supposed(asked.profiles)), asked.cves, asked.kernel)
    told = tuple(said(change) for change in asked.changes)
    return tuple(
        msgspec.structs.replace(new, supposed=told, before=old.radius) for old, new in zip(before, after, strict=True)
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
