"""The container engine logs too little to see an attack, or so much that secrets get into the log.

Below `info` starts and stops of containers are not logged. `debug` writes whole requests, environment variables of
containers among them.

`debug` is for hours in which somebody looks for a fault.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="engine-log-level-unfit",
    severity="low",
    kind="misconfiguration",
    remedy='Take `log-level` and `debug` out of /etc/docker/daemon.json, or set `"log-level": "info"`.',
    references=("https://docs.docker.com/reference/cli/dockerd/",),
    aliases=("CIS-Docker-2.3",),
)


def check(engine: Engine) -> Outcome:
    """Docker's default is info."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.log_level in ("", "info"):
            return Holds()
        case Known(said):
            what = "too much" if said.log_level in ("debug", "trace") else "too little"
            at = Location(path=engine.at.path, field="log-level")
            return Broken(because=f"docker logs {what} at level {said.log_level}", at=at)
