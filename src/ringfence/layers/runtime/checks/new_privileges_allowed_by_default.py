"""Programs in containers may gain rights by default.

With `no-new-privileges` a set-user-id program (`sudo`, `su`, `mount` in most images) gives nothing to whoever runs it, so
that a process that gave up root cannot take it back. The engine can set it for every container that says nothing.

It is not wanted where containers use sudo; they can be given back what they need one by one.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="new-privileges-allowed-by-default",
    severity="low",
    kind="misconfiguration",
    remedy='Set `"no-new-privileges": true` in /etc/docker/daemon.json (Podman: `no_new_privileges = true`, since 5.0).',
    references=("https://docs.docker.com/reference/cli/dockerd/", "https://docs.kernel.org/userspace-api/no_new_privs.html"),
    aliases=("CIS-Docker-2.14",),
)


def check(engine: Engine) -> Outcome:
    """Docker's daemon has the setting; for others only a written `false` counts."""
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.no_new_privileges:
            return Holds()
        case Known(said) if engine.name != "docker" and said.no_new_privileges is None:
            return NotApplicable(why=f"{engine.name} decides for each container")
        case Known(_):
            at = Location(path=engine.at.path, field="no-new-privileges")
            return Broken(because=f"{engine.name} lets set-user-id programs work in containers that say nothing", at=at)
