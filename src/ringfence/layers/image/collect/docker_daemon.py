"""An image that a Docker daemon holds, as it gives it out."""

import os
from collections.abc import Iterator

from ringfence.errors import RingfenceError, UnreadableInput
from ringfence.io import docker_engine
from ringfence.io.docker_engine import DockerEngine
from ringfence.io.world import Target, World
from ringfence.layers.image.collect import containers_storage
from ringfence.layers.image.collect.docker_archive import saved_image
from ringfence.layers.image.collect.reading import assembly, reference
from ringfence.layers.image.collect.reading.reference import Form
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Source

SOURCE = Source(slug="docker-daemon", targets=("image",))


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The image of a name or id. Raises `UnreadableInput` if there is none, `Unavailable` if no daemon answers."""
    meant = reference.parse(target.ref)
    if meant.form is Form.NAME and (containers_storage.holds(meant.name, world) or not holds(meant.name, world)):
        return
    if meant.form not in (Form.DAEMON, Form.NAME):
        return
    engine = DockerEngine(docker_engine.socket_path(os.environ))
    if not engine.has_image(meant.name):
        raise UnreadableInput("the Docker daemon has no image of this name", where=target.ref, mend="see 'docker images'")
    with engine.saved(meant.name) as path:
        yield assembly.facts(saved_image(path, "", target.ref), world)


def holds(name: str, world: World) -> bool:
    """Whether a daemon of this host has the image; no where none answers, or another host's files are looked at."""
    if world.host.root != "/":
        return False
    try:
        path = docker_engine.socket_path(os.environ)
        return os.path.exists(path) and DockerEngine(path).has_image(name)
    except RingfenceError:
        return False
