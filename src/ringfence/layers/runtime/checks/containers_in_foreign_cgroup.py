"""Every container is put under a cgroup that somebody chose.

The limits of that cgroup then hold for all containers together, those that an administrator set for Docker's own do not,
and tools that look for containers where Docker usually puts them miss them.

It is wanted where a slice of systemd is to bound all containers: then this is only to be confirmed.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="containers-in-foreign-cgroup",
    severity="negligible",
    kind="misconfiguration",
    remedy="Take `cgroup-parent` out of /etc/docker/daemon.json unless the cgroup and its limits are meant.",
    references=("https://docs.docker.com/reference/cli/dockerd/",),
    aliases=("CIS-Docker-2.10",),
)


def check(engine: Engine) -> Outcome:
    """Only what somebody wrote."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.cgroup_parent:
            at = Location(path=engine.at.path, field="cgroup-parent")
            return Broken(because=f"docker puts every container under the cgroup {said.cgroup_parent}", at=at)
        case Known(_):
            return Holds()
