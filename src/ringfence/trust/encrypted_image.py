"""Whole images, in OCI layouts and registries: encrypted, decrypted, and wrapped again for others without touching a layer.

Every rule about what may be released is here: a layer goes into the target only when its HMAC, the digest its encrypter
meant and the image's own diff_id all agree, and the target names the image only when every layer did.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import manifest_edit, oci_image, ocicrypt
from ringfence.formats.manifest_edit import Changed
from ringfence.formats.oci_image import Descriptor, Manifest
from ringfence.formats.ocicrypt import Encryption
from ringfence.io import blobs
from ringfence.io.oci_layout import BlobSource, Layout, NewBlob
from ringfence.trust import keys, layer_cipher
from ringfence.trust.faults import Refused
from ringfence.trust.keys import PrivateKeys, Recipients

MAX_NESTING = 4
"""Indices inside indices; builders write two."""


class Source(BlobSource, Protocol):
    """Where images are read: a layout or a registry's repository."""

    def manifest(self, digest: str) -> bytes:
        """A manifest or index, checked against its digest."""

    def document(self, digest: str) -> bytes:
        """A configuration, checked against its digest."""


class Target(Protocol):
    """Where images are written."""

    def new_blob(self) -> NewBlob:
        """A place for a blob whose digest is known only when all of it is written."""

    def put_manifest(self, data: bytes, media_type: str) -> str:
        """Stores a manifest; gives its digest."""

    def take(self, source: BlobSource, digest: str) -> None:
        """Copies a blob unless it is there."""

    def tag(self, image: Descriptor, tag: str) -> None:
        """Lets `tag` mean an image that was stored."""


@dataclass(frozen=True, slots=True)
class LayerState:
    """A layer of an image: whether it is encrypted, and for whom as far as that shows."""

    digest: str
    encrypted: bool
    recipients: tuple[str, ...] = ()


def find(layout: Layout, tag: str) -> Descriptor:
    """The image `tag` of a layout; its only one if `tag` is empty. Raises `UnreadableInput`."""
    listed = oci_image.parse_manifest(layout.index()).manifests or ()
    matching = [item for item in listed if tag in (item.digest, (item.annotations or {}).get(oci_image.REF_NAME, ""))]
    if not tag and len(listed) == 1:
        matching = list(listed)
    if len(matching) != 1:
        there = ", ".join((item.annotations or {}).get(oci_image.REF_NAME, item.digest) for item in listed[:8])
        wrong = f"holds {len(matching)} images {tag!r}" if tag else f"holds {len(listed)} images"
        raise UnreadableInput(f"{wrong}; there is: {there or 'nothing'}", where=layout.where, mend="name one: oci:DIR:TAG")
    return matching[0]


def layers(source: Source, image: Descriptor) -> tuple[LayerState, ...]:
    """What each layer of an image is, the base first; of an index, those of all its platforms. Raises `Malformed`."""
    manifest = oci_image.parse_manifest(source.manifest(image.digest))
    if manifest.manifests is not None:
        return tuple(state for item in manifest.manifests for state in layers(source, item))
    return tuple(_state(item) for item in manifest.layers or ())


def _state(layer: Descriptor) -> LayerState:
    found = _encryption(layer)
    if found is None:
        return LayerState(layer.digest, encrypted=False)
    return LayerState(layer.digest, encrypted=True, recipients=keys.named(found.keys))


@dataclass(frozen=True, slots=True)
class Copier(ABC):
    """An image on its way from one place to another."""

    source: Source
    target: Target

    def copy(self, image: Descriptor, tag: str) -> Descriptor:
        """The whole image; named `tag` in the target when all of it is there. Raises whatever stops it."""
        made = self._image(image, MAX_NESTING)
        self.target.tag(made, tag)
        return made

    def _image(self, image: Descriptor, depth: int) -> Descriptor:
        data = self.source.manifest(image.digest)
        manifest = oci_image.parse_manifest(data)
        if manifest.manifests is not None:
            if not depth:
                raise Malformed("image index", f"indices stand in each other more than {MAX_NESTING} deep")
            made = [self._image(item, depth - 1) for item in manifest.manifests]
            changes = {place: Changed(digest=item.digest, size=item.size) for place, item in enumerate(made)}
            written = manifest_edit.change(data, "manifests", changes)
        else:
            if manifest.config is None or manifest.layers is None:
                raise Malformed("image manifest", "it is that of no image", where=image.digest)
            self.target.take(self.source, manifest.config.digest)
            written = manifest_edit.change(data, "layers", self._changed(manifest))
        media_type = image.media_type or manifest.media_type
        digest = self.target.put_manifest(written, media_type)
        return Descriptor(digest=digest, size=len(written), media_type=media_type)

    @abstractmethod
    def _changed(self, manifest: Manifest) -> Mapping[int, Changed]:
        """Brings an image's layers over; gives what changes in their descriptors, by place."""


@dataclass(frozen=True, slots=True)
class Encrypter(Copier):
    """Encrypts layers for recipients: those at `places` (negative counts from the top), or all of them."""

    recipients: Recipients
    places: Collection[int] = ()

    def _changed(self, manifest: Manifest) -> Mapping[int, Changed]:
        found = manifest.layers or ()
        chosen = {place % len(found) for place in self.places if -len(found) <= place < len(found)} if found else set()
        if len(chosen) != len(set(self.places)):
            raise UnreadableInput(f"has {len(found)} layers, so not every --layer names one", where=self.source.where)
        changes: dict[int, Changed] = {}
        for place, layer in enumerate(found):
            if (self.places and place not in chosen) or _encryption(layer) is not None:
                self.target.take(self.source, layer.digest)
            else:
                changes[place] = self._encrypted(layer)
        return changes

    def _encrypted(self, layer: Descriptor) -> Changed:
        with self.target.new_blob() as blob:
            private, public = layer_cipher.encrypt(self.source.chunks(layer.digest), blob.write, layer.digest)
            wrapped = self.recipients.wrap(ocicrypt.write_private(private))
            return Changed(
                digest=blob.keep(),
                size=blob.size,
                media_type=f"{layer.media_type}{ocicrypt.SUFFIX}",
                annotations={**ocicrypt.annotations(Encryption(public=public, keys=wrapped))},
            )


@dataclass(frozen=True, slots=True)
class Decrypter(Copier):
    """Decrypts every encrypted layer. Raises `NoKeyFits` or `Refused` before anything of such a layer is released."""

    keys: PrivateKeys

    def _changed(self, manifest: Manifest) -> Mapping[int, Changed]:
        diff_ids = _diff_ids(self.source, manifest)
        changes: dict[int, Changed] = {}
        for place, (layer, diff_id) in enumerate(zip(manifest.layers or (), diff_ids, strict=True)):
            found = _encryption(layer)
            if found is None:
                self.target.take(self.source, layer.digest)
            else:
                changes[place] = self._decrypted(layer, found, diff_id)
        return changes

    def _decrypted(self, layer: Descriptor, found: Encryption, diff_id: str) -> Changed:
        private = ocicrypt.parse_private(self.keys.unwrap(found.keys))
        with self.target.new_blob() as blob:
            layer_cipher.decrypt(self.source.chunks(layer.digest), blob.write, private, found.public)
            digest = blob.digest
            if digest != private.digest:
                raise Refused(f"it decrypts to {digest}, and its encrypter meant {private.digest}", where=layer.digest)
            with blobs.BlobStream(blob.extent(), stored_digest=digest) as plain:
                plain.drain()
                if plain.plain_digest != diff_id:
                    raise Refused(
                        f"the layer {digest[:19]}… is not the one its image's configuration has there ({diff_id[:19]}…)",
                        where=layer.digest,
                    )
            blob.keep()
            gone: dict[str, str | None] = {
                name: None for name in layer.annotations or {} if name.startswith(ocicrypt.PREFIX)
            }
            media_type = layer.media_type.removesuffix(ocicrypt.SUFFIX)
            return Changed(digest=digest, size=blob.size, media_type=media_type, annotations=gone)


@dataclass(frozen=True, slots=True)
class Rewrapper(Copier):
    """Changes who may open an image: opens each layer's key with `keys` and wraps it for `recipients`.

    With `keep`, those who could open it still can. Blobs are copied as they are.
    """

    keys: PrivateKeys
    recipients: Recipients
    keep: bool

    def _changed(self, manifest: Manifest) -> Mapping[int, Changed]:
        changes: dict[int, Changed] = {}
        for place, layer in enumerate(manifest.layers or ()):
            found = _encryption(layer)
            self.target.take(self.source, layer.digest)
            if found is None:
                continue
            secret = self.keys.unwrap(found.keys)
            ocicrypt.parse_private(secret)
            wrapped = (*(found.keys if self.keep else ()), *self.recipients.wrap(secret))
            gone: dict[str, str | None] = {name: None for name in layer.annotations or {} if name.startswith(ocicrypt.KEYS)}
            made = ocicrypt.annotations(Encryption(public=found.public, keys=wrapped))
            changes[place] = Changed(annotations={**gone, **made})
        return changes


def _encryption(layer: Descriptor) -> Encryption | None:
    try:
        return ocicrypt.encryption(layer.media_type, layer.annotations or {})
    except Malformed as cause:
        raise Malformed(cause.form, cause.wrong.partition(": ")[2], where=f"layer {layer.digest[:19]}…") from cause


def _diff_ids(source: Source, manifest: Manifest) -> tuple[str, ...]:
    if manifest.config is None:
        raise Malformed("image manifest", "it has no configuration")
    found = oci_image.parse_configuration(source.document(manifest.config.digest)).rootfs.diff_ids
    if len(found) != len(manifest.layers or ()):
        raise Malformed("image", f"its configuration lists {len(found)} layers, its manifest {len(manifest.layers or ())}")
    return found
