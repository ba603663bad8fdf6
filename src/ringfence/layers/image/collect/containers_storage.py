"""An image in the local store of Podman, Buildah, CRI-O and Skopeo, its layers read where they lie."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from ringfence.errors import Malformed, RingfenceError, Unavailable, UnreadableInput
from ringfence.formats import containers_storage as store_format
from ringfence.formats.containers_storage import StoredImage as ListedImage
from ringfence.formats.containers_storage import StoredLayer as ListedLayer
from ringfence.io.world import Target, World
from ringfence.layers.image.collect.reading import assembly, reference, stored_image
from ringfence.layers.image.collect.reading.reference import Form
from ringfence.layers.image.collect.reading.stored_image import MAX_DOCUMENT_BYTES, StoredImage, StoredLayer
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Source
from ringfence.model.finding import Problem

SOURCE = Source(slug="containers-storage", targets=("image", "host-images"))

DRIVERS = ("overlay", "vfs")
"""Storage drivers whose layers are plain directories (containers-storage.conf(5))."""
SYSTEM_STORE = "var/lib/containers/storage"
USER_STORE = ".local/share/containers/storage"


@dataclass(frozen=True, slots=True)
class _Store:
    """A store of one driver, its root relative to the host's."""

    root: str
    driver: str
    images: tuple[ListedImage, ...]
    layers: dict[str, ListedLayer]


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One image by name, id or digest; for the host, every image. Raises `UnreadableInput` if none has the name."""
    if target.kind == "host-images":
        yield from _all(world)
        return
    meant = reference.parse(target.ref)
    if meant.form not in (Form.STORAGE, Form.NAME):
        return
    stores = tuple(_stores(world))
    if found := _found(stores, meant.name):
        yield assembly.facts(_stored(*found, target.ref, world), world)
        return
    if meant.form is Form.NAME:
        return  # the registry is asked then
    where = "the local storage has no image of this name" if stores else "there is no local image storage"
    raise UnreadableInput(
        where, where=target.ref, mend="pull it (podman pull NAME), or read it from its registry: docker://NAME"
    )


def holds(name: str, world: World) -> bool:
    """Whether the local storage has an image of this name."""
    return _found(tuple(_stores(world)), name) is not None


def _found(stores: tuple[_Store, ...], name: str) -> tuple[_Store, ListedImage] | None:
    return next(((store, image) for store in stores for image in store.images if _is_called(image, name)), None)


def _all(world: World) -> Iterator[Facts]:
    for store in _stores(world):
        for image in store.images:
            ref = f"containers-storage:{(image.names or (image.id[:12],))[0]}"
            try:
                yield assembly.facts(_stored(store, image, ref, world), world)
            except RingfenceError as fault:
                world.report(Problem(where=ref, why=fault.wrong, mend=fault.mend))


def _is_called(image: ListedImage, name: str) -> bool:
    """By full name, by the short forms that Podman takes, by id or its start, by the manifest's digest."""
    if name in (image.id, image.digest) or (len(name) >= 12 and image.id.startswith(name)):
        return True
    tagged = name if ":" in name.rpartition("/")[2] or "@" in name else f"{name}:latest"
    short = (tagged, f"localhost/{tagged}", f"docker.io/{tagged}", f"docker.io/library/{tagged}")
    return any(known in short for known in image.names or ())


def _stores(world: World) -> Iterator[_Store]:
    for root in _roots(world):
        for driver in DRIVERS:
            listing = f"{root}/{driver}-images/images.json"
            try:
                if not world.host.exists(listing):
                    continue
                images = store_format.parse_images(world.host.read(listing))
                layers = store_format.parse_layers(world.host.read(f"{root}/{driver}-layers/layers.json"))
            except RingfenceError as fault:
                world.report(Problem(where=f"/{listing}", why=fault.wrong, mend="run as root to read other users' images"))
                continue
            yield _Store(root, driver, images, {layer.id: layer for layer in layers})


def _roots(world: World) -> Iterator[str]:
    """The system's store, the one storage.conf names, and each user's own."""
    configured = ""
    for path in ("etc/containers/storage.conf", "usr/share/containers/storage.conf"):
        try:
            configured = _graph_root(world.host.read(path))
        except Unavailable:
            continue
        except Malformed as fault:
            world.report(Problem(where=f"/{path}", why=fault.wrong))
        break
    homes = ["root", *(f"home/{name}" for name in world.host.names("home"))]
    yield from dict.fromkeys(
        (configured.strip("/") or SYSTEM_STORE, SYSTEM_STORE, *(f"{home}/{USER_STORE}" for home in homes))
    )


class _Storage(msgspec.Struct):
    graphroot: str = ""


class _StorageConf(msgspec.Struct):
    storage: _Storage = msgspec.field(default_factory=_Storage)


def _graph_root(data: bytes) -> str:
    try:
        parsed = tomllib.loads(data.decode("utf-8"))
        return msgspec.convert(parsed, _StorageConf).storage.graphroot
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as cause:
        raise Malformed("storage.conf", str(cause)) from cause


def _stored(store: _Store, image: ListedImage, ref: str, world: World) -> StoredImage:
    folder = f"{store.root}/{store.driver}-images/{image.id}"
    digest = f"sha256:{image.id}"
    try:
        data = world.host.read(f"{folder}/{store_format.big_data_name(digest)}", MAX_DOCUMENT_BYTES)
    except Unavailable as cause:
        raise UnreadableInput(
            f"its configuration cannot be read: {cause.wrong}", where=ref, mend="run as the owner of the store, or as root"
        ) from cause
    stored_image.checked(data, digest, "configuration", ref)
    chain = _chain(store, image.layer, ref)
    layers = tuple(_layer(store, layer, world) for layer in chain)
    return stored_image.with_diff_ids(ref, digest, stored_image.parse_configuration(data, ref), layers)


def _chain(store: _Store, top: str, ref: str) -> tuple[ListedLayer, ...]:
    """From the base up."""
    found: list[ListedLayer] = []
    at = top
    while at:
        layer = store.layers.get(at)
        if layer is None or len(found) > len(store.layers):
            raise UnreadableInput("its chain of layers is broken in the store's list", where=ref, mend="podman system check")
        found.append(layer)
        at = layer.parent
    return tuple(reversed(found))


def _layer(store: _Store, layer: ListedLayer, world: World) -> StoredLayer:
    if store.driver == "overlay":
        folder = world.host.resolve(f"{store.root}/overlay/{layer.id}/diff")
        return StoredLayer(digest=layer.diff_digest, directory=folder, overlay=True)
    return StoredLayer(
        digest=layer.diff_digest, directory=world.host.resolve(f"{store.root}/vfs/dir/{layer.id}"), snapshot=True
    )
