"""A container can give orders to the container engine.

Whoever can reach the socket of Docker, Podman, containerd or CRI-O asks it for a privileged container with the host's root
mounted: the socket is root on the host, over a well documented API. Mounting it read-only changes nothing, for connecting
needs no write to the file.

Build and monitoring tools ask for it out of habit. Builders without a daemon (buildah, kaniko, rootless BuildKit) and a
filtering proxy before the socket do without.
"""

from ringfence.layers.runtime.facts import is_runtime_socket
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="runtime-socket-mounted",
    severity="critical",
    kind="misconfiguration",
    remedy="Take the mount of the engine's socket out; where a tool only reads, put a filtering proxy between them.",
    references=("https://docs.docker.com/engine/security/protect-access/",),
    aliases=("CIS-Docker-5.32",),
)


def check(subject: Workload) -> Outcome:
    """Whether a mount's source, or its place inside, is an engine's socket."""
    match subject.confinement.mounts:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(mounts):
            found = [item for item in mounts if is_runtime_socket(item.source) or is_runtime_socket(item.destination)]
            if not found:
                return Holds()
            return Broken(
                because=f"the engine's socket {', '.join(item.source for item in found)} is mounted into it",
                at=subject.confinement.at("mounts"),
            )
