"""The target decides: one workload, several kernels."""

import pytest

from ringfence.engine import impacts
from ringfence.engine.storeys import Gathered
from ringfence.engine.target_kernel import of_release, of_stack
from ringfence.errors import WrongUsage
from ringfence.graph.target_kernel import TargetKernel, on_target
from ringfence.layers.kernel.facts import Facts, hypothetical
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Sharing
from ringfence.model.finding import Storey, VerdictStatus
from ringfence.model.knowledge import Known
from ringfence.model.linux import Namespace
from ringfence.model.syscall_filter import UNCONFINED
from ringfence.model.workload import Workload, WorkloadId

OPEN = {
    "user.max_user_namespaces": "1000",
    "kernel.unprivileged_userns_clone": "",
    "kernel.apparmor_restrict_unprivileged_userns": "",
}
CLOSED = OPEN | {"user.max_user_namespaces": "0"}
CONFIG = {"CONFIG_USER_NS": "y", "CONFIG_NET_NS": "y"}
PLAIN = Confinement(
    uid=Known(0),
    uid_map=Known(HOST_IDS),
    capabilities=Known(CapabilitySets()),
    no_new_privileges=Known(True),
    syscalls=Known(UNCONFINED),
    namespaces=Known({Namespace.USER: Sharing.HOST}),
    kernel=Known(Kernel.HOST),
)
WEB = Workload(identity=WorkloadId(name="web"), confinement=PLAIN, container_id="c" * 64)


def kernel(version: str, sysctls: dict[str, str], *workloads: Workload) -> Facts:
    return hypothetical(version, node=f"node-{version}", config=CONFIG, sysctls=sysctls, workloads=workloads)


def gathered(*facts: Facts) -> list[Gathered]:
    return [Gathered(Storey.KERNEL, "running-kernel", item.kernel.node, item) for item in facts]


def verdict(target: TargetKernel) -> VerdictStatus:
    """What CVE-2022-0185 is to the same container, which was seen on a mended kernel."""
    graph = on_target(impacts.graph_of(gathered(kernel("6.12.1", OPEN, WEB))), target)
    (answer,) = impacts.answers(graph, impacts.named(["CVE-2022-0185"]))
    return answer.workloads[0].verdict.status


def test_the_same_container_on_other_kernels() -> None:
    assert verdict(of_stack(gathered(kernel("5.10.50", OPEN)), "a")) is VerdictStatus.REACHABLE
    assert verdict(of_stack(gathered(kernel("5.10.50", CLOSED)), "a")) is VerdictStatus.MITIGATED
    assert verdict(of_stack(gathered(kernel("6.6.1", OPEN)), "a")) is VerdictStatus.ABSENT
    assert verdict(of_release("6.6.1")) is VerdictStatus.ABSENT


def test_of_a_bare_release_nothing_else_is_assumed() -> None:
    assert verdict(of_release("5.10.50")) is VerdictStatus.UNDECIDED


def test_a_manifest_alone_gets_the_target_as_its_host() -> None:
    target = of_release("5.10.50")
    graph = on_target(impacts.graph_of([]), target)
    (host,) = graph.hosts.values()
    assert (host.node, [item.name for _, item in host.components]) == (target.label, ["linux"])


@pytest.mark.parametrize("stack", [[], gathered(kernel("5.10.50", OPEN), kernel("6.1.1", OPEN))])
def test_saved_facts_of_no_node_or_of_several_name_no_target(stack: list[Gathered]) -> None:
    with pytest.raises(WrongUsage):
        of_stack(stack, "stack.json")


def test_a_word_that_is_no_release_is_refused() -> None:
    with pytest.raises(WrongUsage):
        of_release("latest")


def test_before_3_8_a_user_namespace_took_capabilities() -> None:
    from ringfence.graph.subject import Subject
    from ringfence.graph.user_namespaces import can_make

    def makes(version: str) -> bool | None:
        return can_make(Subject(PLAIN, kernel(version, OPEN).kernel), ()).met

    assert (makes("3.7.10"), makes("3.8"), makes("6.1.1")) == (False, True, True)
