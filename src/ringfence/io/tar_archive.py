"""A tar file that holds blobs: where each member lies, so that it can be read without unpacking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ringfence.errors import LimitExceeded, Malformed, UnreadableInput
from ringfence.formats.tar import Kind, TarReader, normal_path
from ringfence.io import blobs
from ringfence.io.blobs import BlobStream, Extent

MAX_BLOBS = 200_000
"""Members of an archive of images."""
MAX_LINKS = 8
"""Links followed from one member to another."""


@dataclass(frozen=True, slots=True)
class TarArchive:
    """The regular files of an archive by path, links between them resolved."""

    path: str
    files: Mapping[str, Extent]

    def read(self, name: str, limit: int) -> bytes:
        """A whole member as stored. Raises `UnreadableInput` if it is missing, `LimitExceeded` if longer than `limit`."""
        extent = self.extent(name)
        if extent.size > limit:
            raise LimitExceeded(f"bytes of {name}", limit, where=self.path)
        return blobs.read_start(extent, limit)

    def extent(self, name: str) -> Extent:
        """Where a member lies. Raises `UnreadableInput` if it is missing."""
        found = self.files.get(normal_path(name)[0])
        if found is None:
            raise UnreadableInput(f"has no member {name}", where=self.path, mend="save the image again")
        return found


def index(path: str) -> TarArchive:
    """Where everything in the tar file at `path` lies, plain or compressed as a whole.

    Raises `UnreadableInput`: no file, empty, not tar, or cut short.
    """
    whole = blobs.file_extent(path)
    packed = blobs.is_packed(whole)
    files: dict[str, Extent] = {}
    links: dict[str, str] = {}
    try:
        with BlobStream(whole) if packed else _Seekable(whole) as source:
            for member in TarReader(source).members():
                if member.escapes:
                    continue
                if member.kind is Kind.FILE:
                    files[member.path] = Extent(path, member.offset, member.size, packed)
                elif member.link:
                    folder = member.path.rpartition("/")[0] if member.kind is Kind.SYMLINK else ""
                    links[member.path] = _joined(folder, member.link)
                if len(files) + len(links) > MAX_BLOBS:
                    raise LimitExceeded("members of an archive of images", MAX_BLOBS)
    except Malformed as cause:
        if files:
            mend = "it is cut short or damaged: copy or save it again"
            raise UnreadableInput(f"is a damaged archive: {cause.wrong}", where=path, mend=mend) from cause
        mend = "give a docker-archive, an oci-archive, an OCI layout directory or a root file system directory"
        raise UnreadableInput(f"is no image archive: {cause.wrong}", where=path, mend=mend) from cause
    except LimitExceeded as cause:
        raise LimitExceeded(cause.limit, cause.allowed, where=path) from cause
    for name in links:
        target = name
        for _ in range(MAX_LINKS):
            target = links.get(target, target)
        if target in files:
            files.setdefault(name, files[target])
    return TarArchive(path, files)


def _joined(folder: str, link: str) -> str:
    parts: list[str] = []
    for part in f"{folder}/{link}".split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


class _Seekable:
    """A plain file read where it matters: what is skipped is not even read."""

    def __init__(self, extent: Extent) -> None:
        self._extent = extent
        self._at = 0

    def __enter__(self) -> Self:
        self._file = open(self._extent.path, "rb")
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(size)
        self._at += len(data)
        return data

    def skip(self, size: int) -> int:
        passed = max(0, min(size, self._extent.size - self._at))
        self._at += passed
        return passed
