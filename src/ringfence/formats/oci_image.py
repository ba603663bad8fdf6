"""The OCI image specification's documents: index, manifest, configuration; Docker's own have the same shape where we read.

Sources: OCI image-spec 1.1 (image-index.md, manifest.md, config.md, descriptor.md, image-layout.md); Docker image manifest
version 2, schema 2; moby image-spec v1.2 for `Healthcheck`.
"""

import re

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import typed_json
from ringfence.model.fact import Fact

MAX_LAYERS = 1_000
"""Layers of one image; overlayfs mounts at most 500."""
MAX_HISTORY = 10_000
"""History lines of one image."""
MAX_CONFIG_ITEMS = 10_000
"""Environment entries, labels and command words of one image."""
REF_NAME = "org.opencontainers.image.ref.name"
"""The annotation that holds a tag in an OCI layout's index."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


class Platform(Fact):
    """What an index entry runs on."""

    architecture: str = ""
    os: str = ""
    variant: str = ""


class Descriptor(Fact, rename="camel"):
    """A blob by its digest. `size` is in bytes."""

    digest: str
    media_type: str = ""
    size: int = 0
    annotations: dict[str, str] | None = None
    platform: Platform | None = None


class Manifest(Fact, rename="camel"):
    """An index (with `manifests`) or an image manifest (with `config` and `layers`)."""

    media_type: str = ""
    manifests: tuple[Descriptor, ...] | None = None
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] | None = None


class Healthcheck(Fact, rename="pascal"):
    """How an engine asks the container whether it is well."""

    test: tuple[str, ...] | None = None


class RunConfig(Fact, rename="pascal"):
    """What a container of this image starts with."""

    user: str | None = None
    env: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    exposed_ports: dict[str, msgspec.Raw] | None = None
    labels: dict[str, str] | None = None
    volumes: dict[str, msgspec.Raw] | None = None
    working_dir: str | None = None
    healthcheck: Healthcheck | None = None


class HistoryLine(Fact):
    """A build step; one with `empty_layer` made no layer."""

    created_by: str | None = None
    comment: str | None = None
    created: str | None = None
    empty_layer: bool = False


class RootFs(Fact):
    """The digests of the uncompressed layers, the base first."""

    diff_ids: tuple[str, ...] = ()


class Configuration(Fact):
    """An image's configuration: its digest is the image's id."""

    architecture: str = ""
    os: str = ""
    created: str | None = None
    config: RunConfig | None = None
    rootfs: RootFs = RootFs()
    history: tuple[HistoryLine, ...] | None = None


def parse_manifest(data: bytes) -> Manifest:
    """An index or a manifest. Raises `Malformed` or `LimitExceeded`."""
    manifest = typed_json.decode(data, Manifest, "image manifest")
    blobs = (*(manifest.manifests or ()), *(manifest.layers or ()), *((manifest.config,) if manifest.config else ()))
    for blob in blobs:
        if not is_digest(blob.digest):
            raise Malformed("image manifest", f"{blob.digest[:80]!r} is not a sha256 or sha512 digest")
        if blob.size < 0:
            raise Malformed("image manifest", "a blob of negative size")
    if len(blobs) > MAX_LAYERS:
        raise LimitExceeded("layers of one image", MAX_LAYERS)
    return manifest


def parse_configuration(data: bytes) -> Configuration:
    """An image's configuration. Raises `Malformed` or `LimitExceeded`."""
    found = typed_json.decode(data, Configuration, "image configuration")
    if len(found.rootfs.diff_ids) > MAX_LAYERS:
        raise LimitExceeded("layers of one image", MAX_LAYERS)
    if len(found.history or ()) > MAX_HISTORY:
        raise LimitExceeded("history lines of one image", MAX_HISTORY)
    if any(not is_digest(digest) for digest in found.rootfs.diff_ids):
        raise Malformed("image configuration", "rootfs.diff_ids holds something that is no digest")
    run = found.config
    if (
        run
        and len(run.env or ()) + len(run.labels or ()) + len(run.cmd or ()) + len(run.entrypoint or ()) > MAX_CONFIG_ITEMS
    ):
        raise LimitExceeded("environment entries, labels and command words of one image", MAX_CONFIG_ITEMS)
    return found


def is_digest(text: str) -> bool:
    """Whether this is a digest of an algorithm that the specification registers, safe to use as a file name."""
    return _DIGEST.fullmatch(text) is not None
