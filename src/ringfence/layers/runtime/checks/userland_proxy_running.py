"""A process of the host stands between each published port and its container.

Docker starts `docker-proxy` for every published port unless it is told not to: one more program that runs as root and
reads what strangers send, and the container sees the host's address instead of the client's. The kernel's own forwarding
does the same.

It is needed on hosts without hairpin NAT, and for IPv6 clients of containers that have IPv4 only.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="userland-proxy-running",
    severity="negligible",
    kind="misconfiguration",
    remedy='Set `"userland-proxy": false` in /etc/docker/daemon.json.',
    references=("https://docs.docker.com/engine/network/packet-filtering-firewalls/",),
    aliases=("CIS-Docker-2.16",),
)


def check(engine: Engine) -> Outcome:
    """Docker's default is to start it."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.userland_proxy is False:
            return Holds()
        case Known(_):
            at = Location(path=engine.at.path, field="userland-proxy")
            return Broken(because="docker starts a proxy as root for each published port", at=at)
