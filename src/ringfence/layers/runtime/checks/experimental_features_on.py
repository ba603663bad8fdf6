"""The container engine runs with experimental features.

They are not supported, change from version to version, and were looked at by fewer people than the rest.

It is wanted to try one, not where others' containers run.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="experimental-features-on",
    severity="low",
    kind="misconfiguration",
    remedy='Take `"experimental": true` out of /etc/docker/daemon.json.',
    references=("https://docs.docker.com/reference/cli/dockerd/",),
    aliases=("CIS-Docker-2.18",),
)


def check(engine: Engine) -> Outcome:
    """Docker's default is off."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.experimental:
            at = Location(path=engine.at.path, field="experimental")
            return Broken(because="docker's experimental features are on", at=at)
        case Known(_):
            return Holds()
