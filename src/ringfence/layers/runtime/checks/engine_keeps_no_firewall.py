"""Docker was told to leave the host's firewall alone.

Then nobody parts networks of containers from each other: each reaches every other, and ports that are bound to one address
may be reached from elsewhere, unless somebody writes all these rules by hand, and again whenever a container starts.

It is done where another program manages them (a network plug-in of Kubernetes, a router).
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="engine-keeps-no-firewall",
    severity="medium",
    kind="misconfiguration",
    remedy='Take `"iptables": false` out of /etc/docker/daemon.json; put own rules into the chain DOCKER-USER.',
    references=("https://docs.docker.com/engine/network/packet-filtering-firewalls/",),
    aliases=("CIS-Docker-2.4",),
)


def check(engine: Engine) -> Outcome:
    """Docker's default is to keep them."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.firewall is not False:
            return Holds()
        case Known(_):
            at = Location(path=engine.at.path, field="iptables")
            return Broken(because="docker writes no firewall rules, so its networks are not parted", at=at)
