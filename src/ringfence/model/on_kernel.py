"""What one container's confinement means on one kernel, which may be another than the one it was seen on."""

from ringfence.model.fact import Fact
from ringfence.model.workload import WorkloadId


class There(Fact):
    """Whether a kernel has something; `there` is None where that cannot be told. `because` is one sentence."""

    name: str
    there: bool | None
    because: str


class CapabilityThere(Fact):
    """A capability of the container that the kernel does not have, or may not have.

    `instead` names those that govern the same there, `held` whether the container holds one of them.
    """

    name: str
    there: bool | None
    instead: tuple[str, ...]
    held: bool
    because: str


class CallThere(Fact):
    """A system call that the kernel does not have, or may not have.

    `answer` is what a program gets: `ENOSYS` from the kernel, or what the container's filter answers before it is asked.
    """

    name: str
    there: bool | None
    answer: str
    because: str


class OnKernel(Fact):
    """One confinement on one kernel.

    `passing` is how many system calls the filter lets through and the kernel has, of `calls` that the kernel has; both None
    where the filter, or the machine's table, is not known. `gained` are calls that the filter lets through and that the
    kernel it was seen on does not have. `refused` are calls the kernel lacks which the filter answers otherwise than with
    ENOSYS, so that programs which would fall back do not. `doors` are (name, state) as `graph.kernel_interfaces` names them.
    """

    kernel: str
    capabilities: tuple[CapabilityThere, ...] = ()
    passing: int | None = None
    calls: int | None = None
    lost: tuple[CallThere, ...] = ()
    gained: tuple[str, ...] = ()
    refused: tuple[CallThere, ...] = ()
    features: tuple[There, ...] = ()
    doors: tuple[tuple[str, str], ...] = ()


class WorkloadsOnKernel(Fact):
    """Workloads whose confinement means the same on the kernel."""

    workloads: tuple[WorkloadId, ...]
    meaning: OnKernel
