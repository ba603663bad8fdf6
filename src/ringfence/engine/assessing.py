"""From facts to a report: join, judge, match, evaluate, rank, and keep what could not be told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from ringfence import __version__
from ringfence.engine import advising, attack, impacts, judging, kernel_cves, support, unused_files, vulnerabilities
from ringfence.engine.judging import Subject
from ringfence.engine.rating import rated
from ringfence.engine.storeys import Gathered
from ringfence.engine.supposing import Question, answers
from ringfence.engine.target_kernel import meanings
from ringfence.graph.assemble import Graph
from ringfence.graph.attack.fixes import cutting, path_risk
from ringfence.graph.remedies import first, fixes, risk
from ringfence.graph.scope import scope
from ringfence.graph.target_kernel import TargetKernel, on_target
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.finding import Finding, Problem, Storey
from ringfence.model.node import NodeKind, workload_id
from ringfence.model.recording import Recording
from ringfence.model.report import SCHEMA, Report, RunStatus, Status, Target, UndecidedCheck
from ringfence.model.workload import Workload

FIRST_PATHS = 5
"""Kinds of attack paths in an audit; 'ringfence paths' has them all."""
MANY_FIXES = 1_000
"""Changes for single findings that compete with those that cut paths."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told: the time (RFC 3339), the advisory store (empty: the default one), after how many days its data is
    too old (0: never), the kernel to judge against (None: the one that each workload was seen on), and what a workload of
    the image was seen to do (None: nobody watched it).
    """

    at: str
    db: str = ""
    db_max_age: int = 0
    kernel: TargetKernel | None = None
    recording: Recording | None = None


def assess(gathered: tuple[Gathered, ...], problems: tuple[Problem, ...], target: Target, settings: Settings) -> Report:
    """The report on everything gathered. `problems` are those of collecting."""
    gathered = support.informed(gathered, settings.db)
    seen = impacts.graph_of(gathered)
    graph = on_target(seen, settings.kernel) if settings.kernel else seen
    unopened = unused_files.subjects(gathered, settings.recording)
    judged = judging.judge((*judging.subjects(gathered), *_workload_subjects(gathered, graph), *unopened))
    matched = vulnerabilities.assess(gathered, settings.db)
    packages = tuple(package for item in gathered for package in item.facts.packages)
    old = advising.stale(settings.db, settings.at, settings.db_max_age) if packages else ()
    known = stack_cves()
    stack = impacts.findings(impacts.evaluate(graph, known))
    kernels = kernel_cves.assess(
        graph, settings.db, frozenset(item.id for item in known), told_of_store=bool(matched.problems)
    )
    found = ranked(rated((*judged.findings, *matched.findings, *stack, *kernels.findings), settings.db))
    paths, attacked = attack.told(graph, found, attack.Asked(), most=FIRST_PATHS)
    closing = cutting(attacked, found)
    gone = {name for fix in closing for name in fix.removes}
    rest = fixes(tuple(finding for finding in found if finding.id not in gone), most=MANY_FIXES)
    return Report(
        schema=SCHEMA,
        made_by=f"ringfence {__version__}",
        made_at=settings.at,
        target=target,
        status=_status(problems + matched.problems + kernels.problems + old, judged.undecided),
        findings=found,
        # Which functions a program has is a matter of matching; a report of all would be megabytes of sums.
        packages=tuple(msgspec.structs.replace(item, linked="") if item.linked else item for item in packages),
        workloads=_workloads(graph),
        undecided=judged.undecided,
        fixes=first((*closing, *rest)),
        components=scope(graph),
        risk=risk(found) + path_risk(attacked),
        paths=paths,
        attack=attacked,
        on_kernel=meanings(seen, settings.kernel) if settings.kernel else (),
    )


def judged(
    asked: Iterable[Subject], gathered: tuple[Gathered, ...], problems: tuple[Problem, ...], target: Target, at: str
) -> Report:
    """The report on nothing but the subjects `asked` about, found in what was gathered."""
    judgement = judging.judge(asked)
    found = ranked(judgement.findings)
    return Report(
        schema=SCHEMA,
        made_by=f"ringfence {__version__}",
        made_at=at,
        target=target,
        status=_status(problems, judgement.undecided),
        findings=found,
        workloads=tuple(workload for item in gathered for workload in item.facts.workloads),
        undecided=judgement.undecided,
        fixes=fixes(found),
        risk=risk(found),
    )


def inventory(gathered: tuple[Gathered, ...], problems: tuple[Problem, ...], target: Target, at: str) -> Report:
    """The packages of everything gathered, nothing judged."""
    return Report(
        schema=SCHEMA,
        made_by=f"ringfence {__version__}",
        made_at=at,
        target=target,
        status=_status(problems, ()),
        packages=tuple(package for item in gathered for package in item.facts.packages),
    )


def answer(
    gathered: tuple[Gathered, ...],
    problems: tuple[Problem, ...],
    target: Target,
    settings: Settings,
    asked: Question,
) -> Report:
    """The report on the CVEs that are `asked` about."""
    return answer_of(impacts.graph_of(gathered), problems, target, settings, asked)


def answer_of(whole: Graph, problems: tuple[Problem, ...], target: Target, settings: Settings, asked: Question) -> Report:
    """The report on the CVEs that are `asked` about, in a graph that is there already."""
    graph = on_target(whole, settings.kernel) if settings.kernel else whole
    evaluated = answers(graph, asked)
    return Report(
        schema=SCHEMA,
        made_by=f"ringfence {__version__}",
        made_at=settings.at,
        target=target,
        status=_status(problems, ()),
        findings=ranked(impacts.findings(evaluated)),
        workloads=_workloads(graph),
        impacts=impacts.with_defaults((item.cve for item in asked.cves), evaluated),
        on_kernel=meanings(whole, settings.kernel) if settings.kernel else (),
    )


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first; equal ones in a stable order, whatever order they were found in."""
    return tuple(sorted(findings, key=lambda item: (item.severity.rank, item.layer, item.rule, item.target, item.id)))


def _workloads(graph: Graph) -> tuple[Workload, ...]:
    return tuple(node.what for node in graph.nodes.values() if node.kind is NodeKind.WORKLOAD and node.what)


def _workload_subjects(gathered: tuple[Gathered, ...], graph: Graph) -> Iterator[Subject]:
    """Each container once, as all storeys together know it, under the storey that says most of it."""
    seen_by: dict[str, tuple[Storey, str]] = {}
    for item in gathered:
        for workload in item.facts.workloads:
            key = workload_id(workload)
            if key not in seen_by or seen_by[key][0] is Storey.KERNEL:
                seen_by[key] = (item.storey, item.target)
    for workload in _workloads(graph):
        storey, target = seen_by.get(workload_id(workload), (Storey.RUNTIME, workload.node))
        yield Subject(workload, storey, target)


def _status(problems: tuple[Problem, ...], undecided: tuple[UndecidedCheck, ...]) -> Status:
    """Partial if anything could not be done or told (docs/adr/0003)."""
    partial = problems or undecided
    return Status(result=RunStatus.PARTIAL if partial else RunStatus.SUCCEEDED, problems=problems)
