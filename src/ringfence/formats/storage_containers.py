"""The list of containers in containers/storage (`overlay-containers/containers.json`), which Podman and CRI-O keep.

Source: containers/storage containers.go (`Container`); its `metadata` is a JSON text of the engine's own.
"""

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import typed_json
from ringfence.model.fact import Fact

MAX_CONTAINERS = 100_000
"""Containers in one store."""

FORM = "list of containers"


class StoredContainer(Fact):
    """A container's names: `image` is the reference it was made from, `image_id` the digest of the configuration."""

    id: str
    name: str = ""
    image: str = ""
    image_id: str = ""


class _Container(msgspec.Struct):
    id: str
    names: tuple[str, ...] | None = None
    image: str = ""
    metadata: str = ""


class _Metadata(msgspec.Struct):
    image_name: str = msgspec.field(default="", name="image-name")
    name: str = ""


def parse(data: bytes) -> tuple[StoredContainer, ...]:
    """Every container in the store. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, tuple[_Container, ...], FORM)
    if len(read) > MAX_CONTAINERS:
        raise LimitExceeded("containers of one store", MAX_CONTAINERS)
    return tuple(_named(item) for item in read)


def _named(item: _Container) -> StoredContainer:
    try:
        told = typed_json.decode(item.metadata.encode(), _Metadata, FORM)
    except (Malformed, UnicodeEncodeError):
        told = _Metadata()
    return StoredContainer(
        id=item.id,
        name=(item.names or ("",))[0] if item.names else told.name,
        image=told.image_name,
        image_id=f"sha256:{item.image}" if item.image else "",
    )
