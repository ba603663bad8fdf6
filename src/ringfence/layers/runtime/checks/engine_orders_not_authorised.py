"""Whoever reaches Docker's API may do everything with it.

Docker knows two kinds of people: those who may not connect, and root. A plug-in that authorises each order can allow one
to list containers and not to start a privileged one.

On a host with one administrator, or where only the kubelet gives orders, it is not needed.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="engine-orders-not-authorised",
    severity="negligible",
    kind="misconfiguration",
    remedy="Give the daemon an authorisation plug-in, or let people use rootless engines of their own.",
    references=("https://docs.docker.com/engine/extend/plugins_authorization/",),
    aliases=("CIS-Docker-2.12",),
)


def check(engine: Engine) -> Outcome:
    """Docker's default is none."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.authorisation:
            return Holds()
        case Known(_):
            at = Location(path=engine.at.path, field="authorization-plugins")
            return Broken(because="docker obeys every order of whoever reaches its API", at=at)
