"""An image as a form of storage gives it: its configuration, and where each layer's bytes lie."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import IO

from ringfence.errors import UnreadableInput
from ringfence.formats import oci_image
from ringfence.formats.oci_image import Configuration
from ringfence.formats.typed_json import MAX_BYTES
from ringfence.io.blobs import Extent

MAX_DOCUMENT_BYTES = MAX_BYTES
"""Most that is read of an index, a manifest or a configuration."""


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """Where a layer lies: a blob (`extent`) or a directory of this host.

    `digest` is that of the blob as the manifest says, `diff_id` that of the tar in it as the configuration says; empty
    where nothing says so. A directory may be an overlay layer (with its own whiteouts) or a `snapshot` of a whole tree. A
    layer elsewhere is had by `fetch`, as an open file. `sealed` says why a layer's bytes cannot be read at all.
    """

    digest: str = ""
    diff_id: str = ""
    extent: Extent | None = None
    directory: str = ""
    overlay: bool = False
    snapshot: bool = False
    fetch: Callable[[], IO[bytes]] | None = None
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image ready to be read. `configuration` is None for a bare root file system; `digest` is the image's id."""

    reference: str
    digest: str
    configuration: Configuration | None
    layers: tuple[StoredLayer, ...]


def checked(data: bytes, digest: str, what: str, where: str) -> bytes:
    """`data`, if its SHA-256 is `digest`. Raises `UnreadableInput`: nothing a wrong document says can be believed."""
    if digest.startswith("sha256:") and sha256(data) != digest:
        raise UnreadableInput(
            f"the {what} is not what its digest says ({digest[:19]}…)",
            where=where,
            mend="it is damaged or was tampered with: get the image again",
        )
    return data


def sha256(data: bytes) -> str:
    """The digest of a document, as manifests write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def with_diff_ids(reference: str, digest: str, configuration: Configuration, layers: tuple[StoredLayer, ...]) -> StoredImage:
    """The image, every layer with its diff id by the configuration. Raises `UnreadableInput` if they do not pair."""
    diff_ids = configuration.rootfs.diff_ids
    if len(diff_ids) != len(layers):
        raise UnreadableInput(
            f"the configuration lists {len(diff_ids)} layers, the manifest {len(layers)}",
            where=reference,
            mend="save the image again",
        )
    paired = tuple(replace(layer, diff_id=diff_id) for layer, diff_id in zip(layers, diff_ids, strict=True))
    return StoredImage(reference, digest, configuration, paired)


def parse_configuration(data: bytes, where: str) -> Configuration:
    """`oci_image.parse_configuration`, the error naming the image."""
    try:
        return oci_image.parse_configuration(data)
    except UnreadableInput as cause:
        raise UnreadableInput(cause.wrong, where=where, mend="save the image again") from cause
