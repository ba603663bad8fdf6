"""Images and containers fill the disk that the host lives on.

Layers, logs and what containers write lie under one folder of the engine. On the root file system a container that
writes without end, or images that nobody cleans up, stop the host: no log, no login, no package update.

It is wanted on machines whose only purpose is to run containers and that are replaced when they break.
"""

from ringfence.layers.runtime.facts import EngineStorage
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="engine-storage-on-root-file-system",
    severity="low",
    kind="misconfiguration",
    remedy="Mount a file system of its own there.",
    references=("https://www.cisecurity.org/benchmark/docker",),
    aliases=("CIS-Docker-1.1.1",),
)


def check(storage: EngineStorage) -> Outcome:
    """By the mounts of the host's first process."""
    match storage.own_file_system:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Holds()
        case Known(_):
            because = f"{storage.engine} keeps images and containers on the root file system"
            return Broken(because=because, at=Location(path=storage.path))
