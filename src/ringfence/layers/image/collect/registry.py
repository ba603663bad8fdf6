"""An image in a registry: only the layers that are not in the cache are pulled, one at a time."""

import os
from collections.abc import Iterator
from contextlib import closing
from functools import partial

from ringfence.errors import Malformed, Unavailable, UnreadableInput, WrongUsage
from ringfence.formats import image_name
from ringfence.formats.image_name import ImageName
from ringfence.formats.oci_image import Descriptor
from ringfence.io import registry_logins, registry_places
from ringfence.io.registry import Registry
from ringfence.io.world import Target, World
from ringfence.layers.image.collect import containerd, containers_storage, docker_daemon
from ringfence.layers.image.collect.reading import assembly, manifests, reference, stored_image
from ringfence.layers.image.collect.reading.manifests import Wanted
from ringfence.layers.image.collect.reading.reference import Form
from ringfence.layers.image.collect.reading.stored_image import StoredImage, StoredLayer
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Source

SOURCE = Source(slug="registry", targets=("image",))

LOCAL = (containers_storage, docker_daemon, containerd)
"""Where a bare name is looked for before any registry is asked."""


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The image of a name, unless the local storage has one of it. Raises `UnreadableInput`, `Unavailable`."""
    meant = reference.parse(target.ref)
    if meant.form is Form.NAME and any(store.holds(meant.name, world) for store in LOCAL):
        return
    if meant.form not in (Form.REGISTRY, Form.NAME):
        return
    try:
        name = image_name.parse(meant.name)
    except Malformed as cause:
        raise UnreadableInput(cause.wrong, where=target.ref, mend="write docker://HOST/PATH:TAG") from cause
    if world.offline:
        raise WrongUsage("is not in the local storage, and --offline forbids to ask a registry", where=target.ref)
    refused: Unavailable | None = None
    for registry in _registries(name):
        with closing(registry):
            try:
                stored = _stored(registry, target, world)
            except Unavailable as cause:
                refused = cause
                world.progress(f"{registry.name}: {cause.wrong}")
                continue
            yield assembly.facts(stored, world)
            return
    if refused is not None and meant.form is Form.NAME:
        wrong = f"is neither a file nor in the local storage, and the registry of {name}: {refused.wrong}"
        raise Unavailable(wrong, where=target.ref, mend=refused.mend) from refused
    if refused is not None:
        raise refused


def _registries(name: ImageName) -> Iterator[Registry]:
    """Mirrors first; one that the user calls insecure is asked with TLS before it is asked without."""
    for place in registry_places.find(name, os.environ):
        login = partial(registry_logins.find, place.name, os.environ)
        yield Registry(place.name, login, unverified=place.insecure)
        if place.insecure:
            yield Registry(place.name, login, plain=True)


def _stored(registry: Registry, target: Target, world: World) -> StoredImage:
    def document(wanted: Descriptor, what: str) -> bytes:
        if what == "manifest":
            return registry.manifest(wanted.digest or registry.name.version)
        data = registry.document(wanted.digest)
        return stored_image.checked(data, wanted.digest, what, target.ref)

    # What the tag stands for now: it has no digest yet that it could be checked against.
    chosen = Descriptor(digest=registry.name.digest)
    manifest = manifests.image_of(chosen, document, Wanted(target.ref, target.platform, world.progress))
    config, layers = manifests.parts(manifest, target.ref)
    configuration = stored_image.parse_configuration(document(config, "configuration"), target.ref)
    stored = tuple(_layer(registry, item, world) for item in layers)
    return stored_image.with_diff_ids(target.ref, config.digest, configuration, stored)


def _layer(registry: Registry, item: Descriptor, world: World) -> StoredLayer:
    if sealed := manifests.sealed(item, world.recipients):
        return StoredLayer(digest=item.digest, sealed=sealed)
    return StoredLayer(digest=item.digest, fetch=partial(registry.blob, item.digest, item.size))
