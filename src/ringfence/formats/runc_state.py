"""runc's state of a container: `state.json` under its root directory (`/run/runc/ID`).

Source: opencontainers/runc libcontainer/container_linux.go (`State`, `BaseState`) and libcontainer/configs (`labels`).
"""

import msgspec

from ringfence.formats import typed_json
from ringfence.model.fact import Fact

FORM = "runc state"


class ContainerState(Fact):
    """What a low-level runtime keeps: `pid` of the first process (0: none), when it started in clock ticks after boot
    (0: not kept), the bundle's directory (empty: not kept).
    """

    id: str
    pid: int
    started: int = 0
    bundle: str = ""


class _Config(msgspec.Struct):
    labels: tuple[str, ...] | None = None


class _State(msgspec.Struct):
    id: str
    init_process_pid: int
    init_process_start: int = 0
    config: _Config | None = None


def parse(data: bytes) -> ContainerState:
    """The state of one container. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _State, FORM)
    labels = (read.config.labels or ()) if read.config else ()
    bundle = next((label.removeprefix("bundle=") for label in labels if label.startswith("bundle=")), "")
    return ContainerState(id=read.id, pid=read.init_process_pid, started=read.init_process_start, bundle=bundle)
