"""A build step runs without the confinement of the builder.

`--security=insecure` gives it every capability and every device of the machine that builds; `--network=host` the network
of that machine, with services that listen on its loopback.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="build-step-unconfined",
    severity="high",
    kind="misconfiguration",
    remedy="Take the option out; fetch in a step with the usual network, build without privileges.",
    references=(
        "https://docs.docker.com/reference/dockerfile/#run---security",
        "https://docs.docker.com/reference/dockerfile/#run---network",
    ),
)


def check(subject: BuildStep) -> Outcome:
    """Whether the builder's confinement is taken off."""
    if subject.security == "insecure":
        return Broken(because="the step has all capabilities (--security=insecure)", at=subject.at)
    if subject.network == "host":
        return Broken(because="the step has the network of the building machine", at=subject.at, severity=Severity.MEDIUM)
    return Holds()
