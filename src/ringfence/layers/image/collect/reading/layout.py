"""An image whose blobs lie by their digests, as an OCI layout and containerd's content store keep them."""

from collections.abc import Callable
from dataclasses import dataclass

from ringfence.errors import UnreadableInput
from ringfence.formats.oci_image import Descriptor
from ringfence.io import blobs
from ringfence.io.blobs import Extent
from ringfence.io.world import Target, World
from ringfence.layers.image.collect.reading import manifests, stored_image
from ringfence.layers.image.collect.reading.stored_image import MAX_DOCUMENT_BYTES, StoredImage, StoredLayer


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the files of a layout lie, by their path in it. `extent` raises `UnreadableInput` for one that is not there."""

    ref: str
    extent: Callable[[str], Extent]

    def blob(self, wanted: Descriptor, what: str) -> bytes:
        """A document by its descriptor, checked against its digest. Raises `UnreadableInput`."""
        data = self.document(f"blobs/{wanted.digest.replace(':', '/')}")
        return stored_image.checked(data, wanted.digest, what, self.ref)

    def document(self, path: str) -> bytes:
        """A small file of the layout."""
        extent = self.extent(path)
        if extent.size > MAX_DOCUMENT_BYTES:
            raise UnreadableInput(f"{path} is larger than {MAX_DOCUMENT_BYTES:,} bytes", where=self.ref)
        return blobs.read_start(extent, MAX_DOCUMENT_BYTES)


def stored(layout: Layout, chosen: Descriptor, target: Target, world: World) -> StoredImage:
    """The image of an index or a manifest. Raises `UnreadableInput`."""
    manifest = manifests.image_of(chosen, layout.blob, manifests.Wanted(target.ref, target.platform, world.progress))
    config, layers = manifests.parts(manifest, layout.ref)
    data = layout.blob(config, "configuration")
    found = tuple(_layer(layout, item, world) for item in layers)
    configuration = stored_image.parse_configuration(data, layout.ref)
    return stored_image.with_diff_ids(layout.ref, config.digest, configuration, found)


def _layer(layout: Layout, item: Descriptor, world: World) -> StoredLayer:
    if sealed := manifests.sealed(item, world.recipients):
        return StoredLayer(digest=item.digest, sealed=sealed)
    return StoredLayer(digest=item.digest, extent=layout.extent(f"blobs/{item.digest.replace(':', '/')}"))
