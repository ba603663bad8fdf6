"""The local store of Podman, Buildah, CRI-O and Skopeo: `images.json`, `layers.json`, names of its big data files.

Source: github.com/containers/storage, images.go, layers.go and `makeBigDataBaseName`.
"""

import base64
import string

from ringfence.formats import typed_json
from ringfence.model.fact import Fact

_PLAIN = frozenset(string.ascii_letters + string.digits + "-_")


class StoredImage(Fact):
    """An image of the store: `layer` is the topmost one's id, `names` what it is tagged."""

    id: str
    layer: str = ""
    digest: str = ""
    names: tuple[str, ...] | None = None


class StoredLayer(Fact, rename={"diff_digest": "diff-digest", "diff_size": "diff-size"}):
    """A layer of the store; `parent` is the id of the one below, empty for the base. Sizes are in bytes."""

    id: str
    parent: str = ""
    diff_digest: str = ""
    diff_size: int = 0


def parse_images(data: bytes) -> tuple[StoredImage, ...]:
    """The images of `<driver>-images/images.json`. Raises `Malformed` or `LimitExceeded`."""
    return typed_json.decode(data, tuple[StoredImage, ...], "containers-storage image list")


def parse_layers(data: bytes) -> tuple[StoredLayer, ...]:
    """The layers of `<driver>-layers/layers.json`. Raises `Malformed` or `LimitExceeded`."""
    return typed_json.decode(data, tuple[StoredLayer, ...], "containers-storage layer list")


def big_data_name(key: str) -> str:
    """The file name that the store gives to a piece of data: itself if harmless, else `=` and base64 of it."""
    if key and all(char in _PLAIN for char in key):
        return key
    return "=" + base64.b64encode(key.encode()).decode("ascii")
