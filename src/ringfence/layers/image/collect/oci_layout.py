"""An image in an OCI layout: a directory, or the same as a tar (`oci-archive:`)."""

from collections.abc import Callable, Iterator

from ringfence.errors import UnreadableInput
from ringfence.formats import oci_image
from ringfence.formats.oci_image import Descriptor
from ringfence.io import blobs, tar_archive
from ringfence.io.blobs import Extent
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.image.collect.reading import assembly, layout, reference
from ringfence.layers.image.collect.reading.layout import Layout
from ringfence.layers.image.collect.reading.reference import Form
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Source

SOURCE = Source(slug="oci-layout", targets=("image",))


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The image of an OCI layout. Raises `UnreadableInput` where it holds several and none is named."""
    meant = reference.parse(target.ref)
    if meant.form is Form.OCI_ARCHIVE:
        place = Layout(target.ref, tar_archive.index(meant.path).extent)
    elif meant.form is Form.OCI:
        place = Layout(target.ref, _in_directory(meant.path))
    else:
        return
    index = oci_image.parse_manifest(place.document("index.json"))
    chosen = _chosen(index.manifests or (), meant.name, target.ref)
    yield assembly.facts(layout.stored(place, chosen, target, world), world)


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
