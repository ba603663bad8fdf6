"""What is known of the engines and runtimes of one host, and of the containers they run."""

from collections.abc import Iterator

from ringfence.model.component import Component
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe
from ringfence.model.location import Location
from ringfence.model.package import Package
from ringfence.model.workload import Workload

RUNTIME_SOCKETS = frozenset(
    {
        "docker.sock",
        "containerd.sock",
        "crio.sock",
        "podman.sock",
        "cri-dockerd.sock",
        "buildkitd.sock",
        "dockershim.sock",
        "frakti.sock",
    }
)
"""Base names of the sockets through which an engine or a CRI runtime takes orders. Source: the engines' documentation."""


class EngineApi(Fact):
    """The addresses an engine's API listens on (`tcp://0.0.0.0:2375`) and whether clients must show a certificate."""

    node: str
    engine: str
    listens: tuple[str, ...]
    tls_verified: Maybe[bool]
    at: Location = Location()


class Facts(Fact):
    """One host at one moment. `collected_on` is a day, YYYY-MM-DD."""

    node: str
    collected_on: str
    components: tuple[Component, ...] = ()
    workloads: tuple[Workload, ...] = ()
    apis: tuple[EngineApi, ...] = ()

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages the components came in."""
        return tuple({item.package.purl: item.package for item in self.components if item.package}.values())

    @property
    def about(self) -> str:
        """Nothing narrower than the target itself."""
        return ""

    def subjects(self) -> Iterator[object]:
        """Everything a check may be asked about."""
        yield self
        yield from self.components
        yield from self.workloads
        yield from self.apis


def granted_everything(workload: Workload) -> bool:
    """Whether the container is known to be privileged, which says what narrower checks would say again."""
    return workload.confinement.privileged == Known(True)


def is_runtime_socket(path: str) -> bool:
    """Whether a path is that of an engine's socket."""
    return path.rstrip("/").rpartition("/")[2] in RUNTIME_SOCKETS
