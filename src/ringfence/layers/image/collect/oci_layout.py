"""An image in an OCI layout: a directory, or the same as a tar (`oci-archive:`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ringfence.errors import UnreadableInput
from ringfence.formats import oci_image
from ringfence.formats.oci_image import Descriptor
from ringfence.io import blobs, tar_archive
from ringfence.io.blobs import Extent
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.image.collect.reading import assembly, manifests, reference, stored_image
from ringfence.layers.image.collect.reading.reference import Form
from ringfence.layers.image.collect.reading.stored_image import MAX_DOCUMENT_BYTES, StoredImage, StoredLayer
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Source

SOURCE = Source(slug="oci-layout", targets=("image",))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the files of a layout lie, by their path in it."""

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


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The image of an OCI layout. Raises `UnreadableInput` where it holds several and none is named."""
    meant = reference.parse(target.ref)
    if meant.form is Form.OCI_ARCHIVE:
        layout = _Layout(target.ref, tar_archive.index(meant.path).extent)
    elif meant.form is Form.OCI:
        layout = _Layout(target.ref, _in_directory(meant.path))
    else:
        return
    index = oci_image.parse_manifest(layout.document("index.json"))
    chosen = _chosen(index.manifests or (), meant.name, target.ref)
    yield assembly.facts(_stored(layout, chosen, target, world), world)


def _in_directory(path: str) -> Callable[[str], Extent]:
    root = Rooted(path)
    return lambda name: blobs.file_extent(root.resolve(name))


def _chosen(manifests: tuple[Descriptor, ...], name: str, ref: str) -> Descriptor:
    """By its tag; the only one if none is named."""
    tags = [(item.annotations or {}).get(oci_image.REF_NAME, "") for item in manifests]
    if not name and len(manifests) == 1:
        return manifests[0]
    for item, tag in zip(manifests, tags, strict=True):
        if name and name in (tag, item.digest):
            return item
    held = ", ".join(tag or "an image without a tag" for tag in tags[:8]) or "nothing"
    wrong = f"holds no image {name}" if name else f"holds {len(manifests)} images"
    raise UnreadableInput(f"{wrong}; there is: {held}", where=ref, mend="name one: oci:PATH:TAG")


def _stored(layout: _Layout, chosen: Descriptor, target: Target, world: World) -> StoredImage:
    manifest = manifests.image_of(chosen, layout.blob, manifests.Wanted(target.ref, target.platform, world.progress))
    config, layers = manifests.parts(manifest, layout.ref)
    data = layout.blob(config, "configuration")
    stored = tuple(_layer(layout, item, world) for item in layers)
    configuration = stored_image.parse_configuration(data, layout.ref)
    return stored_image.with_diff_ids(layout.ref, config.digest, configuration, stored)


def _layer(layout: _Layout, item: Descriptor, world: World) -> StoredLayer:
    if sealed := manifests.sealed(item, world.recipients):
        return StoredLayer(digest=item.digest, sealed=sealed)
    return StoredLayer(digest=item.digest, extent=layout.extent(f"blobs/{item.digest.replace(':', '/')}"))
