"""What containers log stays on their host.

Docker writes it into files beside the containers unless told otherwise. Who breaks out of a container, or removes it,
removes what it logged, and after an attack nothing is left to read. A logging driver that sends it elsewhere, or an agent
that reads the files, keeps it.

An agent is not seen from here: if one ships the files, this may be ignored.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="container-logs-only-here",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `log-driver` to one that sends logs to another machine (syslog, fluentd), or ship the files.",
    references=("https://docs.docker.com/engine/logging/configure/",),
    aliases=("CIS-Docker-2.13",),
)


def check(engine: Engine) -> Outcome:
    """The drivers that keep logs in files of the host; none written means json-file."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.log_driver not in ("", "json-file", "local", "none"):
            return Holds()
        case Known(said):
            at = Location(path=engine.at.path, field="log-driver")
            return Broken(because=f"docker keeps what containers log on this host ({said.log_driver or 'json-file'})", at=at)
