"""An OCI layout on this host, read and written: a directory, or (to read) the same as a tar.

Source: OCI image-spec 1.1, image-layout.md. A blob appears under its digest only when all of it is there, and the index
names an image only when all its blobs are: a run that is killed leaves at most files of no name.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from ringfence.errors import LimitExceeded, Unavailable, UnreadableInput
from ringfence.formats import manifest_edit
from ringfence.formats.oci_image import Descriptor
from ringfence.io import blobs, tar_archive
from ringfence.io.blobs import Extent
from ringfence.io.rooted import Rooted

CHUNK = 1024 * 1024
"""Bytes read at a time."""
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
"""Most that is read of an index, a manifest or a configuration: what registries accept of a manifest."""
_MARK = b'{"imageLayoutVersion":"1.0.0"}'
_EMPTY = b'{"schemaVersion":2,"manifests":[]}'


class BlobSource(Protocol):
    """Where blobs come from, a piece at a time; `where` names it in errors."""

    @property
    def where(self) -> str:
        """The name of the place."""

    def chunks(self, digest: str) -> Iterator[bytes]:
        """A blob as stored."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout to read. `where` names it in errors."""

    where: str
    extent_of: Callable[[str], Extent]

    def index(self) -> bytes:
        """`index.json`. Raises `UnreadableInput`."""
        return self._document("index.json")

    def document(self, digest: str) -> bytes:
        """A manifest or configuration, checked against its digest. Raises `UnreadableInput`."""
        data = self._document(_path_of(digest))
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            raise UnreadableInput(f"the blob {digest[:19]}… is not what its name says", where=self.where)
        return data

    def manifest(self, digest: str) -> bytes:
        """A manifest: in a layout a blob as others are. Raises `UnreadableInput`."""
        return self.document(digest)

    def extent(self, digest: str) -> Extent:
        """Where a blob lies. Raises `UnreadableInput`."""
        return self.extent_of(_path_of(digest))

    def has(self, digest: str) -> bool:
        """Whether there is a blob of this digest."""
        try:
            self.extent(digest)
        except UnreadableInput:
            return False
        return True

    def chunks(self, digest: str) -> Iterator[bytes]:
        """A blob as stored, a piece at a time. Not checked: whoever uses it hashes it. Raises `UnreadableInput`."""
        extent = self.extent(digest)
        if extent.packed:
            raise UnreadableInput("is compressed as a whole", where=self.where, mend="decompress the archive first")
        try:
            with open(extent.path, "rb", buffering=0) as file:
                file.seek(extent.offset)
                left = extent.size
                while left:
                    chunk = file.read(min(left, CHUNK))
                    if not chunk:
                        raise UnreadableInput(f"the blob {digest[:19]}… is cut short", where=self.where)
                    left -= len(chunk)
                    yield chunk
        except OSError as cause:
            raise UnreadableInput(cause.strerror or str(cause), where=self.where) from cause

    def _document(self, path: str) -> bytes:
        extent = self.extent_of(path)
        if extent.size > MAX_DOCUMENT_BYTES:
            raise LimitExceeded(f"bytes of {path}", MAX_DOCUMENT_BYTES, where=self.where)
        return blobs.read_start(extent, MAX_DOCUMENT_BYTES)


def in_directory(path: str) -> Layout:
    """The layout at `path`. Raises `UnreadableInput` if there is none."""
    if not os.path.isfile(os.path.join(path, "index.json")):
        raise UnreadableInput(
            "is no OCI layout: it has no index.json", where=path, mend="skopeo copy IMAGE oci:DIR makes one"
        )
    root = Rooted(path)
    return Layout(path, lambda name: blobs.file_extent(root.resolve(name)))


def in_archive(path: str) -> Layout:
    """The layout in the tar at `path`. Raises `UnreadableInput`."""
    return Layout(path, tar_archive.index(path).extent)


@dataclass(frozen=True, slots=True)
class WritableLayout:
    """A layout that takes new blobs and images."""

    path: str

    def new_blob(self) -> "NewBlob":
        """A place for a blob whose digest is known only when all of it is written."""
        return NewBlob(os.path.join(self.path, "blobs", "sha256"))

    def put(self, data: bytes) -> str:
        """Stores a document; gives its digest. Raises `Unavailable`."""
        with self.new_blob() as blob:
            blob.write(memoryview(data))
            return blob.keep()

    def put_manifest(self, data: bytes, media_type: str) -> str:  # noqa: ARG002 - a layout's blobs have no media type
        """Stores a manifest; gives its digest. Raises `Unavailable`."""
        return self.put(data)

    def take(self, source: BlobSource, digest: str) -> None:
        """Copies a blob, checked against its digest. Raises `UnreadableInput`, `Unavailable`."""
        target = os.path.join(self.path, _path_of(digest))
        if os.path.exists(target):
            return
        with self.new_blob() as blob:
            for chunk in source.chunks(digest):
                blob.write(memoryview(chunk))
            if blob.digest != digest:
                raise UnreadableInput(f"the blob {digest[:19]}… is not what its name says", where=source.where)
            blob.keep()

    def tag(self, image: Descriptor, tag: str) -> None:
        """Lets `tag` mean an image that was stored. Raises `Unavailable`."""
        self.name(lambda index: manifest_edit.name(index, image, tag))

    def name(self, change: Callable[[bytes], bytes]) -> None:
        """Rewrites the index, one writer at a time. Raises `Unavailable`."""
        path = Path(self.path, "index.json")
        try:
            with open(Path(self.path, ".ringfence-lock"), "wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                old = path.read_bytes() if path.exists() else _EMPTY
                _replace(path, change(old))
        except OSError as cause:
            raise Unavailable(f"cannot be written: {cause.strerror or cause}", where=str(path)) from cause


def writable(path: str) -> WritableLayout:
    """The layout at `path`, made if there is none. Raises `Unavailable`."""
    try:
        os.makedirs(os.path.join(path, "blobs", "sha256"), exist_ok=True)
        mark = Path(path, "oci-layout")
        if not mark.exists():
            _replace(mark, _MARK)
    except OSError as cause:
        raise Unavailable(f"cannot be written: {cause.strerror or cause}", where=path, mend="name another folder") from cause
    return WritableLayout(path)


class NewBlob:
    """A blob being written. Without `keep` nothing stays of it. `write` raises `Unavailable`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._hash = hashlib.sha256()
        self.size = 0
        try:
            handle, self.path = tempfile.mkstemp(prefix=".part-", dir=folder)
        except OSError as cause:
            raise Unavailable(f"cannot be written: {cause.strerror or cause}", where=folder) from cause
        self._file = os.fdopen(handle, "wb", buffering=0)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Throws away what was not kept."""
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def write(self, data: memoryview) -> None:
        """Appends."""
        try:
            done = 0
            while done < len(data):
                done += self._file.write(data[done:]) or 0
        except OSError as cause:
            raise Unavailable(f"cannot be written: {cause.strerror or cause}", where=self._folder) from cause
        self._hash.update(data)
        self.size += len(data)

    @property
    def digest(self) -> str:
        """The digest of what was written so far."""
        return f"sha256:{self._hash.hexdigest()}"

    def extent(self) -> Extent:
        """What was written so far, to read it again before it is kept."""
        return Extent(self.path, 0, self.size)

    def keep(self) -> str:
        """Gives the blob its name; gives the digest. Raises `Unavailable`."""
        try:
            os.fchmod(self._file.fileno(), 0o644)
            os.rename(self.path, os.path.join(self._folder, self._hash.hexdigest()))
        except OSError as cause:
            raise Unavailable(f"cannot be written: {cause.strerror or cause}", where=self._folder) from cause
        return self.digest


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(data)
    os.replace(part, path)


def _path_of(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
