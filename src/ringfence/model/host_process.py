"""Processes of a host that are in no container."""

from ringfence.model.confinement import CapabilitySets
from ringfence.model.fact import Fact
from ringfence.model.linux import Namespace


class HostProcesses(Fact):
    """Processes of the host that may do the same: of one `name` (as the kernel keeps it, 15 characters), unit and user.

    `capabilities`, `no_new_privileges` and `seccomp` (0: none, 1: strict, 2: filter) are None where the kernel does not
    write them, `own_namespaces` (kinds not shared with process 1) where they may not be read. `pids` are the lowest ones.
    """

    name: str
    unit: str
    uid: int
    capabilities: CapabilitySets | None = None
    no_new_privileges: bool | None = None
    seccomp: int | None = None
    filters: int = 0
    own_namespaces: tuple[Namespace, ...] | None = None
    count: int = 1
    pids: tuple[int, ...] = ()
