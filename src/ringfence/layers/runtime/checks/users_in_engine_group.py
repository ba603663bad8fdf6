"""Users are root through the group of a container engine.

Membership in the group that owns the engine's socket (`docker`) is root without a password and without a line in sudo's
log: `docker run -v /:/host` is all it takes.

It is wanted on a developer's own machine. On a server use rootless engines, or `sudo` for the few commands that are
needed.
"""

from ringfence.layers.runtime.facts import EngineSocket
from ringfence.model.declare import Check
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="users-in-engine-group",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the users out of the group (`gpasswd -d USER GROUP`), and give them rootless Docker or Podman.",
    references=("https://docs.docker.com/engine/install/linux-postinstall/",),
    aliases=("CIS-Docker-1.1.2",),
)


def check(socket: EngineSocket) -> Outcome:
    """Members other than root of a group that may write to a socket of root's."""
    if socket.owner != 0 or not socket.mode & 0o020:
        return NotApplicable(why="no group may command this engine")
    members = [name for name in socket.members if name != "root"]
    if not members:
        return Holds()
    return Broken(
        because=f"{', '.join(members)} may command {socket.engine} through the group {socket.group}",
        at=Location(path=socket.path),
        evidence=(f"mode {socket.mode:04o}, group {socket.group}",),
    )
