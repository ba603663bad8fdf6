"""Where an image and what vouches for it lie: a repository of manifests and blobs, in a registry or in an OCI layout."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from ringfence.errors import UnreadableInput
from ringfence.formats import manifest_edit, oci_image
from ringfence.formats.oci_image import Descriptor
from ringfence.io.oci_layout import Layout, WritableLayout

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"


class Repository(Protocol):
    """Manifests by tag or digest, blobs by digest, and what refers to a manifest; all checked against their digests."""

    def manifest(self, reference: str) -> bytes | None:
        """The manifest of a tag or digest; None if there is none."""

    def blob(self, digest: str) -> bytes:
        """A small blob. Raises `UnreadableInput`."""

    def referrers(self, digest: str) -> tuple[str, ...]:
        """Digests of the manifests whose subject is `digest`, as far as the repository lists them."""


class WritableRepository(Repository, Protocol):
    """A repository that takes new manifests and blobs."""

    def put_blob(self, data: bytes) -> Descriptor:
        """Stores a small blob; `media_type` is left to the caller."""

    def put_manifest(self, data: bytes, media_type: str, tag: str = "") -> Descriptor:
        """Stores a manifest, under a tag if one is given."""


def digest_of(data: bytes) -> str:
    """The digest of a manifest or blob."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def fallback_tag(digest: str) -> str:
    """The tag at which referrers are listed where the registry has no API for them (OCI distribution-spec 1.1)."""
    return digest.replace(":", "-", 1)


@dataclass(frozen=True, slots=True)
class LayoutRepository:
    """A repository in an OCI layout: tags are the index's names after `prefix`, referrers are those of the fallback tag."""

    layout: Layout
    writable: WritableLayout | None = None
    prefix: str = ""

    def manifest(self, reference: str) -> bytes | None:
        """The manifest of a tag or digest. Raises `UnreadableInput` where a tag stands for several."""
        listed = oci_image.parse_manifest(self.layout.index()).manifests or ()
        wanted = {
            item.digest
            for item in listed
            if reference == item.digest or (item.annotations or {}).get(oci_image.REF_NAME) == f"{self.prefix}{reference}"
        }
        if len(wanted) > 1:
            raise UnreadableInput(f"holds several images {reference!r}", where=self.layout.where)
        if not wanted and oci_image.is_digest(reference) and self.layout.has(reference):
            wanted = {reference}
        return self.layout.document(wanted.pop()) if wanted else None

    def blob(self, digest: str) -> bytes:
        """A small blob."""
        return self.layout.document(digest)

    def referrers(self, digest: str) -> tuple[str, ...]:
        """What the fallback tag's index lists. Its `artifactType` is not looked at: cosign writes a wrong one."""
        data = self.manifest(fallback_tag(digest))
        return tuple(item.digest for item in oci_image.parse_manifest(data).manifests or ()) if data else ()

    def put_blob(self, data: bytes) -> Descriptor:
        """Stores a small blob."""
        return Descriptor(digest=self._target().put(data), size=len(data))

    def put_manifest(self, data: bytes, media_type: str, tag: str = "") -> Descriptor:
        """Stores a manifest, under a tag if one is given."""
        made = Descriptor(digest=self._target().put(data), size=len(data), media_type=media_type)
        if tag:
            self._target().name(lambda index: manifest_edit.name(index, made, f"{self.prefix}{tag}"))
        return made

    def _target(self) -> WritableLayout:
        if self.writable is None:
            raise UnreadableInput(
                "is an archive: signatures can only be added to a layout's folder", where=self.layout.where
            )
        return self.writable
