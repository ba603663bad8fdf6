"""A namespace enforces the newest Pod Security Standard, whatever that will be.

Without `pod-security.kubernetes.io/enforce-version` an upgrade of the cluster changes what is forbidden: pods that ran
yesterday are refused when they are next made, which may be in the middle of the night.

A namespace whose owners test against new versions beforehand may leave it at `latest` on purpose.
"""

from ringfence.formats.pod_security_standard import LABEL, LEVELS, Level
from ringfence.layers.kubernetes.facts import GuardedNamespace
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="pod-security-version-floating",
    severity="negligible",
    kind="misconfiguration",
    remedy="Label it `pod-security.kubernetes.io/enforce-version: v1.N` with the cluster's version; raise it on purpose.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-admission/",),
)


def check(subject: GuardedNamespace) -> Outcome:
    """Whether an enforced level has a version."""
    match subject.labels:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(labels):
            level = labels.get(f"{LABEL}enforce", "")
            if level not in LEVELS or level == Level.PRIVILEGED:
                return NotApplicable(why="it enforces no level")
            if labels.get(f"{LABEL}enforce-version", "latest") != "latest":
                return Holds()
            return Broken(because=f"{subject.name} enforces {level} without a version", at=subject.at)
