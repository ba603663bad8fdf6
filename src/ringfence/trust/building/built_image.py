"""An image as a build left it: its configuration, and for each layer the files it added, with their digests."""

import hashlib
import re
import tempfile
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Malformed, UnreadableInput
from ringfence.formats import oci_image, ocicrypt
from ringfence.formats.oci_image import Configuration, Descriptor
from ringfence.formats.tar import Kind, Member, TarReader
from ringfence.io import blobs, oci_layout
from ringfence.model.fact import Fact
from ringfence.trust.encrypted_image import Source

MAX_FILES = 2_000_000
"""Files of all layers of one image."""
MAX_LIST_BYTES = 64 * 1024 * 1024
"""Bytes of all package databases that are kept for judging."""
CHUNK = 1024 * 1024
_LISTS = re.compile(r"(?:usr/)?var/lib/dpkg/info/[^/]+\.md5sums|(?:usr/)?lib/apk/db/installed")
"""Files that name installed files with their digests."""


class LayerFile(Fact):
    """One entry of a layer. `path` is relative to the root; the digests are hexadecimal, of regular files alone."""

    path: str
    kind: Kind
    mode: int
    uid: int = 0
    gid: int = 0
    size: int = 0
    link: str = ""
    sha256: str = ""
    sha1: str = ""
    md5: str = ""
    escapes: bool = False


class BuiltLayer(Fact):
    """A layer's files, and those of them that are lists of a package manager, with their content."""

    diff_id: str
    files: tuple[LayerFile, ...]
    lists: dict[str, bytes] = {}


class BuiltImage(Fact):
    """An image. Its layers are those of the manifest, the base first."""

    digest: str
    configuration: Configuration
    layers: tuple[BuiltLayer, ...]


def read(source: Source, image: Descriptor) -> BuiltImage:
    """The image. Raises `UnreadableInput` for an index or encrypted layers, `Malformed`, `LimitExceeded`."""
    manifest = oci_image.parse_manifest(source.manifest(image.digest))
    if manifest.config is None or manifest.layers is None:
        raise UnreadableInput("is an index of several images", where=image.digest, mend="name the image of one platform")
    if any(layer.media_type.endswith(ocicrypt.SUFFIX) for layer in manifest.layers):
        raise UnreadableInput("has encrypted layers", where=image.digest, mend="decrypt it first: ringfence decrypt")
    configuration = oci_image.parse_configuration(source.document(manifest.config.digest))
    diff_ids = configuration.rootfs.diff_ids
    if len(diff_ids) != len(manifest.layers):
        raise Malformed("image", f"its configuration lists {len(diff_ids)} layers, its manifest {len(manifest.layers)}")
    left = [MAX_FILES, MAX_LIST_BYTES]
    layers = tuple(_layer(source, layer, diff, left) for layer, diff in zip(manifest.layers, diff_ids, strict=True))
    return BuiltImage(digest=image.digest, configuration=configuration, layers=layers)


def _layer(source: Source, layer: Descriptor, diff_id: str, left: list[int]) -> BuiltLayer:
    """The files of a layer. Its stored bytes go through a temporary file, which a registry's layer needs anyway."""
    with tempfile.TemporaryDirectory(prefix="ringfence-") as folder, oci_layout.NewBlob(folder) as blob:
        for chunk in source.chunks(layer.digest):
            blob.write(memoryview(chunk))
        if blob.digest != layer.digest:
            raise UnreadableInput(f"the blob {layer.digest[:19]}… is not what its name says", where=source.where)
        files: list[LayerFile] = []
        lists: dict[str, bytes] = {}
        with blobs.BlobStream(blob.extent(), stored_digest=blob.digest) as plain:
            reader = TarReader(plain)
            for member in reader.members():
                left[0] -= 1
                if left[0] < 0:
                    raise LimitExceeded("files of one image", MAX_FILES, where=source.where)
                files.append(_file(reader, member, lists, left))
            plain.drain()
            if plain.plain_digest != diff_id:
                raise UnreadableInput(
                    f"the layer {layer.digest[:19]}… is not the one its configuration has", where=source.where
                )
    return BuiltLayer(diff_id=diff_id, files=tuple(files), lists=lists)


def _file(reader: TarReader, member: Member, lists: dict[str, bytes], left: list[int]) -> LayerFile:
    sha256, sha1, md5 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
    kept = bytearray() if _LISTS.fullmatch(member.path) else None
    if member.kind is Kind.FILE:
        for chunk in _content(reader, member.size):
            for digest in (sha256, sha1, md5):
                digest.update(chunk)
            if kept is not None:
                left[1] -= len(chunk)
                if left[1] < 0:
                    raise LimitExceeded("bytes of package databases", MAX_LIST_BYTES)
                kept += chunk
        if kept is not None:
            lists[member.path] = bytes(kept)
    regular = member.kind is Kind.FILE
    return LayerFile(
        path=member.path,
        kind=member.kind,
        mode=member.mode,
        uid=member.uid,
        gid=member.gid,
        size=member.size,
        link=member.link,
        sha256=sha256.hexdigest() if regular else "",
        sha1=sha1.hexdigest() if regular else "",
        md5=md5.hexdigest() if regular else "",
        escapes=member.escapes,
    )


def _content(reader: TarReader, size: int) -> Iterator[bytes]:
    while size > 0:
        chunk = reader.content(min(size, CHUNK))
        if not chunk:
            return
        size -= len(chunk)
        yield chunk
