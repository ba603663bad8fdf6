"""Which files of a root file system a recording never opened, by Debian package."""

from ringfence.errors import Unavailable, UnreadableInput
from ringfence.io.rooted import Rooted
from ringfence.model.recording import Recording
from ringfence.record.profiles.unused import UnusedPackage, unused

LISTS = "/var/lib/dpkg/info"
"""dpkg's lists of the files of each package: deb(5), dpkg(1)."""
MAX_LIST_BYTES = 64 * 1024 * 1024


def never_opened(recording: Recording, root: str) -> tuple[UnusedPackage, ...]:
    """The packages of the file system under `root` with what was never opened of them. Raises `UnreadableInput`."""
    files = Rooted(root)
    lists = [name for name in files.names(LISTS) if name.endswith(".list")]
    if not lists:
        mend = "name the root of a Debian file system, such as the one 'podman image mount' gives"
        raise UnreadableInput("has no lists of packages", where=root + LISTS, mend=mend)
    return unused(recording, {name.removesuffix(".list"): _files(files, f"{LISTS}/{name}") for name in lists})


def _files(files: Rooted, path: str) -> dict[str, int]:
    """Regular files of a list, by their real path (`/lib` may be a link to `/usr/lib`)."""
    found = {}
    for line in files.text(path, MAX_LIST_BYTES).splitlines():
        try:
            entry = files.entry(line)
        except Unavailable:
            continue
        if entry.is_file:
            real = files.resolve(line).removeprefix(files.root.rstrip("/"))
            found[real] = entry.size
    return found
