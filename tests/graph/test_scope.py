"""What stands on what, counted."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.engine import impacts
from ringfence.engine.storeys import Gathered
from ringfence.graph.scope import scope
from ringfence.layers.kernel import facts as kernel_facts
from ringfence.layers.runtime.facts import Facts
from ringfence.model.component import Component
from ringfence.model.confinement import Confinement, Kernel
from ringfence.model.finding import Storey
from ringfence.model.knowledge import Known
from ringfence.model.report import ComponentUse
from ringfence.model.workload import Workload, WorkloadId

KERNEL_OF = {"kata-containers": Kernel.GUEST, "gvisor": Kernel.SENTRY}


def component(name: str, *calls: str) -> Component:
    return Component(name=name, node="n", version=Known("1.0"), calls=calls)


COMPONENTS = (
    component("docker", "runc", "containerd"),
    component("containerd", "runc", "kata-containers"),
    component("podman", "crun", "runc"),
    component("runc"),
    component("crun"),
    component("kata-containers", "qemu"),
    component("qemu"),
    Component(name="linux", node="n", version=Known("6.1.62"), path="/opt/kata/vmlinux", guest=True),
)


def container(number: int, engine: str, runtime: str) -> Workload:
    return Workload(
        identity=WorkloadId(name=f"c{number}"),
        confinement=Confinement(kernel=Known(KERNEL_OF.get(runtime, Kernel.HOST))),
        node="n",
        container_id=f"{number:064x}",
        engine=engine,
        oci_runtime=runtime,
    )


def of(*workloads: Workload) -> dict[str, ComponentUse]:
    runtime = Facts(node="n", collected_on="d", components=COMPONENTS, workloads=workloads)
    kernel = kernel_facts.hypothetical("6.12.1", node="n")
    graph = impacts.graph_of([Gathered(Storey.KERNEL, "k", "n", kernel), Gathered(Storey.RUNTIME, "r", "n", runtime)])
    return {item.name: item for item in scope(graph)}


def test_each_container_counts_for_all_it_stands_on() -> None:
    found = of(
        container(1, "docker", "runc"),
        container(2, "containerd", "runc"),
        container(3, "containerd", "kata-containers"),
        container(4, "podman", "crun"),
        container(5, "podman", ""),
    )
    assert {name: item.workloads for name, item in found.items()} == {
        "linux": 4,
        "runc": 3,
        "containerd": 3,
        "podman": 2,
        "crun": 2,
        "docker": 1,
        "kata-containers": 1,
        "qemu": 1,
        "guest linux": 1,
    }
    assert all(item.workloads_seen == 5 for item in found.values())


def test_engines_are_those_that_start_it_directly_or_not() -> None:
    found = of()
    assert found["runc"].engines == ("containerd", "docker", "podman")
    assert found["qemu"].engines == ("containerd", "docker", "kata-containers")
    assert found["linux"].engines == ()


@given(st.lists(st.tuples(st.sampled_from(["docker", "containerd", "podman"]), st.sampled_from(["runc", "crun", ""]))))
def test_nothing_has_more_than_all_and_every_container_is_on_its_engine(made: list[tuple[str, str]]) -> None:
    found = of(*(container(number, engine, runtime) for number, (engine, runtime) in enumerate(made)))
    for item in found.values():
        assert 0 <= item.workloads <= item.workloads_seen
    for engine in {engine for engine, _ in made}:
        assert found[engine].workloads >= sum(used == engine for used, _ in made)
