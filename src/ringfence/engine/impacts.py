"""CVEs of the stack: which are asked about, what they reach, and the findings that follow for an audit."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from ringfence.engine import kernel_cves
from ringfence.engine.judging import identity
from ringfence.engine.storeys import Gathered, relations
from ringfence.engine.vulnerabilities import schemes
from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.graph.assemble import Graph, assemble
from ringfence.graph.default_profiles import stopped_by_defaults
from ringfence.graph.impact import impact, with_kernel
from ringfence.graph.kernel_verdicts import as_stack_cve
from ringfence.graph.orders import Orders, VersionKey
from ringfence.knowledge.default_containers import default_containers
from ringfence.knowledge.stack_cves import stack_cve, stack_cves
from ringfence.model.finding import Finding, FindingKind, Severity, Shown, Storey, Verdict, VerdictStatus
from ringfence.model.kernel_cve import KernelCve
from ringfence.model.location import Location
from ringfence.model.report import ComponentVerdict, Impact, WorkloadVerdict
from ringfence.model.stack_cve import StackCve

CVE_ID = re.compile(r"CVE-\d{4}-\d{4,19}")
"""https://www.cve.org/ResourcesSupport/FAQs: four-digit year, sequence number of four digits or more."""

_WORST = (VerdictStatus.REACHABLE, VerdictStatus.UNDECIDED, VerdictStatus.MITIGATED, VerdictStatus.ABSENT)


class Asked(NamedTuple):
    """A CVE somebody asks about. `record` is the kernel's own, where that is all there is to go by."""

    cve: StackCve
    record: KernelCve | None = None


def named(ids: Iterable[str], db: str = "") -> tuple[Asked, ...]:
    """The CVEs with these ids, by their known preconditions, else by the kernel's own records in the store at `db`.

    Raises `WrongUsage` for what is no id, `UnreadableInput` for one that neither knows.
    """
    found: list[Asked] = []
    for name in map(str.upper, ids):
        if not CVE_ID.fullmatch(name):
            raise WrongUsage("is not a CVE id", where=name, mend="write it as CVE-2022-0492")
        cve = stack_cve(name)
        record = kernel_cves.record_of(name, db) if cve is None else None
        if record is not None:
            found.append(Asked(as_stack_cve(record), record))
        elif cve is not None:
            found.append(Asked(cve))
        else:
            raise UnreadableInput(
                f"is among neither the {len(stack_cves())} stack CVEs known here nor the store's records of the kernel",
                where=name,
                mend="for a vulnerable package see 'ringfence db lookup'; for the kernel run 'ringfence db update'",
            )
    return tuple(found)


def answers(graph: Graph, asked: Iterable[Asked], kernel: str = "", db: str = "") -> tuple[Impact, ...]:
    """The impact of each CVE asked about; on another kernel release if `kernel` names one."""
    judged = with_kernel(graph, kernel) if kernel else graph
    known = orders()
    return tuple(
        impact(judged, item.cve, known, kernel_cves.told(judged, item.record, db) if item.record else None) for item in asked
    )


def graph_of(gathered: Iterable[Gathered]) -> Graph:
    """The one graph of everything gathered."""
    return assemble(relations(item) for item in gathered)


def evaluate(graph: Graph, cves: Iterable[StackCve], kernel: str = "") -> tuple[Impact, ...]:
    """The impact of each CVE; on another kernel release if `kernel` names one."""
    asked = with_kernel(graph, kernel) if kernel else graph
    known = orders()
    return tuple(impact(asked, cve, known) for cve in cves)


def with_defaults(cves: Iterable[StackCve], impacts: Iterable[Impact]) -> tuple[Impact, ...]:
    """The impacts of these CVEs with what engines' defaults do against each."""
    containers = default_containers()
    return tuple(
        msgspec.structs.replace(item, by_default=stopped_by_defaults(cve, containers))
        for cve, item in zip(cves, impacts, strict=True)
    )


def orders() -> Orders:
    """The version orders that judgement needs."""
    by_ecosystem = schemes()

    def distribution(name: str) -> VersionKey | None:
        """Ecosystems are written `Debian`, distributions `debian:12`."""
        family = name.partition(":")[0].lower()
        return next((key for scheme, key in by_ecosystem.items() if scheme.lower() == family), None)

    return Orders(kernel=by_ecosystem["Linux"], semver=by_ecosystem["Go"], distribution=distribution)


def findings(impacts: Iterable[Impact]) -> tuple[Finding, ...]:
    """A finding for every affected instance of a component, as bad as the worst that a workload there can do with it."""
    return tuple(finding for item in impacts for finding in _of_one(item))


def _of_one(item: Impact) -> Iterator[Finding]:
    on: dict[str, list[WorkloadVerdict]] = {}
    for found in item.workloads:
        on.setdefault(found.node, []).append(found)
    for component in item.components:
        there = on.get(component.node, [])
        if component.affected is not False and not _never_there(there, component):
            yield _finding(item, component, [*on.get("", ()), *there] if component.node else there)


def _never_there(there: list[WorkloadVerdict], component: ComponentVerdict) -> bool:
    """Whether this kernel has not the faulty code, whatever its version: it was not built, or is another vendor's."""
    found = {verdict.verdict.status for verdict in there}
    return component.component.startswith("linux") and found == {VerdictStatus.ABSENT}


def _finding(item: Impact, component: ComponentVerdict, there: list[WorkloadVerdict]) -> Finding:
    verdict = _worst(there, component)
    storey = Storey.KERNEL if component.component.startswith("linux") else Storey.RUNTIME
    where = Location(field=component.component)
    return Finding(
        id=identity(item.cve, component.node, component.component),
        rule=item.cve,
        kind=FindingKind.VULNERABILITY,
        layer=storey,
        severity=_severity(Severity(item.severity), verdict.status),
        title=item.title,
        description=component.because,
        remedy=item.remedy,
        target=component.node,
        references=item.sources,
        location=where,
        verdict=verdict,
        evidence=Shown(seen=(component.because, f"'ringfence impact {item.cve}' shows every precondition")),
    )


def _worst(near: list[WorkloadVerdict], component: ComponentVerdict) -> Verdict:
    """The verdict that counts for this component, with how many of the workloads on its node have which."""
    # Of two kernels or two copies of a runtime on a node, each answers for the containers judged on it.
    there = [found.verdict for found in near if found.component in ("", component.component)]
    # Absent is a workload that does not stand on this component (as no running container does on a builder).
    seen = [verdict for verdict in there if verdict.status is not VerdictStatus.ABSENT]
    counts = {status: sum(verdict.status is status for verdict in seen) for status in _WORST}
    worst = next((status for status in _WORST if counts[status]), VerdictStatus.UNDECIDED)
    if not seen:
        return Verdict(status=worst, because=("no workload that was seen stands on it", component.because))
    first, *others = ((status.value, count) for status, count in counts.items() if count)
    also = "".join(f", {status} from {count}" for status, count in others)
    return Verdict(status=worst, because=(f"{first[0]} from {first[1]} of {len(there)} workloads{also}", component.because))


def _severity(own: Severity, status: VerdictStatus) -> Severity:
    """A mitigated hole is still to be closed, but not today; one nobody can decide is a step milder than a sure one."""
    ladder = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
    steps = {VerdictStatus.REACHABLE: 0, VerdictStatus.UNDECIDED: 1, VerdictStatus.MITIGATED: 3, VerdictStatus.ABSENT: 3}
    return ladder[min(len(ladder) - 1, own.rank + steps[status])]
