"""Exceptions applied: which findings a person decided to live with, until when, and which decisions have run out."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from ringfence.formats.ignore_file import Exemption
from ringfence.model.fact import Fact
from ringfence.model.finding import AffectedPackage, Finding, Problem, Suppression


class Applied(Fact):
    """What came of it: every finding, in the same order, some now suppressed.

    `problems` names each exception that has run out while what it covered is still there: a person must decide again.
    `expired` are these exceptions, each with the first finding it covered.
    `unused` are the exceptions that matched nothing; that is worth a line, not a failed run.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    unused: tuple[Exemption, ...] = ()
    expired: tuple[tuple[Exemption, Finding], ...] = ()


def apply(findings: Iterable[Finding], exemptions: tuple[Exemption, ...], today: str) -> Applied:
    """Suppress what an exception in force covers; the first in the file wins. `today` is YYYY-MM-DD.

    A finding that is suppressed already (by a VEX document) keeps that reason.
    """
    judged: list[Finding] = []
    matched: dict[int, int] = {}
    first: dict[int, Finding] = {}
    for finding in findings:
        now = finding
        for index, exemption in enumerate(exemptions):
            if not covers(exemption, finding):
                continue
            matched[index] = matched.get(index, 0) + 1
            first.setdefault(index, finding)
            if now.suppressed is None and not expired(exemption, today):
                now = msgspec.structs.replace(now, suppressed=_suppression(exemption))
        judged.append(now)
    return Applied(
        findings=tuple(judged),
        problems=tuple(
            _ran_out(exemption, matched[index])
            for index, exemption in enumerate(exemptions)
            if index in matched and expired(exemption, today)
        ),
        expired=tuple((exemptions[index], finding) for index, finding in first.items() if expired(exemptions[index], today)),
        unused=tuple(exemption for index, exemption in enumerate(exemptions) if index not in matched),
    )


def expired(exemption: Exemption, today: str) -> bool:
    """Whether its last day is over. ISO 8601 dates order as text."""
    return exemption.until != "" and exemption.until < today


def covers(exemption: Exemption, finding: Finding) -> bool:
    """Whether every selector that is given matches the finding."""
    return (
        exemption.rule in ("", finding.rule, finding.secret.rule if finding.secret else finding.rule)
        and (not exemption.secret or _is_secret(exemption.secret, finding))
        and exemption.id in ("", finding.id)
        and (not exemption.cve or exemption.cve.upper() in {name.upper() for name in (finding.rule, *finding.aliases)})
        and (not exemption.package or _names(exemption.package, finding.package))
        and _fits(exemption.path, finding.location.path)
        and _fits(exemption.workload, str(finding.workload) if finding.workload else "")
        and _fits(exemption.target, finding.target)
    )


def _is_secret(hash_: str, finding: Finding) -> bool:
    """Whether a hash and the finding's fingerprint are starts of the same one."""
    if finding.secret is None or not finding.secret.fingerprint:
        return False
    return hash_.startswith(finding.secret.fingerprint) or finding.secret.fingerprint.startswith(hash_)


def _fits(pattern: str, text: str) -> bool:
    """Whether `text` matches; no pattern matches anything, and a pattern never matches what is not there."""
    return not pattern or (text != "" and fnmatchcase(text, pattern))


def _names(pattern: str, package: AffectedPackage | None) -> bool:
    if package is None:
        return False
    return any(_fits(pattern, name) for name in (package.name, f"{package.name}@{package.version}", package.purl))


def _suppression(exemption: Exemption) -> Suppression:
    return Suppression(by=str(exemption.at), reason=exemption.reason, until=exemption.until)


def _ran_out(exemption: Exemption, findings: int) -> Problem:
    what = "a finding that is" if findings == 1 else f"{findings} findings that are"
    return Problem(
        where=str(exemption.at),
        why=f"the exception ran out on {exemption.until}, for {what} still there",
        mend="mend it, or decide again and give a later date",
    )
