"""A namespace's Pod Security labels name a level or version that does not exist.

The API server refuses to store such labels. Where they are in force already, it takes an unknown level for restricted and an
unknown version for the latest, which is seldom what was meant.
"""

from ringfence.formats.pod_security_standard import faults
from ringfence.layers.kubernetes.facts import GuardedNamespace
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="pod-security-label-invalid",
    severity="medium",
    kind="misconfiguration",
    remedy="Give a level (privileged, baseline, restricted) and a version (`latest` or `v1.N`).",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-namespace-labels/",),
)


def check(subject: GuardedNamespace) -> Outcome:
    """What of the labels does not exist."""
    match subject.labels:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(labels):
            if any("{{" in value for value in labels.values()):
                return Undecided(why="the labels hold a template that was not rendered")
            found = faults(labels)
            return Broken(because=f"{subject.name}: {found[0]}", evidence=found, at=subject.at) if found else Holds()
