"""A root file system in a directory: no layers, no configuration, only what lies there."""

import os
from collections.abc import Iterator

from ringfence.errors import UnreadableInput
from ringfence.io.world import Target, World
from ringfence.layers.image.collect.reading import assembly, reference
from ringfence.layers.image.collect.reading.reference import Form
from ringfence.layers.image.collect.reading.stored_image import StoredImage, StoredLayer
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Source

SOURCE = Source(slug="root-file-system", targets=("image",))


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The directory as one layer. Raises `UnreadableInput` if it is none or cannot be read."""
    meant = reference.parse(target.ref)
    if meant.form is not Form.DIRECTORY:
        return
    try:
        os.listdir(meant.path)
    except OSError as cause:
        raise UnreadableInput(cause.strerror or str(cause), where=target.ref, mend="check the path") from cause
    layer = StoredLayer(directory=os.path.abspath(meant.path))
    yield assembly.facts(StoredImage(target.ref, "", None, (layer,)), world)
