"""Where an image and what vouches for it lie: a repository of manifests and blobs, in a registry or in an OCI layout."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

import msgspec

from ringfence.errors import UnreadableInput
from ringfence.formats import manifest_edit, oci_image
from ringfence.formats.oci_image import Descriptor
from ringfence.io.directory_image import DirectoryImage
from ringfence.io.oci_layout import Layout, WritableLayout
from ringfence.io.registry import Registry
from ringfence.io.registry_image import RegistryImages
from ringfence.io.registry_push import WritableRegistry

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

    def put_referrer(self, data: bytes, subject: str, artifact_type: str) -> Descriptor:
        """Stores a manifest (of an image's form) that refers to `subject`, and lets `referrers` find it."""


def digest_of(data: bytes) -> str:
    """The digest of a manifest or blob."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def described(data: bytes) -> Descriptor:
    """The descriptor of a manifest. One that does not say its media type has that of its form. Raises `Malformed`."""
    found = oci_image.parse_manifest(data)
    media_type = found.media_type or (INDEX if found.manifests is not None else MANIFEST)
    return Descriptor(digest=digest_of(data), size=len(data), media_type=media_type)


def fallback_tag(digest: str) -> str:
    """The tag at which referrers are listed where the registry has no API for them (OCI distribution-spec 1.1)."""
    return digest.replace(":", "-", 1)


def _listed(index: bytes | None) -> tuple[str, ...]:
    """Digests in a list of referrers. Its `artifactType` is not looked at: cosign writes a wrong one."""
    return tuple(item.digest for item in oci_image.parse_manifest(index).manifests or ()) if index else ()


def _list_at_tag(repository: WritableRepository, made: Descriptor, subject: str, artifact_type: str) -> None:
    """Adds a referrer to the list at the fallback tag."""
    tag = fallback_tag(subject)
    old = repository.manifest(tag)
    listed = msgspec.json.decode(old, type=_Index).manifests if old else ()
    if old and made.digest in _listed(old):
        return
    entry = {
        "mediaType": made.media_type,
        "digest": made.digest,
        "size": made.size,
        "artifactType": artifact_type,
    }
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*listed, entry]}
    repository.put_manifest(msgspec.json.encode(index), INDEX, tag)


class _Index(msgspec.Struct):
    """The fallback index, its entries kept as they are."""

    manifests: tuple[msgspec.Raw, ...] = ()


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
        """What the fallback tag's index lists."""
        return _listed(self.manifest(fallback_tag(digest)))

    def put_blob(self, data: bytes) -> Descriptor:
        """Stores a small blob."""
        return Descriptor(digest=self._target().put(data), size=len(data))

    def put_manifest(self, data: bytes, media_type: str, tag: str = "") -> Descriptor:
        """Stores a manifest, under a tag if one is given."""
        made = Descriptor(digest=self._target().put(data), size=len(data), media_type=media_type)
        if tag:
            self._target().name(lambda index: manifest_edit.name(index, made, f"{self.prefix}{tag}"))
        return made

    def put_referrer(self, data: bytes, subject: str, artifact_type: str) -> Descriptor:
        """Stores a manifest that refers to `subject`, listed at the fallback tag."""
        made = self.put_manifest(data, MANIFEST)
        _list_at_tag(self, made, subject, artifact_type)
        return made

    def _target(self) -> WritableLayout:
        if self.writable is None:
            raise UnreadableInput(
                "is an archive: signatures can only be added to a layout's folder", where=self.layout.where
            )
        return self.writable


@dataclass(frozen=True, slots=True)
class DirectoryRepository:
    """One image in a folder: nothing is attached to it, signatures lie beside it."""

    image: DirectoryImage

    def manifest(self, reference: str) -> bytes | None:
        """The manifest of a digest; None if there is none."""
        try:
            return self.image.manifest(reference)
        except UnreadableInput:
            return None

    def blob(self, digest: str) -> bytes:
        """A small blob."""
        return self.image.document(digest)

    def referrers(self, digest: str) -> tuple[str, ...]:  # noqa: ARG002 - nothing refers to anything in a folder
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class RegistryRepository:
    """A repository of a registry. Referrers are asked of its API, and where it has none read at the fallback tag."""

    registry: Registry

    def manifest(self, reference: str) -> bytes | None:
        """The manifest of a tag or digest; None if there is none. Raises `Unavailable`."""
        return self.registry.manifest_or_none(reference)

    def blob(self, digest: str) -> bytes:
        """A small blob, checked. Raises `UnreadableInput`, `Unavailable`."""
        return RegistryImages(self.registry).document(digest)

    def referrers(self, digest: str) -> tuple[str, ...]:
        """What the API lists, and the fallback tag too: who pushed before the registry had the API wrote only there."""
        at_tag = _listed(self.registry.manifest_or_none(fallback_tag(digest)))
        return tuple(dict.fromkeys((*_listed(self.registry.referrers(digest)), *at_tag)))

    def put_blob(self, data: bytes) -> Descriptor:
        """Stores a small blob."""
        return Descriptor(digest=self._target().put(data), size=len(data))

    def put_manifest(self, data: bytes, media_type: str, tag: str = "") -> Descriptor:
        """Stores a manifest, under a tag if one is given."""
        self._target().put_manifest(data, media_type, tag)
        return Descriptor(digest=digest_of(data), size=len(data), media_type=media_type)

    def put_referrer(self, data: bytes, subject: str, artifact_type: str) -> Descriptor:
        """Stores a manifest that refers to `subject`, listed at the fallback tag unless the registry lists it itself."""
        made = Descriptor(digest=digest_of(data), size=len(data), media_type=MANIFEST)
        if not self._target().put_manifest(data, MANIFEST):
            _list_at_tag(self, made, subject, artifact_type)
        return made

    def _target(self) -> WritableRegistry:
        if not isinstance(self.registry, WritableRegistry):
            raise UnreadableInput("was opened to be read", where=str(self.registry.name))
        return self.registry
