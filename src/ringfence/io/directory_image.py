"""One image in a folder, as skopeo writes it with `dir:`: its manifest and its blobs, named by their digits.

Source: containers/image, directory/directory_transport.go.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.errors import UnreadableInput
from ringfence.io import named_file
from ringfence.io.oci_layout import CHUNK, MAX_DOCUMENT_BYTES


@dataclass(frozen=True, slots=True)
class DirectoryImage:
    """The image in the folder `path`."""

    path: str

    @property
    def where(self) -> str:
        """The folder, for errors."""
        return self.path

    def top(self) -> bytes:
        """The manifest or index that the folder is about. Raises `UnreadableInput`."""
        return named_file.read(os.path.join(self.path, "manifest.json"), MAX_DOCUMENT_BYTES)

    def manifest(self, digest: str) -> bytes:
        """A manifest, checked against its digest. Raises `UnreadableInput`."""
        data = self.top()
        if _digest(data) == digest:
            return data
        return self._checked(f"{digest.partition(':')[2]}.manifest.json", digest)

    def document(self, digest: str) -> bytes:
        """A small blob, checked against its digest. Raises `UnreadableInput`."""
        return self._checked(digest.partition(":")[2], digest)

    def chunks(self, digest: str) -> Iterator[bytes]:
        """A blob as stored, a piece at a time. Not checked: whoever uses it hashes it. Raises `UnreadableInput`."""
        try:
            with open(os.path.join(self.path, digest.partition(":")[2]), "rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except OSError as cause:
            raise UnreadableInput(cause.strerror or str(cause), where=self.path) from cause

    def _checked(self, name: str, digest: str) -> bytes:
        data = named_file.read(os.path.join(self.path, name), MAX_DOCUMENT_BYTES)
        if _digest(data) != digest:
            raise UnreadableInput(f"the blob {digest[:19]}… is not what its name says", where=self.path)
        return data


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
