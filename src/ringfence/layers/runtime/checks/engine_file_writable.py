"""A program or setting of a container engine may be written by others than root.

The engine runs it, or does what it says, as root. Who may write the file is root from the next start on, and decides what
every container gets until then.

There is no good reason.
"""

from ringfence.layers.runtime.facts import EngineFile
from ringfence.model.declare import Check
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="engine-file-writable",
    severity="high",
    kind="misconfiguration",
    remedy="Run `chown root:root` and `chmod go-w` on it.",
    references=("https://www.cisecurity.org/benchmark/docker",),
    aliases=(
        "CIS-Docker-3.1",
        "CIS-Docker-3.2",
        "CIS-Docker-3.3",
        "CIS-Docker-3.4",
        "CIS-Docker-3.5",
        "CIS-Docker-3.6",
        "CIS-Docker-3.7",
        "CIS-Docker-3.8",
        "CIS-Docker-3.9",
        "CIS-Docker-3.10",
        "CIS-Docker-3.11",
        "CIS-Docker-3.12",
        "CIS-Docker-3.17",
        "CIS-Docker-3.18",
        "CIS-Docker-3.19",
        "CIS-Docker-3.20",
        "CIS-Docker-3.21",
        "CIS-Docker-3.22",
    ),
)


def check(file: EngineFile) -> Outcome:
    """By owner and mode; a group counts unless it is root's."""
    by_group = file.mode & 0o020 and file.group != 0
    if file.owner == 0 and not by_group and not file.mode & 0o002:
        return Holds()
    who = f"uid {file.owner}" if file.owner else "every user" if file.mode & 0o002 else f"the group {file.group}"
    return Broken(
        because=f"{file.path} may be written by {who}",
        at=Location(path=file.path),
        evidence=(f"mode {file.mode:04o}, owner {file.owner}:{file.group}",),
    )
