"""Containers on Docker's default network reach each other's ports.

All containers that name no network share one bridge, and each reaches every port of every other. A container that was
broken into goes on to the database next door, which has no password because nobody else was to see it.

It is wanted by old setups with `--link`. Networks of one's own part containers without this setting.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="container-traffic-open",
    severity="low",
    kind="misconfiguration",
    remedy='Set `"icc": false` in /etc/docker/daemon.json, and give containers that must talk a network of their own.',
    references=("https://docs.docker.com/engine/network/packet-filtering-firewalls/",),
    aliases=("CIS-Docker-2.2",),
)


def check(engine: Engine) -> Outcome:
    """Docker's default is open."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.container_traffic is False:
            return Holds()
        case Known(_):
            at = Location(path=engine.at.path, field="icc")
            return Broken(because="containers on docker's default network reach each other", at=at)
