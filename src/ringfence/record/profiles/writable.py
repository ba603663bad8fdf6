"""What a workload writes: the places it needs if its root file system is read-only, as volumes to suggest."""

from collections import defaultdict

from ringfence.model.fact import Fact
from ringfence.model.knowledge import Maybe, mapped
from ringfence.model.recording import Access, FileUse, Phase, Recording

KERNEL_OWN = ("/proc/", "/sys/", "/dev/")
"""File systems of the kernel, which a read-only root leaves as they are."""
BY_DEFAULT = ("/tmp", "/var/tmp", "/run")  # noqa: S108 - directories of the workload
"""What `podman run --read-only` gives a temporary file system anyway (containers.conf, `read_only_tmpfs`)."""


class WritablePlace(Fact):
    """A directory to be writable, how many files were written in it, and by which executables."""

    path: str
    files: int
    executables: tuple[str, ...]
    by_default: bool = False


def places(recording: Recording) -> Maybe[tuple[WritablePlace, ...]]:
    """The directories, the deepest that hold everything, a directory inside another left out."""
    return mapped(recording.files, _places)


def _places(uses: tuple[FileUse, ...]) -> tuple[WritablePlace, ...]:
    written = [
        use
        for use in uses
        if use.access in (Access.WRITE, Access.CHANGE)
        and use.phase is not Phase.RUNTIME
        and not use.relative
        and not use.path.startswith(KERNEL_OWN)
    ]
    folders: dict[str, list[FileUse]] = defaultdict(list)
    for use in written:
        default = next((place for place in BY_DEFAULT if use.path == place or use.path.startswith(f"{place}/")), "")
        folders[default or use.path.rpartition("/")[0] or "/"].append(use)
    outer = [path for path in folders if not any(path != other and path.startswith(f"{other}/") for other in folders)]
    found = []
    for path in sorted(outer):
        inside = [
            use for folder, uses_ in folders.items() if folder == path or folder.startswith(f"{path}/") for use in uses_
        ]
        found.append(
            WritablePlace(
                path=path,
                files=len({use.path for use in inside}),
                executables=tuple(sorted({item for use in inside for item in use.executables})),
                by_default=path in BY_DEFAULT,
            )
        )
    return tuple(found)
