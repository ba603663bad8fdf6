"""Which engines' defaults stop a CVE by themselves, version by version: a mitigation is a versioned fact like a fix.

The host is taken to leave everything open, so that only the container's own confinement can stop a way.
"""

from collections.abc import Iterable

from ringfence.graph.answers import any_of
from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.model.component import KernelState
from ringfence.model.default_container import DefaultContainer, DefaultVerdict
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import (
    AttackerActs,
    CgroupVersion,
    InRootCgroup,
    KernelModule,
    KernelOfDistribution,
    KernelOption,
    MachineIs,
    NoLsmDenial,
    Precondition,
    StackCve,
    Sysctl,
    Way,
)

OPEN_KERNEL = KernelState(
    node="",
    release=Unknown("no host is meant"),
    config=Known({"CONFIG_USER_NS": "y", "CONFIG_IA32_EMULATION": "y"}),
    sysctls={
        "user.max_user_namespaces": Known("65536"),
        "kernel.unprivileged_userns_clone": Known(""),
        "kernel.apparmor_restrict_unprivileged_userns": Known(""),
    },
)
"""A kernel that lets user namespaces be made and runs 32-bit programs."""

OF_THE_HOST = (
    *(KernelOption, KernelModule, KernelOfDistribution, MachineIs, Sysctl, CgroupVersion),
    *(NoLsmDenial, InRootCgroup, AttackerActs),
)
"""Kinds of conditions that the engine's defaults do not settle."""


def stopped_by_defaults(cve: StackCve, containers: Iterable[DefaultContainer]) -> tuple[DefaultVerdict, ...]:
    """For each engine and version whether its defaults stop `cve`; nothing where no part of a container's own decides."""
    if not any(_own(way) for way in cve.ways):
        return ()
    return tuple(_verdict(cve, container) for container in containers)


def _own(way: Way) -> tuple[Precondition, ...]:
    return tuple(item for item in way.preconditions if not isinstance(item, OF_THE_HOST))


def _verdict(cve: StackCve, container: DefaultContainer) -> DefaultVerdict:
    subject = Subject(container.confinement, OPEN_KERNEL)
    found = any_of("", (_way(way, subject) for way in cve.ways))
    stops = None if found.met is None else not found.met
    return DefaultVerdict(
        engine=container.engine, spans=container.spans, stops=stops, because=found.because, control=found.control
    )


def _way(way: Way, subject: Subject) -> ConditionResult:
    """A way as one answer: what stops it, else what is not known, else that nothing stands in it."""
    answers = [evaluate(item, subject) for item in _own(way)]
    for wanted in (False, None):
        for answer in answers:
            if answer.met is wanted:
                return answer
    because = "; ".join(dict.fromkeys(answer.because for answer in answers)) or "it asks nothing of the container"
    return ConditionResult(condition=way.name, met=True, because=because)
