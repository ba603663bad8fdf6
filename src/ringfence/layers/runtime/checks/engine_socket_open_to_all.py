"""Every user, or one who is not root, may command a container engine.

Who may write to the engine's socket starts a container with the host's disk in it, as root. A socket with write
permission for others makes every user, every service and every process that escaped into some account root of the host.

There is no good reason; `chmod 666 /var/run/docker.sock` is a remedy found on the web for a missing group.
"""

from ringfence.layers.runtime.facts import EngineSocket
from ringfence.model.declare import Check
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="engine-socket-open-to-all",
    severity="critical",
    kind="misconfiguration",
    remedy="Run `chmod 660` on the socket and set `SocketMode=0660` in its systemd unit.",
    references=("https://docs.docker.com/engine/security/#docker-daemon-attack-surface",),
    aliases=("CIS-Docker-3.15", "CIS-Docker-3.16", "CIS-Docker-3.23", "CIS-Docker-3.24"),
)

OF_USERS = "/run/user/"
"""Where rootless engines listen."""


def check(socket: EngineSocket) -> Outcome:
    """Write permission for others, and no closed folder above; or an owner of its own. A user's engine is that user's."""
    if socket.path.startswith(OF_USERS):
        return NotApplicable(why="it is a user's own engine")
    if socket.owner != 0:
        return Broken(
            because=f"{socket.path} belongs to uid {socket.owner}",
            at=Location(path=socket.path),
            evidence=(f"mode {socket.mode:04o}, owner {socket.owner}",),
        )
    if not socket.mode & 0o002 or socket.closed_by:
        return Holds()
    return Broken(
        because=f"{socket.path} may be written by every user",
        at=Location(path=socket.path),
        evidence=(f"mode {socket.mode:04o}, group {socket.group}",),
    )
