"""An OCI registry, read: manifests and blobs of one image, each checked against its digest, and what refers to it.

Source: OCI distribution-spec 1.1, "Pulling manifests", "Pulling blobs" and "Listing Referrers".
"""

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from typing import IO

from ringfence.errors import LimitExceeded, Unavailable
from ringfence.io.registry_session import RegistrySession, Request, TryAgain

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""Bytes of a manifest; registries accept no larger ones (distribution-spec, "Pushing Manifests")."""
MAX_BLOB_BYTES = 64 * 1024**3
"""Bytes of one layer as stored."""
SLOWEST = 16 * 1024
"""Bytes a second below which a download is given up, after the first `PATIENCE_SECONDS`."""
PATIENCE_SECONDS = 60.0
CHUNK = 1024 * 1024
"""Bytes read at a time."""

INDEX = "application/vnd.oci.image.index.v1+json"
ACCEPTED = (
    f"{INDEX}, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)
"""The documents we can read."""
_ABSENT = frozenset({404})


class Registry(RegistrySession):
    """One repository of a registry, to read."""

    __slots__ = ()

    def manifest(self, version: str) -> bytes:
        """The manifest or index under a tag or digest; by digest it is checked. Raises `Unavailable`, `LimitExceeded`."""
        data = self._manifest(version, frozenset())
        if data is None:
            raise AssertionError("unreachable: no status was asked for")
        return data

    def manifest_or_none(self, version: str) -> bytes | None:
        """As `manifest`; None if the repository has none of that name."""
        return self._manifest(version, _ABSENT)

    def _manifest(self, version: str, statuses: frozenset[int]) -> bytes | None:
        request = Request(f"{self.base}/manifests/{version}", headers={"Accept": ACCEPTED}, statuses=statuses)
        data = self.retried(lambda: self.small(request, MAX_MANIFEST_BYTES))
        if data is not None and version.startswith("sha256:") and f"sha256:{hashlib.sha256(data).hexdigest()}" != version:
            raise Unavailable("gave a manifest that is not what its digest says", where=str(self.name), mend=_TAMPERED)
        return data

    def referrers(self, digest: str) -> bytes | None:
        """The index of what refers to a manifest; None where the registry has no API for it. Raises as `manifest`."""
        request = Request(f"{self.base}/referrers/{digest}", headers={"Accept": INDEX}, statuses=_ABSENT)
        return self.retried(lambda: self.small(request, MAX_MANIFEST_BYTES))

    def document(self, digest: str) -> bytes:
        """A small blob (a configuration), as it came. Raises as `manifest`."""
        request = Request(f"{self.base}/blobs/{digest}", headers={"Accept": ACCEPTED})
        return self.retried(lambda: self.small(request, MAX_MANIFEST_BYTES * 4)) or b""

    def blob(self, digest: str, size: int) -> IO[bytes]:
        """A layer in a nameless temporary file, taken up again where a connection broke.

        Its content is not checked here: who reads it hashes it. Raises `Unavailable`, or `LimitExceeded` for a body longer
        than `size`, the number of bytes that the manifest says.
        """
        if size > MAX_BLOB_BYTES:
            raise LimitExceeded("bytes of one layer as stored", MAX_BLOB_BYTES, where=str(self.name))
        file: IO[bytes] = tempfile.TemporaryFile(prefix="ringfence-")  # noqa: SIM115 - handed on open; it has no name
        with contextlib.ExitStack() as half:
            half.enter_context(file)
            self.retried(lambda: self._more(f"{self.base}/blobs/{digest}", file, size))
            half.pop_all()
        return file

    def chunks(self, digest: str, size: int) -> Iterator[bytes]:
        """A layer as stored, a piece at a time. Raises as `blob`."""
        with self.blob(digest, size) as file:
            file.seek(0)
            while chunk := file.read(CHUNK):
                yield chunk

    def _more(self, url: str, file: IO[bytes], size: int) -> None:
        """Adds to what is there until it has `size` bytes."""
        there = file.seek(0, os.SEEK_END)
        if there >= size:
            return
        with self.answer(Request(url, headers={"Range": f"bytes={there}-"} if there else {})) as answer:
            if answer.status_code not in (200, 206):
                raise Unavailable(f"answered with status {answer.status_code}", where=str(self.name), mend="check the name")
            if answer.status_code == 200:  # it has no ranges: from the start again
                there = file.seek(0)
                file.truncate()
            begin = time.monotonic()
            for chunk in answer.iter_raw():  # as it comes, so that what came before a break is kept
                there += len(chunk)
                if there > size:
                    raise LimitExceeded("bytes of a layer by its manifest", size, where=str(self.name))
                spent = time.monotonic() - begin
                if spent > PATIENCE_SECONDS and there < (spent - PATIENCE_SECONDS) * SLOWEST:
                    raise Unavailable(f"sends less than {SLOWEST:,} bytes a second", where=str(self.name), mend="try later")
                file.write(chunk)
        if there < size:
            raise TryAgain(f"sent {there:,} of {size:,} bytes of a layer")


_TAMPERED = "it is damaged or was tampered with: try again, or ask who runs the registry"
