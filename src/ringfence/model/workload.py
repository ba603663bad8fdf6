"""A workload: one container that runs, or that a manifest asks for."""

from ringfence.model.confinement import Confinement
from ringfence.model.fact import Fact
from ringfence.model.location import Location


class WorkloadId(Fact):
    """Names of a container, from the outside in. For a container outside Kubernetes `kind` is `container`."""

    cluster: str = ""
    namespace: str = ""
    kind: str = "container"
    name: str = ""
    container: str = ""

    def __str__(self) -> str:
        """For people: `namespace/kind/name/container`, without the empty parts."""
        return "/".join(part for part in (self.namespace, self.kind, self.name, self.container) if part)


class SecretRef(Fact):
    """A secret a workload can read: its name, how it arrives (`env`, `volume`, `token`) and where that is written."""

    name: str
    via: str
    at: Location = Location()


class Workload(Fact):
    """A container with its confinement.

    `node` is the host it runs on, empty for a manifest not yet scheduled. `image` is the reference as written,
    `image_digest` the digest of its manifest or configuration where known. `container_id` and `cgroup` are the identities on
    which the kernel's and the runtime's view of the same container meet. `engine` and `oci_runtime` name the components
    that started it (`podman`, `runc`). `pids` are on the host.
    """

    identity: WorkloadId
    confinement: Confinement
    node: str = ""
    running: bool = False
    image: str = ""
    image_digest: str = ""
    container_id: str = ""
    cgroup: str = ""
    engine: str = ""
    oci_runtime: str = ""
    pids: tuple[int, ...] = ()
    secrets: tuple[SecretRef, ...] = ()
    location: Location = Location()
