"""What is known of the engines and runtimes of one host, and of the containers they run."""

from collections.abc import Iterator

from ringfence.formats.engine_defaults import EngineDefaults
from ringfence.formats.image_trust import ImagePolicy
from ringfence.formats.kata_config import KataConfig
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


class Handler(Fact):
    """A name by which an engine is asked for a runtime (a RuntimeClass's handler), with the program and what that is."""

    name: str
    program: str
    component: str


class Engine(Fact):
    """An engine with what it gives every container unasked. `rootless` says that it runs as a user without privilege.

    `handlers` are the runtimes that its configuration names. `at` is the last file, or the command line, that said
    something.
    """

    node: str
    name: str
    defaults: Maybe[EngineDefaults]
    rootless: bool = False
    handlers: tuple[Handler, ...] = ()
    at: Location = Location()


class EngineSocket(Fact):
    """A socket through which an engine takes orders.

    `mode` are the permission bits, `group` the name of its group and `members` who is in it. `closed_by` is a folder above
    it that others may not enter, empty if there is none.
    """

    node: str
    engine: str
    path: str
    mode: int
    owner: int = 0
    group: str = ""
    members: tuple[str, ...] = ()
    closed_by: str = ""


class EngineFile(Fact):
    """A program, a unit, a setting or a key of an engine, with who may write it; `secret` is a private key of its TLS."""

    node: str
    path: str
    mode: int
    owner: int
    group: int
    secret: bool = False


class EngineAudit(Fact):
    """The engines' `paths` on a host, and those that written rules of the audit system watch, with all under them."""

    node: str
    paths: tuple[str, ...]
    watched: Maybe[tuple[str, ...]]
    at: Location = Location()


class EngineStorage(Fact):
    """Where an engine keeps images and containers; `own_file_system` says that it is not the root's."""

    node: str
    engine: str
    path: str
    own_file_system: Maybe[bool]


class ImageTrust(Fact):
    """The policy on signatures of Podman, Buildah, Skopeo and CRI-O, and where it is written."""

    node: str
    policy: Maybe[ImagePolicy]
    at: Location = Location()


class Guest(Fact):
    """How the virtual machines of a sandboxed runtime are set up."""

    node: str
    config: KataConfig
    at: Location = Location()


class SubordinateIds(Fact):
    """The ranges of ids that users may map in their namespaces (subuid(5), subgid(5)): owner, first id, how many."""

    node: str
    path: str
    ranges: Maybe[tuple[tuple[str, int, int], ...]]


class Facts(Fact):
    """One host at one moment. `collected_on` is a day, YYYY-MM-DD."""

    node: str
    collected_on: str
    components: tuple[Component, ...] = ()
    workloads: tuple[Workload, ...] = ()
    apis: tuple[EngineApi, ...] = ()
    engines: tuple[Engine, ...] = ()
    sockets: tuple[EngineSocket, ...] = ()
    files: tuple[EngineFile, ...] = ()
    storage: tuple[EngineStorage, ...] = ()
    trust: ImageTrust | None = None
    subordinates: tuple[SubordinateIds, ...] = ()
    guests: tuple[Guest, ...] = ()
    audit: EngineAudit | None = None

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
        yield from self.engines
        yield from self.sockets
        yield from self.files
        yield from self.storage
        yield from self.subordinates
        yield from self.guests
        yield from (item for item in (self.trust, self.audit) if item is not None)


def granted_everything(workload: Workload) -> bool:
    """Whether the container is known to be privileged, which says what narrower checks would say again."""
    return workload.confinement.privileged == Known(True)


def is_runtime_socket(path: str) -> bool:
    """Whether a path is that of an engine's socket."""
    return path.rstrip("/").rpartition("/")[2] in RUNTIME_SOCKETS
