"""Root in a container is root of the host.

Docker can map the ids of its containers to ids that own nothing (`userns-remap`), or run as a user altogether
(rootless). Without either, whoever breaks out of a container that runs as root is root outside.

It is not wanted where containers share files with the host as root, or use the host's network namespace.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="user-namespaces-not-used",
    severity="low",
    kind="misconfiguration",
    remedy='Set `"userns-remap": "default"` in /etc/docker/daemon.json, or run Docker rootless.',
    references=(
        "https://docs.docker.com/engine/security/userns-remap/",
        "https://docs.docker.com/engine/security/rootless/",
    ),
    aliases=("CIS-Docker-2.1", "CIS-Docker-2.9"),
)


def check(engine: Engine) -> Outcome:
    """Docker alone has it as one setting; Podman and Kubernetes decide for each container."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} decides for each container")
    if engine.rootless:
        return Holds()
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.user_namespaces:
            return Holds()
        case Known(_):
            at = Location(path=engine.at.path, field="userns-remap")
            return Broken(because="docker maps root in containers to root of the host", at=at)
