"""From evaluated preconditions to a verdict: on a way in, and on a CVE.

A way is a conjunction. It is absent where the version has no fault or the kernel lacks the code; a single condition known
not to hold stops it, whatever else is unknown; otherwise a missing fact leaves it undecided; otherwise it is reachable. Of
several ways the worst counts.
"""

from collections.abc import Iterable

from ringfence.graph.affected import Affected
from ringfence.graph.kernel_side import code_is_missing
from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.model.finding import Verdict, VerdictStatus
from ringfence.model.report import ConditionResult, WayResult
from ringfence.model.stack_cve import StackCve, Way

WORST_FIRST = (VerdictStatus.REACHABLE, VerdictStatus.UNDECIDED, VerdictStatus.MITIGATED, VerdictStatus.ABSENT)
"""The order of verdicts: what can be used is worse than what may be, which is worse than what is stopped."""


def way_result(way: Way, affected: Affected, subject: Subject) -> WayResult:
    """One way in for one workload: every condition with its value, the version's first."""
    answers = tuple(evaluate(item, subject) for item in way.preconditions)
    conditions = (_version(way, affected), *answers)
    lacking = tuple(
        answer.because
        for item, answer in zip(way.preconditions, answers, strict=True)
        if answer.met is False and code_is_missing(item, subject)
    )
    status = Verdict(status=VerdictStatus.ABSENT, because=lacking) if lacking else _conjunction(way, affected, conditions)
    return WayResult(name=way.name, status=status, conditions=conditions)


def cve_results(cve: StackCve, affected: Affected, subject: Subject) -> tuple[WayResult, ...]:
    """Every way of a CVE, the worst first."""
    ways = [way_result(way, affected, subject) for way in cve.ways]
    return tuple(sorted(ways, key=lambda item: WORST_FIRST.index(item.status.status)))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several; absent if there is none."""
    found = sorted(verdicts, key=lambda item: WORST_FIRST.index(item.status))
    return found[0] if found else Verdict(status=VerdictStatus.ABSENT, because=("there is no way in",))


def _version(way: Way, affected: Affected) -> ConditionResult:
    if not way.closed_by_fix:
        return ConditionResult(
            condition="any version: the fix leaves this way open by design",
            met=True,
            because=affected.because,
        )
    control = "" if affected.value is not False else affected.control or "a version without the fault"
    return ConditionResult(condition="an affected version", met=affected.value, because=affected.because, control=control)


def _conjunction(way: Way, affected: Affected, conditions: tuple[ConditionResult, ...]) -> Verdict:
    if way.closed_by_fix and affected.value is False and not affected.control:
        return Verdict(status=VerdictStatus.ABSENT, because=(affected.because,))
    stopped = [item for item in conditions if item.met is False]
    if stopped:
        return Verdict(status=VerdictStatus.MITIGATED, because=tuple(_by(item) for item in stopped))
    missing = [item for item in conditions if item.met is None]
    if missing:
        return Verdict(status=VerdictStatus.UNDECIDED, because=tuple(item.because for item in missing))
    return Verdict(status=VerdictStatus.REACHABLE, because=tuple(item.because for item in conditions if item.because))


def _by(item: ConditionResult) -> str:
    return f"{item.control}: {item.because}" if item.control else item.because
