"""From facts to a report: judge everything, keep what could not be told, rank what is worth doing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringfence import __version__
from ringfence.engine import judging
from ringfence.engine.judging import Subject
from ringfence.engine.storeys import Gathered
from ringfence.model.finding import Finding, Problem
from ringfence.model.report import SCHEMA, Report, RunStatus, Status, Target, UndecidedCheck


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told: the time (RFC 3339) and the advisory store (empty: the default one)."""

    at: str
    db: str = ""


def assess(gathered: tuple[Gathered, ...], problems: tuple[Problem, ...], target: Target, settings: Settings) -> Report:
    """The report on everything gathered. `problems` are those of collecting."""
    judged = judging.judge((*judging.subjects(gathered), *_workloads(gathered)))
    return Report(
        schema=SCHEMA,
        made_by=f"ringfence {__version__}",
        made_at=settings.at,
        target=target,
        status=_status(problems, judged.undecided),
        findings=ranked(judged.findings),
        packages=tuple(package for item in gathered for package in item.facts.packages),
        workloads=tuple(workload for item in gathered for workload in item.facts.workloads),
        undecided=judged.undecided,
    )


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first; equal ones in a stable order, whatever order they were found in."""
    return tuple(sorted(findings, key=lambda item: (item.severity.rank, item.layer, item.rule, item.target, item.id)))


def _workloads(gathered: tuple[Gathered, ...]) -> Iterator[Subject]:
    for item in gathered:
        for workload in item.facts.workloads:
            yield Subject(workload, item.storey, item.target)


def _status(problems: tuple[Problem, ...], undecided: tuple[UndecidedCheck, ...]) -> Status:
    """Partial if anything could not be done or told (docs/adr/0003)."""
    partial = problems or undecided
    return Status(result=RunStatus.PARTIAL if partial else RunStatus.SUCCEEDED, problems=problems)
