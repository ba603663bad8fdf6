import msgspec

from ringfence.layers.kernel.facts import Facts, built_with, hypothetical, sysctl
from ringfence.layers.kernel.relations import relations
from ringfence.model.component import KernelState
from ringfence.model.confinement import Confinement
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.node import EdgeKind, NodeKind
from ringfence.model.workload import Workload, WorkloadId

ONE = Workload(identity=WorkloadId(name="web"), confinement=Confinement(), node="node-1", container_id="c" * 64)
OLD = hypothetical("4.18.0", config={"CONFIG_USER_NS": "y"}, sysctls={"user.max_user_namespaces": "100"}, workloads=(ONE,))


def test_the_same_workload_on_a_kernel_that_is_not_there() -> None:
    assert OLD.component.version == Known("4.18.0")
    assert sysctl(OLD.kernel, "user.max_user_namespaces") == Known("100")
    assert isinstance(sysctl(OLD.kernel, "kernel.kptr_restrict"), Unknown)
    assert built_with(OLD.kernel, "CONFIG_USER_NS") == Known(True)
    assert built_with(OLD.kernel, "CONFIG_BPF") == Known(False)
    assert [item.node for item in OLD.workloads] == ["hypothetical"]


def test_what_is_not_given_stays_unknown() -> None:
    bare = hypothetical("6.1.0-28-amd64")
    assert isinstance(bare.component.version, Unknown)
    assert isinstance(built_with(bare.kernel, "CONFIG_USER_NS"), Unknown)
    assert isinstance(bare.end_of_life, Unknown)
    assert bare.packages == ()


def test_a_hypothetical_kernel_survives_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(OLD), type=Facts) == OLD


def test_everything_can_be_asked_about() -> None:
    subjects = list(OLD.subjects())
    assert subjects[0] is OLD
    assert any(isinstance(item, KernelState) for item in subjects)
    assert OLD.workloads[0] in subjects


def test_relations() -> None:
    graph = relations(OLD)
    assert [node.kind for node in graph.nodes] == [NodeKind.HOST, NodeKind.COMPONENT, NodeKind.WORKLOAD]
    assert graph.nodes[0].kernel == OLD.kernel
    assert [(edge.source, edge.target, edge.kind) for edge in graph.edges] == [
        ("host:hypothetical", "component:hypothetical:linux", EdgeKind.HAS),
        (f"workload:{'c' * 64}", "host:hypothetical", EdgeKind.RUNS_ON),
    ]
