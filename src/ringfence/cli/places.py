"""Where images are read, signed and written: `docker://NAME`, `oci:DIR[:TAG]`; to read also `oci-archive:`, `dir:`."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ringfence.errors import Malformed, WrongUsage
from ringfence.formats import image_name, oci_image
from ringfence.formats.image_name import ImageName
from ringfence.formats.oci_image import Descriptor
from ringfence.io import oci_layout, registry_logins
from ringfence.io.registry import Registry
from ringfence.io.registry_push import PUSH, WritableRegistry

if TYPE_CHECKING:
    from ringfence.trust.encrypted_image import Source, Target
    from ringfence.trust.repository import Repository, WritableRepository

PASSPHRASE = "RINGFENCE_PASSPHRASE"  # noqa: S105 - the name of a variable
"""The environment variable that holds the passphrase of private keys; on a command line everybody could read it."""
REGISTRY = "docker://"


@dataclass(frozen=True, slots=True)
class Place:
    """An image where it lies. `name` and `tag` are those of a registry; `folder` is where signatures lie beside it."""

    source: "Source"
    repository: "Repository"
    image: Descriptor
    name: str = ""
    tag: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class SigningPlace(Place):
    """An image to which signatures can be added."""

    repository: "WritableRepository"


class NewPlace(NamedTuple):
    """Where an image goes, and its tag there."""

    target: "Target"
    tag: str


@contextmanager
def reading(ref: str) -> Iterator[Place]:
    """The image of a reference. Raises `WrongUsage`, `UnreadableInput`, `Unavailable`."""
    from ringfence.io.directory_image import DirectoryImage
    from ringfence.io.registry_image import RegistryImages
    from ringfence.trust import encrypted_image
    from ringfence.trust.repository import DirectoryRepository, LayoutRepository, RegistryRepository, described

    if ref.startswith(REGISTRY):
        name = _name(ref)
        with closing(Registry(name, partial(registry_logins.find, name, os.environ))) as registry:
            image = _in_registry(registry, name)
            yield Place(RegistryImages(registry), RegistryRepository(registry), image, f"{name.host}/{name.path}", name.tag)
        return
    form, path, tag = _local(ref, ("oci", "oci-archive", "dir"), "read")
    if form == "dir":
        folder = DirectoryImage(path)
        yield Place(folder, DirectoryRepository(folder), described(folder.top()), folder=path)
        return
    layout = oci_layout.in_archive(path) if form == "oci-archive" else oci_layout.in_directory(path)
    yield Place(layout, LayoutRepository(layout), encrypted_image.find(layout, tag))


@contextmanager
def signing(ref: str) -> Iterator[SigningPlace]:
    """The image of a reference, to add signatures to it. Raises as `reading`."""
    from ringfence.io.registry_image import RegistryImages
    from ringfence.trust import encrypted_image
    from ringfence.trust.repository import LayoutRepository, RegistryRepository

    if ref.startswith(REGISTRY):
        name = _name(ref)
        with closing(_writable(name)) as registry:
            image = _in_registry(registry, name)
            yield SigningPlace(RegistryImages(registry), RegistryRepository(registry), image, f"{name.host}/{name.path}")
        return
    _, path, tag = _local(ref, ("oci",), "sign")
    layout = oci_layout.in_directory(path)
    image = encrypted_image.find(layout, tag)
    yield SigningPlace(layout, LayoutRepository(layout, oci_layout.writable(path)), image)


@contextmanager
def writing(ref: str) -> Iterator[NewPlace]:
    """Where a new image goes. Raises `WrongUsage`, `Unavailable`."""
    from ringfence.io import registry_image
    from ringfence.io.registry_image import WritableRegistryImages

    if ref.startswith(REGISTRY):
        name = _name(ref)
        if name.digest:
            raise WrongUsage("names a digest, which nobody can choose", where=ref, mend="write docker://HOST/PATH:TAG")
        with closing(_writable(name)) as registry, registry_image.scratch() as folder:
            yield NewPlace(WritableRegistryImages(registry, folder), name.tag)
        return
    _, path, tag = _local(ref, ("oci",), "write")
    yield NewPlace(oci_layout.writable(path), tag)


def signed_name(place: Place, given: str) -> str:
    """The repository that a signature names: the one given, or the registry's own. Raises `WrongUsage` if there is none."""
    if not (given or place.name):
        raise WrongUsage("a layout does not say what repository it is signed for", mend="add --name REGISTRY/PATH")
    return given or place.name


def _name(ref: str) -> ImageName:
    try:
        return image_name.parse(ref.removeprefix(REGISTRY))
    except Malformed as cause:
        raise WrongUsage(cause.wrong, where=ref, mend="write docker://HOST/PATH:TAG") from cause


def _writable(name: ImageName) -> WritableRegistry:
    return WritableRegistry(name, partial(registry_logins.find, name, os.environ), actions=PUSH)


def _in_registry(registry: Registry, name: ImageName) -> Descriptor:
    from ringfence.trust import repository

    data = registry.manifest(name.version)
    media_type = oci_image.parse_manifest(data).media_type
    return Descriptor(digest=repository.digest_of(data), size=len(data), media_type=media_type)


def _local(ref: str, forms: tuple[str, ...], act: str) -> tuple[str, str, str]:
    """Form, path and tag of a reference to a file or folder. Raises `WrongUsage`."""
    form, colon, rest = ref.partition(":")
    if not colon or not rest or form not in forms:
        mend = "write docker://HOST/PATH:TAG or oci:DIR:TAG"
        raise WrongUsage(f"is no image that this command can {act}", where=ref, mend=mend)
    path, separator, tag = rest.rpartition(":")
    if not separator or "/" in tag or (act != "write" and os.path.exists(rest)):
        path, tag = rest, ""
    return form, path, tag


def printable(text: str) -> str:
    """Without control characters: names out of keys and manifests must not drive the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def passphrase() -> str | None:
    """The passphrase of the private keys, if one is set."""
    return os.environ.get(PASSPHRASE)
