"""Changes that cut attack paths as fixes of an audit: what they close, and the findings that go away with them."""

from collections.abc import Iterable, Iterator

from ringfence.graph.remedies import risk
from ringfence.model.attack import AttackAnswer, PlannedChange
from ringfence.model.change import EVERYWHERE, ChangeKind
from ringfence.model.finding import Finding
from ringfence.model.report import Fix

START_POINTS = 12.0
"""Risk points of a start from which a goal can be reached: those of one high finding (`graph.remedies.POINTS`)."""
RULES = {
    ChangeKind.DROP_PRIVILEGED: "privileged-container",
    ChangeKind.SECCOMP_DEFAULT: "unconfined-seccomp",
    ChangeKind.NO_TOKEN: "service-account-token-mounted",
}
"""The checks whose findings about a container a change takes away for certain."""


def path_risk(answer: AttackAnswer) -> float:
    """The risk points of everything that is open to attack."""
    return START_POINTS * answer.starts_open


def cutting(answer: AttackAnswer, findings: Iterable[Finding]) -> tuple[Fix, ...]:
    """The plan's changes as fixes. What several close only together is shared among them."""
    counting = [finding for finding in findings if finding.suppressed is None]
    made = []
    for change, closed in _closed(answer):
        removed = [finding for finding in counting if _goes(finding, change)]
        made.append(
            Fix(
                change=change.change,
                removes=tuple(sorted(finding.id for finding in removed)),
                cost=max(1, round(change.effort)),
                risk_removed=round(START_POINTS * closed + risk(removed), 2),
            )
        )
    return tuple(made)


def _closed(answer: AttackAnswer) -> Iterator[tuple[PlannedChange, float]]:
    """Each change with the starts that it closes."""
    before = answer.starts_open
    together: list[PlannedChange] = []
    for change in answer.plan:
        together.append(change)
        if change.starts_open < before:
            yield from ((item, (before - change.starts_open) / len(together)) for item in together)
            before, together = change.starts_open, []
    yield from ((item, 0.0) for item in together)


def _goes(finding: Finding, change: PlannedChange) -> bool:
    kind = ChangeKind(change.kind)
    if kind is ChangeKind.UPDATE:
        return finding.location.field == change.detail and change.target in (EVERYWHERE, finding.target)
    return finding.rule == RULES.get(kind) and finding.workload is not None and str(finding.workload) == change.target
