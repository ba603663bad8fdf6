"""Containers stop when Docker's daemon does.

An update of the daemon, a crash of it or an attacker who makes it crash takes every container of the host down with it,
and so updates are put off. With `live-restore` containers run on and the daemon finds them again.

Swarm cannot be used together with it.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="containers-stop-with-engine",
    severity="negligible",
    kind="misconfiguration",
    remedy='Set `"live-restore": true` in /etc/docker/daemon.json.',
    references=("https://docs.docker.com/engine/daemon/live-restore/",),
    aliases=("CIS-Docker-2.15",),
)


def check(engine: Engine) -> Outcome:
    """Docker's default is off."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.live_restore:
            return Holds()
        case Known(_):
            at = Location(path=engine.at.path, field="live-restore")
            return Broken(because="docker's containers stop when its daemon stops", at=at)
