"""A pod breaks the Pod Security Standard it is to keep.

A namespace that enforces a standard refuses the pod: a Deployment looks created and never gets one. One that only warns or
audits lets it in. The evidence has the API server's own words, and the place of each setting that breaks the standard.

Agents of the node need more than any standard allows. Give them a namespace of their own that says so, instead of lowering
the level of one that others use.
"""

from ringfence.formats.pod_security_standard import Level, Standard
from ringfence.layers.kubernetes.evaluate.pod_security import forbidden, unreadable, violations
from ringfence.layers.kubernetes.facts import Admission
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="pod-security-violated",
    severity="high",
    kind="misconfiguration",
    remedy="Change each setting that the API server names; `ringfence harden FILE` makes those changes that break nothing.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
    aliases=("CIS-5.2.1", "NSA-pod-security", "MITRE-T1610"),
)


def check(subject: Admission) -> Outcome:
    """What of the standard is broken, if anything; what cannot be read leaves it undecided."""
    found = violations(subject.pod, subject.standard)
    if not found:
        unread = unreadable(subject.pod)
        return Undecided(why=unread) if unread else Holds()
    does = {"enforce": "refuses it", "warn": "warns of it", "audit": "notes it"}.get(subject.mode, "would refuse it")
    return Broken(
        because=f"it breaks {subject.standard}, so {subject.asked_by} {does}: {', '.join(item.reason for item in found)}",
        at=found[0].at,
        evidence=tuple(f"{item.at}: {item.reason} ({item.detail})" for item in found),
        forbidden=forbidden(found),
        severity=_severity(subject),
    )


def _severity(subject: Admission) -> Severity:
    """By what the pod may do: the baseline forbids what opens the node, the rest of restricted is hardening."""
    baseline = Standard(level=Level.BASELINE, minor=subject.standard.minor)
    opens = bool(violations(subject.pod, baseline))
    if subject.mode == "enforce":
        return Severity.HIGH if opens else Severity.MEDIUM
    return Severity.MEDIUM if opens else Severity.LOW
