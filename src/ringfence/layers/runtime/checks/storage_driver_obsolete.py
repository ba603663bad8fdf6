"""Images and containers lie on a storage driver that is no longer maintained.

`aufs` was never in the mainline kernel and is gone from Docker; `devicemapper` was taken out of Docker 25. Neither gets
fixes.
A changed base device size (`dm.basesize`) moreover lets containers fill the disk.

There is no good reason on a kernel with overlayfs.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="storage-driver-obsolete",
    severity="low",
    kind="misconfiguration",
    remedy='Move to `overlay2`: set `"storage-driver": "overlay2"`, and pull the images again.',
    references=(
        "https://docs.docker.com/engine/storage/drivers/select-storage-driver/",
        "https://docs.docker.com/engine/deprecated/",
    ),
    aliases=(
        "CIS-Docker-2.6",
        "CIS-Docker-2.11",
    ),
)

OBSOLETE = ("aufs", "devicemapper", "overlay")


def check(engine: Engine) -> Outcome:
    """Only what somebody wrote: unasked, Docker chooses overlay2."""
    if engine.name != "docker":
        return NotApplicable(why=f"{engine.name} has no such setting")
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.storage_driver in OBSOLETE:
            at = Location(path=engine.at.path, field="storage-driver")
            return Broken(because=f"docker stores images with {said.storage_driver}, which nobody maintains", at=at)
        case Known(said) if any(option.startswith("dm.basesize") for option in said.storage_options):
            at = Location(path=engine.at.path, field="storage-opts")
            return Broken(because="docker's base device size is changed (dm.basesize)", at=at)
        case Known(_):
            return Holds()
