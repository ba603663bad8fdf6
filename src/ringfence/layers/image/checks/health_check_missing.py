"""The image declares no health check.

Without HEALTHCHECK an engine knows only whether the process is there, not whether it serves. Kubernetes does not look
at it and has probes of its own; there it is legitimate to have none.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="health-check-missing",
    severity="negligible",
    kind="misconfiguration",
    remedy=("Add `HEALTHCHECK CMD [...]` with a program that is in the image, or probes in the manifest."),
    references=(
        "https://docs.docker.com/reference/dockerfile/#healthcheck",
        "https://www.cisecurity.org/benchmark/docker",
    ),
    aliases=(
        "CIS-4.6",
        "CIS-DI-0006",
    ),
)


def check(subject: Facts) -> Outcome:
    """Whether the configuration has one that is not NONE."""
    if isinstance(subject.config, Unknown):
        return Undecided(why=subject.config.reason)
    if subject.config.value.has_health_check:
        return Holds()
    return Broken(because="there is no HEALTHCHECK, or it is NONE", at=Location(field="config.Healthcheck"))
