"""Which image an image was built on: by its label, by the digests of its layers, by its history."""

from collections.abc import Sequence

import msgspec

from ringfence.formats.oci_image import Configuration, RunConfig
from ringfence.knowledge import bases
from ringfence.layers.image.collect.reading.configuration import base_layers
from ringfence.layers.image.facts import Base, Layer, SmallerBase
from ringfence.model.knowledge import Known, Maybe, Unknown

NAME = "org.opencontainers.image.base.name"
DIGEST = "org.opencontainers.image.base.digest"
"""Labels of the base (OCI image-spec 1.1, annotations.md)."""
MAX_NAME = 300
"""Characters of a name taken from a label."""


def base_of(configuration: Configuration, stored: Sequence[str]) -> Maybe[Base]:
    """The base, its size left out. `stored` are the digests of the layers as the manifest gives them, the base first."""
    run = configuration.config or RunConfig()
    labels = run.labels or {}
    kind = bases.runs((*(run.entrypoint or ()), *(run.cmd or ())))
    name, digest = labels.get(NAME, "")[:MAX_NAME], labels.get(DIGEST, "")[:MAX_NAME]
    known = bases.under(stored)
    layers = len(known.layers) if known else base_layers(configuration)
    if layers is None and len(stored) <= 1:
        return Known(Base(layers=0, name=name, digest=digest, told_by="its only layer", runs=kind))
    if layers is None:
        return Unknown(f"neither its layers nor its history tell which of them are {name or 'the base'}")
    told_by = "the digests of its layers" if known else f"the label {NAME}" if name else "its history"
    return Known(
        Base(
            layers=layers,
            name=known.name if known and not name else name,
            digest=digest,
            pull_size=known.size if known else 0,
            made=known.made if known else _made(configuration, layers),
            told_by=told_by,
            runs=kind,
            smaller=_smaller(kind, known),
        )
    )


def sized(base: Maybe[Base], layers: Sequence[Layer]) -> Maybe[Base]:
    """The base with the bytes of its layers."""
    if isinstance(base, Unknown):
        return base
    size = sum(layer.size for layer in layers[: base.value.layers])
    return Known(msgspec.structs.replace(base.value, size=size))


def _smaller(kind: str, known: bases.KnownBase | None) -> tuple[SmallerBase, ...]:
    limit = known.size if known else None
    return tuple(
        SmallerBase(name=item.name, fits=item.fits, size=item.size)
        for item in bases.smaller(kind)
        if known is None or (item.name != known.name and (item.size is None or limit is None or item.size < limit))
    )


def _made(configuration: Configuration, layers: int) -> str:
    """The day of the base's last layer, empty where its history does not say."""
    made = [line.created or "" for line in configuration.history or () if not line.empty_layer]
    return made[layers - 1][:10] if 0 < layers <= len(made) else ""
