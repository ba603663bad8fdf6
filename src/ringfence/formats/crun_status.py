"""crun's state of a container: the file `status` under its root directory (`/run/crun/ID`).

Source: containers/crun src/libcrun/status.c (`libcrun_read_container_status`).
"""

import msgspec

from ringfence.formats import typed_json
from ringfence.formats.runc_state import ContainerState

FORM = "crun status"


class _Status(msgspec.Struct, rename="kebab"):
    pid: int
    bundle: str = ""
    process_start_time: int = 0


def parse(data: bytes, container: str) -> ContainerState:
    """The state of `container`, whose id is its directory's name. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _Status, FORM)
    return ContainerState(id=container, pid=read.pid, started=read.process_start_time, bundle=read.bundle)
