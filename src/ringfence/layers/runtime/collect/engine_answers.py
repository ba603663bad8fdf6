"""What an engine itself says of its running containers, asked where the state of its runtime may not be read.

That is so for whoever is in the group of Docker's socket but not root, and where a runtime keeps its state elsewhere. Only
programs of this host are asked, and only what changes nothing: `docker ps`, `docker inspect`, `crictl ps`, `crictl inspect`.
"""

import re
from collections.abc import Iterator

from ringfence.errors import RingfenceError
from ringfence.formats import container_document
from ringfence.formats.engine_inspection import Inspection
from ringfence.formats.oci_runtime_spec import RuntimeSpec
from ringfence.formats.spec_record import SpecRecord
from ringfence.io.world import World
from ringfence.model.fact import Fact
from ringfence.model.finding import Problem

MAX_ASKED = 1000
"""Containers that one engine is asked about."""
ID = re.compile(r"[0-9a-f]{64}")


class Engine(Fact):
    """How an engine is asked. `state` are the folders that it would not need to be asked for if they could be read."""

    program: str
    version: tuple[str, ...]
    listing: tuple[str, ...]
    inspect: tuple[str, ...]
    state: tuple[str, ...]


DOCKER = Engine(
    program="docker",
    version=("docker", "version", "--format", "{{.Server.Version}}"),
    listing=("docker", "ps", "--quiet", "--no-trunc"),
    inspect=("docker", "inspect"),
    state=("/run/docker/runtime-runc/moby", "/run/containerd/io.containerd.runtime.v2.task/moby", "/run/docker"),
)
CRI = Engine(
    program="crictl",
    version=(),
    listing=("crictl", "ps", "--quiet", "--no-trunc"),
    inspect=("crictl", "inspect", "--output", "json"),
    state=("/run/containerd/io.containerd.runtime.v2.task/k8s.io", "/run/containerd/runc/k8s.io", "/run/runc"),
)
PLACES = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where `io.process` looks for programs."""


class Answer(Fact):
    """A container as its engine tells it, and the engine's version where it gave one."""

    container: Inspection | SpecRecord
    version: str
    asked: str


def answers(world: World, unread: frozenset[str]) -> Iterator[Answer]:
    """The containers of every engine some of whose state is among the folders that were `unread`.

    One that does not answer is reported, beside the folder that could not be read.
    """
    for engine in (DOCKER, CRI):
        hidden = any(path == folder or path.startswith(f"{folder}/") for path in engine.state for folder in unread)
        if hidden and any(world.host.exists(f"{place}/{engine.program}") for place in PLACES):
            try:
                yield from _asked(world, engine)
            except RingfenceError as cause:
                mend = f"run as root, or as a user that {engine.program} answers"
                world.report(Problem(where=engine.program, why=cause.diagnostics(), mend=mend))


def _asked(world: World, engine: Engine) -> Iterator[Answer]:
    ids = [word for word in world.ask(engine.listing).decode("utf-8", "replace").split() if ID.fullmatch(word)]
    version = world.ask(engine.version).decode("utf-8", "replace").strip() if engine.version and ids else ""
    for number in ids[:MAX_ASKED]:
        for item in container_document.parse(world.ask((*engine.inspect, number))):
            if not isinstance(item, RuntimeSpec):
                yield Answer(container=item, version=version, asked=" ".join((*engine.inspect, number[:12])))
