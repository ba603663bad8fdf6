"""Every container is started with a wall missing.

`privileged = true` in the engine's configuration gives each container the whole host; `pidns = "host"` and its like show
it the host's processes, network or shared memory. Who starts a container does not see it in the command.

It is wanted on a machine that serves one purpose, such as building images in containers; say it there, in the command.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="containers-open-by-default",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the setting out of the engine's configuration, and give it to the one container that needs it.",
    references=(
        "https://man7.org/linux/man-pages/man5/containers.conf.5.html",
        "https://docs.docker.com/reference/cli/dockerd/",
    ),
    aliases=("CIS-Docker-5.5", "CIS-Docker-5.10", "CIS-Docker-5.16", "CIS-Docker-5.17", "CIS-Docker-5.21"),
)


def check(engine: Engine) -> Outcome:
    """Privileged is worst; of the namespaces, cgroup's alone gives little."""
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.privileged:
            at = Location(path=engine.at.path, field="privileged")
            return Broken(because=f"{engine.name} starts every container privileged", at=at, severity=Severity.CRITICAL)
        case Known(said) if said.host_namespaces:
            only = said.host_namespaces == ("cgroup",)
            return Broken(
                because=f"{engine.name} gives every container the host's {', '.join(said.host_namespaces)} namespace",
                at=Location(path=engine.at.path),
                severity=Severity.LOW if only else None,
            )
        case Known(_):
            return Holds()
