"""Which files a recording never opened: of a root file system, or of an image, by package."""

from collections.abc import Iterable, Iterator

from ringfence.engine.judging import Subject
from ringfence.engine.storeys import Gathered
from ringfence.errors import Unavailable, UnreadableInput
from ringfence.io.rooted import Rooted
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.recording import NeverOpened, OwnedFiles, Recording, UnusedPackage
from ringfence.record.profiles.unused import unused

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


def subjects(gathered: Iterable[Gathered], recording: Recording | None) -> Iterator[Subject]:
    """What a recorded workload never opened of each image whose packages' files were listed."""
    for item in gathered if recording is not None else ():
        owned = getattr(item.facts, "owned_files", ())
        if recording is not None:
            told = NeverOpened(packages=_of_image(recording, owned), recordings=tuple(run.subject for run in recording.runs))
            yield Subject(told, item.storey, item.target)


def _of_image(recording: Recording, owned: tuple[OwnedFiles, ...]) -> Maybe[tuple[UnusedPackage, ...]]:
    if not owned:
        return Unknown("no package database of this image says which files are whose")
    try:
        return Known(unused(recording, {item.name: item.files for item in owned}))
    except UnreadableInput as cause:
        return Unknown(cause.wrong)


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
