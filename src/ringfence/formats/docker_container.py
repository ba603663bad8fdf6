"""Docker's own record of a container: `config.v2.json` and `hostconfig.json` under `/var/lib/docker/containers/ID`.

Source: moby/moby daemon/container/container.go (`Container`), api/types/container/hostconfig.go (`HostConfig`).
"""

import msgspec

from ringfence.formats import typed_json
from ringfence.model.fact import Fact


class DockerContainer(Fact):
    """Names and state. `pid` is 0 for a container that does not run; `image_id` the digest of its configuration."""

    id: str
    name: str
    image: str
    image_id: str
    pid: int
    running: bool


class DockerHostConfig(Fact):
    """What the user asked the engine for."""

    privileged: bool = False
    runtime: str = ""


class _Config(msgspec.Struct):
    Image: str = ""


class _State(msgspec.Struct):
    Running: bool = False
    Pid: int = 0


class _Container(msgspec.Struct):
    ID: str
    Name: str = ""
    Image: str = ""
    Config: _Config | None = None
    State: _State | None = None


class _HostConfig(msgspec.Struct):
    Privileged: bool = False
    Runtime: str = ""


def parse(data: bytes) -> DockerContainer:
    """A `config.v2.json`. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _Container, "Docker container record")
    state = read.State or _State()
    return DockerContainer(
        id=read.ID,
        name=read.Name.removeprefix("/"),
        image=read.Config.Image if read.Config else "",
        image_id=read.Image,
        pid=state.Pid,
        running=state.Running,
    )


def parse_host_config(data: bytes) -> DockerHostConfig:
    """A `hostconfig.json`. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _HostConfig, "Docker host configuration")
    return DockerHostConfig(privileged=read.Privileged, runtime=read.Runtime)
