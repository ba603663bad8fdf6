"""An image that `docker save`, `podman save` or `skopeo copy docker-archive:` wrote."""

import os
from collections.abc import Iterator

from ringfence.errors import UnreadableInput
from ringfence.formats import docker_archive
from ringfence.formats.docker_archive import SavedImage
from ringfence.io import tar_archive
from ringfence.io.tar_archive import TarArchive
from ringfence.io.world import Target, World
from ringfence.layers.image.collect.reading import assembly, reference, stored_image
from ringfence.layers.image.collect.reading.reference import Form
from ringfence.layers.image.collect.reading.stored_image import MAX_DOCUMENT_BYTES, StoredImage, StoredLayer
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Source

SOURCE = Source(slug="docker-archive", targets=("image",))


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The image of a docker archive. Raises `UnreadableInput` where it holds several and none is named."""
    meant = reference.parse(target.ref)
    if meant.form is not Form.DOCKER_ARCHIVE:
        return
    yield assembly.facts(saved_image(meant.path, meant.name, target.ref), world)


def saved_image(path: str, name: str, ref: str) -> StoredImage:
    """The image of the archive at `path`; `name` says which if it holds several. Raises `UnreadableInput`."""
    archive = tar_archive.index(path)
    images = docker_archive.parse(archive.read("manifest.json", MAX_DOCUMENT_BYTES))
    return _stored(archive, _chosen(images, name, ref), ref)


def _chosen(images: tuple[SavedImage, ...], name: str, ref: str) -> SavedImage:
    """The one image meant: by tag (`NAME:TAG`, latest unless said) or by place (`@0`), as Skopeo takes them."""
    if not name and len(images) == 1:
        return images[0]
    for index, image in enumerate(images):
        tags = image.repo_tags or ()
        if name in (f"@{index}", *tags) or (name and f"{name}:latest" in tags):
            return image
    # The only image without any tag is the one meant, whatever Skopeo was told to call it.
    held = ", ".join(tag for image in images[:8] for tag in image.repo_tags or ("an image without a tag",))
    wrong = f"holds no image {name}" if name else f"holds {len(images)} images"
    raise UnreadableInput(f"{wrong}; there is: {held}", where=ref, mend="name one: docker-archive:FILE:NAME:TAG or :@0")


def _stored(archive: TarArchive, image: SavedImage, ref: str) -> StoredImage:
    data = archive.read(image.config, MAX_DOCUMENT_BYTES)
    named = os.path.basename(image.config).removesuffix(".json")
    digest = stored_image.sha256(data)
    if len(named) == 64:  # the file is named by its digest
        stored_image.checked(data, f"sha256:{named}", "configuration", ref)
    layers = tuple(StoredLayer(extent=archive.extent(name)) for name in image.layers)
    return stored_image.with_diff_ids(ref, digest, stored_image.parse_configuration(data, ref), layers)
