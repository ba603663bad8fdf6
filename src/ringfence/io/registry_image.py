"""Images of a registry under the same handles as those of an OCI layout: read a piece at a time, written blob by blob.

Blobs that are written stand in a temporary folder until they are whole, since a registry wants their digest with them.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from ringfence.errors import Unavailable, UnreadableInput
from ringfence.formats import oci_image
from ringfence.formats.oci_image import Descriptor
from ringfence.io.oci_layout import BlobSource, NewBlob
from ringfence.io.registry import Registry
from ringfence.io.registry_push import WritableRegistry


@dataclass(frozen=True, slots=True)
class RegistryImages:
    """Images of a repository, to read. Sizes of blobs are learnt from the manifests they are named in."""

    registry: Registry
    _sizes: dict[str, int] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The repository, for errors."""
        return f"docker://{self.registry.name}"

    def manifest(self, digest: str) -> bytes:
        """A manifest or index, checked against its digest. Raises `Unavailable`, `Malformed`."""
        data = self.registry.manifest(digest)
        found = oci_image.parse_manifest(data)
        for item in (*(found.layers or ()), *((found.config,) if found.config else ())):
            self._sizes[item.digest] = item.size
        return data

    def document(self, digest: str) -> bytes:
        """A configuration or another small blob, checked against its digest. Raises `Unavailable`, `UnreadableInput`."""
        data = self.registry.document(digest)
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            raise UnreadableInput(f"the blob {digest[:19]}… is not what its name says", where=self.where)
        return data

    def chunks(self, digest: str) -> Iterator[bytes]:
        """A blob as stored, a piece at a time. Not checked: whoever uses it hashes it. Raises `Unavailable`."""
        return self.registry.chunks(digest, self._sizes.get(digest, 0))


@dataclass(frozen=True, slots=True)
class WritableRegistryImages:
    """Images of a repository, to write. `folder` holds blobs until they are whole."""

    registry: WritableRegistry
    folder: str
    _manifests: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def new_blob(self) -> NewBlob:
        """A place for a blob whose digest is known only when all of it is written."""
        return _PushedBlob(self.folder, self.registry)

    def put(self, data: bytes) -> str:
        """Stores a small blob; gives its digest. Raises `Unavailable`."""
        return self.registry.put(data)

    def put_manifest(self, data: bytes, media_type: str) -> str:
        """Stores a manifest; gives its digest. Raises `Unavailable`."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self._manifests[digest] = (data, media_type)
        self.registry.put_manifest(data, media_type)
        return digest

    def take(self, source: BlobSource, digest: str) -> None:
        """Copies a blob unless it is there, checked against its digest. Raises `UnreadableInput`, `Unavailable`."""
        if self.registry.has(digest):
            return
        with self.new_blob() as blob:
            for chunk in source.chunks(digest):
                blob.write(memoryview(chunk))
            if blob.digest != digest:
                raise UnreadableInput(f"the blob {digest[:19]}… is not what its name says", where=source.where)
            blob.keep()

    def tag(self, image: Descriptor, tag: str) -> None:
        """Lets `tag` mean an image that was stored. Raises `Unavailable`."""
        data, media_type = self._manifests[image.digest]
        self.registry.put_manifest(data, media_type, tag)


class _PushedBlob(NewBlob):
    """A blob that goes to the registry when it is kept."""

    def __init__(self, folder: str, registry: WritableRegistry) -> None:
        super().__init__(folder)
        self._registry = registry

    def keep(self) -> str:
        """Stores it; gives the digest. Raises `Unavailable`."""
        self._registry.put_file(self.path, self.digest, self.size)
        return self.digest


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for blobs on their way, gone at the end. Raises `Unavailable`."""
    try:
        return tempfile.TemporaryDirectory(prefix="ringfence-")
    except OSError as cause:
        raise Unavailable(f"no temporary folder: {cause.strerror or cause}", mend="set TMPDIR") from cause
