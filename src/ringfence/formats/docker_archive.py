"""`docker save`'s archive: manifest.json beside configurations and layer tars.

Source: moby image-spec v1.2 "Combined Image JSON + Filesystem Changeset Format".
"""

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import typed_json
from ringfence.formats.oci_image import MAX_LAYERS
from ringfence.model.fact import Fact

MAX_IMAGES = 10_000
"""Images in one archive."""


class SavedImage(Fact, rename="pascal"):
    """One image of the archive: names of members, and the tags it was saved under."""

    config: str
    layers: tuple[str, ...]
    repo_tags: tuple[str, ...] | None = msgspec.field(default=None)


def parse(data: bytes) -> tuple[SavedImage, ...]:
    """The images that manifest.json lists. Raises `Malformed` (also for none) or `LimitExceeded`."""
    images = typed_json.decode(data, tuple[SavedImage, ...], "docker archive manifest")
    if not images:
        raise Malformed("docker archive manifest", "it lists no image")
    if len(images) > MAX_IMAGES:
        raise LimitExceeded("images of one archive", MAX_IMAGES)
    if any(len(image.layers) > MAX_LAYERS for image in images):
        raise LimitExceeded("layers of one image", MAX_LAYERS)
    return images
