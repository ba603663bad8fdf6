"""A private key of a container engine may be read by others than root.

With the key of the engine's API its holder is the engine to every client. With a client's key for a registry it pulls and
pushes in the host's name.

There is no good reason.
"""

from ringfence.layers.runtime.facts import EngineFile
from ringfence.model.declare import Check
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="engine-key-readable",
    severity="high",
    kind="misconfiguration",
    remedy="Run `chown root:root` and `chmod 400` on it, and have a new key made: the old one may have been read.",
    references=("https://docs.docker.com/engine/security/protect-access/",),
    aliases=("CIS-Docker-3.13", "CIS-Docker-3.14"),
)


def check(file: EngineFile) -> Outcome:
    """By owner and mode; a group counts unless it is root's."""
    if not file.secret:
        return NotApplicable(why="it is no private key")
    by_group = file.mode & 0o040 and file.group != 0
    if file.owner == 0 and not by_group and not file.mode & 0o004:
        return Holds()
    who = f"uid {file.owner}" if file.owner else "every user" if file.mode & 0o004 else f"the group {file.group}"
    return Broken(
        because=f"the private key {file.path} may be read by {who}",
        at=Location(path=file.path),
        evidence=(f"mode {file.mode:04o}, owner {file.owner}:{file.group}",),
    )
