"""The image declares a volume over a folder of the system.

VOLUME on `/etc`, `/usr`, `/dev` or the like puts a fresh, writable volume over the folder in every container: what
the image brings there can be changed for good, and changes survive the container. No service needs it.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="sensitive-volume",
    severity="medium",
    kind="misconfiguration",
    remedy=("Declare volumes only where the program keeps its data (`/var/lib/NAME`, `/data`)."),
    references=(
        "https://docs.docker.com/reference/dockerfile/#volume",
        "https://github.com/goodwithtech/dockle/blob/master/CHECKPOINT.md",
    ),
    aliases=("DKL-DI-0002",),
)

AND_BELOW = ("/bin", "/boot", "/dev", "/etc", "/lib", "/proc", "/sbin", "/sys", "/usr")
"""Folders of programs and settings (FHS 3.0), in which nothing should be a volume."""
SENSITIVE = ("/", "/lib64", "/root", "/run", "/var", *AND_BELOW)
"""Folders of the system itself."""


def check(subject: Facts) -> Outcome:
    """Whether a volume is one of them, or lies in one that holds programs and settings."""
    if isinstance(subject.config, Unknown):
        return Undecided(why=subject.config.reason)
    found = [path for path in subject.config.value.volumes if _is_sensitive("/" + path.strip("/"))]
    if not found:
        return Holds()
    return Broken(
        because=f"a volume over {', '.join(found[:5])}", at=Location(field="config.Volumes"), evidence=tuple(found)
    )


def _is_sensitive(path: str) -> bool:
    return path in SENSITIVE or path.startswith(tuple(f"{folder}/" for folder in AND_BELOW))
