"""A container that serves has no probe.

Without a readiness probe a Service sends requests to a container that cannot answer yet, and without a liveness probe one
that hangs stays as it is. A container without a shell cannot be looked into by hand: probes, metrics and logs are what tells
of its health.

Init containers and Jobs end by themselves and need none.
"""

from ringfence.formats.kubernetes_container import Container, ContainerRole
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="missing-probe",
    severity="low",
    kind="misconfiguration",
    remedy="Add a `readinessProbe`, and a `livenessProbe` where a restart helps.",
    references=("https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",),
)

ENDING = frozenset({"Job", "CronJob"})
"""Kinds whose pods run to an end."""


def check(subject: Container) -> Outcome:
    """Whether a probe tells of its health."""
    if subject.role is not ContainerRole.REGULAR or subject.identity.kind in ENDING:
        return NotApplicable(why="it is not made to stay")
    match subject.probes:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(probes) if "liveness" in probes or "readiness" in probes:
            return Holds()
        case Known():
            return Broken(because="nothing tells whether it is ready or alive", at=subject.at)
