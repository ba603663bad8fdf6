"""What a person is told of one container: what it can do to the kernel, and how that differs from its engine's default."""

from ringfence.model.fact import Fact
from ringfence.model.kernel_interface import InterfaceAnswer
from ringfence.model.on_kernel import OnKernel
from ringfence.model.workload import Workload


class Against(Fact):
    """What the container is compared with: `engine` at `version` (empty: not known, the oldest profile is taken).

    Everything is by name: what the container has more and fewer of than that engine's default container.
    """

    engine: str
    version: str = ""
    capabilities_more: tuple[str, ...] = ()
    capabilities_fewer: tuple[str, ...] = ()
    calls_more: tuple[str, ...] = ()
    calls_fewer: tuple[str, ...] = ()
    interfaces_more: tuple[str, ...] = ()
    interfaces_fewer: tuple[str, ...] = ()
    paths_more: tuple[str, ...] = ()
    """Paths that the default hides and the container sees."""


class Explanation(Workload, kw_only=True):
    """A workload with what follows from its confinement.

    `judged_on` names the kernel that was looked at, `assumed_kernel` says that none is known and that one which has and
    allows everything was taken. `passing` of `calls` system calls of `architecture` get through with some arguments; None
    where the filter is not known.
    """

    judged_on: str
    architecture: str
    against: Against
    assumed_kernel: bool = False
    passing: int | None = None
    calls: int = 0
    interfaces: tuple[InterfaceAnswer, ...] = ()
    there: OnKernel | None = None
    """What it means on the kernel that was asked for (`--target-kernel`) by what that one has; None where none was."""
