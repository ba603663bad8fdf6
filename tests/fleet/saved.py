"""Saved stacks of small nodes for tests: what `ringfence collect` writes, with any containers on any kernel."""

import msgspec
from hypothesis import strategies as st

from graph.attack.strategies import CONFINEMENTS
from ringfence.engine.collecting import freeze
from ringfence.engine.storeys import Gathered
from ringfence.layers.kernel.facts import Facts as KernelFacts
from ringfence.layers.kubernetes.facts import Facts as KubernetesFacts
from ringfence.layers.kubernetes.facts import Pod
from ringfence.layers.runtime.facts import Facts as RuntimeFacts
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import Confinement, Evidence
from ringfence.model.finding import Problem, Storey
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.workload import Workload, WorkloadId

AT = "2026-11-24T12:00:00Z"
PROBLEM = Problem(where="docker", why="its socket cannot be read")
KERNELS, RUNCS = ("5.10.90", "6.18.44"), ("1.1.5", "1.3.4")


def kernel(node: str, release: str, sysctl: str = "100") -> KernelFacts:
    """A kernel that lets user namespaces be made."""
    state = KernelState(
        node=node,
        release=Known(release),
        config=Known({"CONFIG_USER_NS": "y"}),
        sysctls={"user.max_user_namespaces": Known(sysctl), "kernel.modules_disabled": Known("0")},
        lsms=Known(()),
        cgroups=Known("hybrid"),
    )
    return KernelFacts(
        collected_on=AT[:10], kernel=state, component=Component(name="linux", node=node, version=Known(release))
    )


def container(node: str, name: str, confinement: Confinement) -> Workload:
    """A container that podman and runc started."""
    evidence = (Evidence(field="mounts", at=Location(path=f"/run/{name}/config.json")),)
    return Workload(
        identity=WorkloadId(name=name),
        confinement=msgspec.structs.replace(confinement, evidence=evidence),
        node=node,
        running=True,
        container_id=f"{node}-{name}",
        engine="podman",
        oci_runtime="runc",
    )


def runtime(node: str, runc: str, *workloads: Workload) -> RuntimeFacts:
    """A host with podman over runc."""
    components = (
        Component(name="runc", node=node, version=Known(runc)),
        Component(name="podman", node=node, version=Known("4.3.1"), calls=("runc",)),
    )
    return RuntimeFacts(collected_on=AT[:10], node=node, components=components, workloads=workloads)


def planned(*confinements: Confinement) -> KubernetesFacts:
    """Manifests of pods with their accounts."""
    names = [
        WorkloadId(namespace="shop", kind="Pod", name=f"p{number}", container="c") for number in range(len(confinements))
    ]
    return KubernetesFacts(
        path="shop.yaml",
        workloads=tuple(
            Workload(identity=name, confinement=confinement, image="registry.example/shop:1")
            for name, confinement in zip(names, confinements, strict=True)
        ),
        pods=tuple(
            Pod(identity=msgspec.structs.replace(name, container=""), service_account="web", token_mounted=Known(True))
            for name in names
        ),
    )


def saved(node: str, *facts: object, problems: tuple[Problem, ...] = ()) -> bytes:
    """A stack of these facts, each a section."""
    storeys = {KernelFacts: Storey.KERNEL, RuntimeFacts: Storey.RUNTIME, KubernetesFacts: Storey.KUBERNETES}
    gathered = tuple(Gathered(storeys[type(item)], "test", node, item) for item in facts)  # type: ignore[arg-type, index]  # one of these three
    return msgspec.json.encode(freeze(gathered, problems, node=node, at=AT))


@st.composite
def stacks(draw: st.DrawFn, node: str) -> bytes:
    """The saved stack of a node: its kernel and runtimes with some containers, or manifests."""
    facts: list[object] = []
    confinements = draw(st.lists(CONFINEMENTS, max_size=2))
    if draw(st.booleans()):
        facts.append(kernel(node, draw(st.sampled_from(KERNELS)), draw(st.sampled_from(("0", "100")))))
    if draw(st.booleans()):
        workloads = [container(node, f"c{number}", item) for number, item in enumerate(confinements)]
        facts.append(runtime(node, draw(st.sampled_from(RUNCS)), *workloads))
    if draw(st.booleans()):
        facts.append(planned(*draw(st.lists(CONFINEMENTS, max_size=2))))
    return saved(node, *facts)
