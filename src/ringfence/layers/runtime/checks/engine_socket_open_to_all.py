"""Every user may command a container engine.

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
    aliases=("CIS-Docker-3.16", "CIS-Docker-3.24"),
)


def check(socket: EngineSocket) -> Outcome:
    """Write permission for others, and no closed folder above. A user's own engine gives only what that user has."""
    if not socket.mode & 0o002 or socket.closed_by:
        return Holds()
    if socket.owner != 0:
        return NotApplicable(why="it is a user's own engine")
    return Broken(
        because=f"{socket.path} may be written by every user",
        at=Location(path=socket.path),
        evidence=(f"mode {socket.mode:04o}, group {socket.group}",),
    )
