"""A container engine takes orders over the network without asking who gives them.

The API of Docker or Podman starts containers with any mount and privilege: who reaches it is root on the host. On a TCP
port without verified client certificates that is everybody who can connect, every container on the host's bridge among them.
Worms look for port 2375 around the clock.
"""

from ringfence.layers.runtime.facts import EngineApi
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="container-engine-api-on-tcp",
    severity="critical",
    kind="misconfiguration",
    remedy="Listen on the Unix socket only and use SSH contexts from afar, or set `tlsverify` with a CA of your own.",
    references=("https://docs.docker.com/engine/security/protect-access/",),
    aliases=("CIS-Docker-2.7",),
)

LOCAL = ("tcp://127.", "tcp://localhost", "tcp://[::1]")


def check(subject: EngineApi) -> Outcome:
    """Whether a TCP address is listened on without `tlsverify`."""
    open_ports = tuple(address for address in subject.listens if address.startswith("tcp://"))
    if not open_ports:
        return Holds()
    match subject.tls_verified:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Holds()
        case Known():
            local = all(address.startswith(LOCAL) for address in open_ports)
            return Broken(
                because=f"{subject.engine} listens on {', '.join(open_ports)} without verified client certificates",
                at=subject.at,
                severity=Severity.HIGH if local else Severity.CRITICAL,
            )
