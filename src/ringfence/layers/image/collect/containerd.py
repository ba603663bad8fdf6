"""An image in containerd's content store: its blobs where they lie, found through containerd's own metadata."""

from collections.abc import Iterator

from ringfence.errors import Malformed, RingfenceError, Unavailable, UnreadableInput
from ringfence.formats import bolt
from ringfence.formats.oci_image import Descriptor, is_digest
from ringfence.io import blobs
from ringfence.io.blobs import Extent
from ringfence.io.world import Target, World
from ringfence.layers.image.collect import containers_storage, docker_daemon
from ringfence.layers.image.collect.reading import assembly, layout, reference
from ringfence.layers.image.collect.reading.layout import Layout
from ringfence.layers.image.collect.reading.reference import Form
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Source

SOURCE = Source(slug="containerd", targets=("image",))

ROOTS = ("var/lib/containerd", "var/lib/rancher/k3s/agent/containerd", "var/snap/microk8s/common/var/lib/containerd")
"""Where containerd keeps its data: its own default (containerd-config.toml(5), `root`), k3s's and MicroK8s's."""
METADATA = "io.containerd.metadata.v1.bolt/meta.db"
CONTENT = "io.containerd.content.v1.content"
MAX_METADATA_BYTES = 1024 * 1024 * 1024
"""Bytes of the metadata; a node with a thousand images has some tens of megabytes."""
ATTEMPTS = 3
"""How often metadata are read that change while they are read."""


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One image by the name that `ctr images ls` shows, by a short form of it, or by digest. Raises `UnreadableInput`."""
    meant = reference.parse(target.ref)
    if meant.form is Form.NAME and (containers_storage.holds(meant.name, world) or docker_daemon.holds(meant.name, world)):
        return
    if meant.form not in (Form.CONTAINERD, Form.NAME):
        return
    try:
        found = _found(meant.name, world)
    except RingfenceError:
        if meant.form is Form.NAME:
            return  # the registry is asked then
        raise
    if found is None:
        if meant.form is Form.NAME:
            return
        there = "containerd has no image of this name" if _roots(world) else "there is no data of containerd"
        raise UnreadableInput(there, where=target.ref, mend="see 'ctr namespaces ls' and 'ctr -n NAMESPACE images ls'")
    root, digest = found
    place = Layout(target.ref, lambda path: _extent(world, f"{root}/{CONTENT}/{path}", target.ref))
    yield assembly.facts(layout.stored(place, Descriptor(digest=digest), target, world), world)


def holds(name: str, world: World) -> bool:
    """Whether containerd has an image of this name; no if that cannot be told."""
    try:
        return _found(name, world) is not None
    except RingfenceError:
        return False


def _roots(world: World) -> list[str]:
    return [root for root in ROOTS if world.host.exists(f"{root}/{METADATA}")]


def _found(name: str, world: World) -> tuple[str, str] | None:
    """The root and the digest of the image's index or manifest, of the first namespace that has it."""
    tagged = name if ":" in name.rpartition("/")[2] or "@" in name else f"{name}:latest"
    names = (name, tagged, f"docker.io/{tagged}", f"docker.io/library/{tagged}")
    for root in _roots(world):
        for called, digest in _images(root, world):
            if called in names or digest == name:
                return root, digest
    return None


def _images(root: str, world: World) -> list[tuple[str, str]]:
    """Names and digests. Metadata are written page by page under our eyes: what does not fit together is read again."""
    for _ in range(ATTEMPTS - 1):
        try:
            return list(_listed(world.host.read(f"{root}/{METADATA}", MAX_METADATA_BYTES)))
        except Malformed:
            continue
    return list(_listed(world.host.read(f"{root}/{METADATA}", MAX_METADATA_BYTES)))


def _listed(data: bytes) -> Iterator[tuple[str, str]]:
    """As metadata/buckets.go of containerd has it: `v1`, then by namespace, `images`, by name, `target`, `digest`."""
    version = bolt.parse(data).bucket(b"v1")
    for namespace in version.names() if version is not None else ():
        images = version.bucket(namespace, b"images") if version is not None else None
        for name in images.names() if images is not None else ():
            about = images.bucket(name, b"target") if images is not None else None
            digest = (about.get(b"digest") or b"").decode("ascii", "replace") if about is not None else ""
            if is_digest(digest):
                yield name.decode("utf-8", "replace"), digest


def _extent(world: World, path: str, ref: str) -> Extent:
    try:
        return blobs.file_extent(world.host.resolve(path))
    except (Unavailable, UnreadableInput) as cause:
        mend = "run as root; containerd may have dropped the blob after unpacking it: pull it again, or use docker://"
        raise UnreadableInput(f"/{path}: {cause.wrong}", where=ref, mend=mend) from cause
