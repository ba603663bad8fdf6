"""Verdicts on small made-up stacks: two containers, a kernel, the five CVEs that the product is shown by."""

import msgspec
import pytest

from ringfence.engine.impacts import orders
from ringfence.graph.affected import affected
from ringfence.graph.assemble import Graph, assemble
from ringfence.graph.impact import impact, with_kernel
from ringfence.knowledge.runtime_defaults import default_filter
from ringfence.knowledge.stack_cves import stack_cve
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Lsm, Sharing
from ringfence.model.finding import VerdictStatus
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace, mask_of
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, Relations, component_id, host_id, workload_id
from ringfence.model.stack_cve import StackCve
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter
from ringfence.model.workload import Workload, WorkloadId

ORDERS = orders()
PODMAN = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID")


def container(name: str, capabilities: tuple[str, ...] = PODMAN, rules: SyscallFilter | None = None) -> Workload:
    mask = mask_of(capabilities)
    sharing = dict.fromkeys(Namespace, Sharing.OWN)
    for kind in (Namespace.CGROUP, Namespace.USER, Namespace.TIME):
        sharing[kind] = Sharing.HOST
    return Workload(
        identity=WorkloadId(name=name),
        node="n",
        running=True,
        container_id=name,
        engine="podman",
        oci_runtime="runc",
        confinement=Confinement(
            privileged=Known(False),
            uid=Known(0),
            uid_map=Known(HOST_IDS),
            gid_map=Known(HOST_IDS),
            capabilities=Known(CapabilitySets(effective=mask, permitted=mask, bounding=mask)),
            no_new_privileges=Known(False),
            syscalls=Known(rules or default_filter("podman", mask)),
            namespaces=Known(sharing),
            lsm=Known(Lsm(module="none")),
            mounts=Known(()),
            kernel=Known(Kernel.HOST),
        ),
    )


def stack(*workloads: Workload, kernel: str = "6.18.44", runc: str = "1.1.5", cgroups: str = "hybrid") -> Graph:
    sysctls: dict[str, Known[str] | Unknown] = {
        "user.max_user_namespaces": Known("96365"),
        "kernel.unprivileged_userns_clone": Known(""),
        "kernel.apparmor_restrict_unprivileged_userns": Known(""),
    }
    state = KernelState(
        node="n",
        release=Known(kernel),
        config=Known({"CONFIG_USER_NS": "y", "CONFIG_CGROUPS": "y"}),
        sysctls=sysctls,
        lsms=Known(()),
        cgroups=Known(cgroups),
    )
    parts = [
        Component(name="linux", node="n", version=Known(kernel)),
        Component(name="runc", node="n", version=Known(runc)),
        Component(name="podman", node="n", version=Known("4.3.1"), calls=("runc",)),
    ]
    nodes = [Node(id=host_id("n"), kind=NodeKind.HOST, label="n", kernel=state)]
    edges = [Edge(source=component_id("n", "podman"), target=component_id("n", "runc"), kind=EdgeKind.CALLS)]
    for part in parts:
        nodes.append(Node(id=component_id("n", part.name), kind=NodeKind.COMPONENT, label=part.label, component=part))
        edges.append(Edge(source=host_id("n"), target=component_id("n", part.name), kind=EdgeKind.HAS))
    for workload in workloads:
        key = workload_id(workload)
        nodes.append(Node(id=key, kind=NodeKind.WORKLOAD, label=workload.identity.name, what=workload))
        if workload.node:
            edges.append(Edge(source=key, target=host_id("n"), kind=EdgeKind.RUNS_ON))
            edges.append(Edge(source=key, target=component_id("n", "runc"), kind=EdgeKind.STARTED_BY))
    return assemble([Relations(nodes=tuple(nodes), edges=tuple(edges))])


def known(name: str) -> StackCve:
    cve = stack_cve(name)
    assert cve is not None
    return cve


def verdicts(graph: Graph, name: str) -> dict[str, VerdictStatus]:
    return {item.workload.name: item.verdict.status for item in impact(graph, known(name), ORDERS).workloads}


DEFAULT = container("default")
ADMIN = container("admin", (*PODMAN, "SYS_ADMIN"), UNCONFINED)
DOCKER = container("docker", PODMAN, default_filter("docker", mask_of(PODMAN)))


def test_the_release_agent_is_open_to_sys_admin_on_any_kernel_by_design() -> None:
    seen = verdicts(stack(DEFAULT, ADMIN), "CVE-2022-0492")
    assert seen == {"default": VerdictStatus.MITIGATED, "admin": VerdictStatus.REACHABLE}


def test_a_host_that_mounts_only_cgroup_v2_leaves_it_open_whether_v1_can_be_had() -> None:
    found = impact(stack(ADMIN, cgroups="v2"), known("CVE-2022-0492"), ORDERS).workloads[0].verdict
    assert found.status is VerdictStatus.UNDECIDED
    assert "may mount others" in " ".join(found.because)


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("4.14.80", VerdictStatus.ABSENT),
        ("4.15.0", VerdictStatus.REACHABLE),
        ("4.18.18", VerdictStatus.REACHABLE),
        ("4.18.19", VerdictStatus.ABSENT),
        ("4.19.1", VerdictStatus.REACHABLE),
        ("4.19.2", VerdictStatus.ABSENT),
        ("4.20.0", VerdictStatus.ABSENT),
        ("6.18.44", VerdictStatus.ABSENT),
    ],
)
def test_the_id_map_hole_has_its_versions(kernel: str, expected: VerdictStatus) -> None:
    assert verdicts(stack(DEFAULT, kernel=kernel), "CVE-2018-18955") == {"default": expected}


def test_dockers_filter_stops_what_podmans_lets_through() -> None:
    seen = verdicts(stack(DEFAULT, DOCKER, kernel="5.10.90"), "CVE-2022-0185")
    assert seen == {"default": VerdictStatus.REACHABLE, "docker": VerdictStatus.MITIGATED}


def test_a_hole_in_runc_is_under_everything_it_started() -> None:
    found = impact(stack(DEFAULT, ADMIN, runc="1.0.0-rc6"), known("CVE-2019-5736"), ORDERS)
    assert {item.verdict.status for item in found.workloads} == {VerdictStatus.REACHABLE}
    assert (found.radius.nodes_lost, found.radius.workloads_lost, found.radius.engines_sharing) == (1, 2, 1)
    fixed = impact(stack(DEFAULT, runc="1.1.5"), known("CVE-2019-5736"), ORDERS)
    assert [item.verdict.status for item in fixed.workloads] == [VerdictStatus.ABSENT]


def test_another_kernel_is_a_question_not_a_change() -> None:
    graph = stack(DEFAULT)
    assert verdicts(with_kernel(graph, "4.19.1"), "CVE-2018-18955") == {"default": VerdictStatus.REACHABLE}
    assert verdicts(graph, "CVE-2018-18955") == {"default": VerdictStatus.ABSENT}


def test_a_guest_kernel_stands_between() -> None:
    guest = msgspec.structs.replace(
        DEFAULT, confinement=msgspec.structs.replace(DEFAULT.confinement, kernel=Known(Kernel.GUEST))
    )
    assert verdicts(stack(guest, kernel="5.10.90"), "CVE-2022-0185") == {"default": VerdictStatus.MITIGATED}


def test_a_missing_fact_is_undecided_and_named() -> None:
    vague = msgspec.structs.replace(
        DEFAULT, confinement=msgspec.structs.replace(DEFAULT.confinement, syscalls=Unknown("nobody wrote it down"))
    )
    found = impact(stack(vague, kernel="5.10.90"), known("CVE-2022-0185"), ORDERS)
    assert found.workloads[0].verdict.status is VerdictStatus.UNDECIDED
    assert "nobody wrote it down" in " ".join(found.workloads[0].verdict.because)


def test_a_manifest_is_judged_as_if_it_ran_on_each_host() -> None:
    planned = msgspec.structs.replace(DEFAULT, node="", running=False, container_id="", engine="", oci_runtime="")
    found = impact(stack(planned, kernel="5.10.90"), known("CVE-2022-0185"), ORDERS)
    assert [(item.verdict.status, item.assumed_host) for item in found.workloads] == [(VerdictStatus.REACHABLE, True)]


def test_two_views_of_one_container_are_one_workload() -> None:
    live = msgspec.structs.replace(
        DEFAULT,
        engine="",
        oci_runtime="",
        pids=(7,),
        confinement=msgspec.structs.replace(DEFAULT.confinement, syscalls=Unknown("/proc does not show it")),
    )
    graph = stack(DEFAULT, live)
    joined = [node.what for node in graph.kind(NodeKind.WORKLOAD)]
    assert len(joined) == 1
    assert joined[0] is not None
    assert joined[0].pids == (7,)
    assert joined[0].engine == "podman"
    assert isinstance(joined[0].confinement.syscalls, Known)


def test_a_version_past_the_newest_fix_is_not_affected_though_the_records_are_incomplete() -> None:
    cve = stack_cve("CVE-2023-4244")
    assert cve is not None
    assert cve.versions_note
    answers = {
        release: impact(stack(kernel=release), cve, ORDERS).components[0].affected
        for release in ("6.18.44", "6.5", "6.4.3", "5.19.2")
    }
    assert answers == {"6.18.44": False, "6.5": False, "6.4.3": True, "5.19.2": None}


@pytest.mark.parametrize(
    ("name", "component", "version", "wanted"),
    [
        ("CVE-2026-47243", "kata-containers", "3.20.0", None),  # the record has a commit, no release
        ("CVE-2026-53492", "containerd", "1.7.30", None),  # 1.x is listed without a fix
        ("CVE-2026-53492", "containerd", "2.3.2", False),
        ("CVE-2024-26925", "linux", "6.1.55", False),  # the fault came to 6.1 in 6.1.56
        ("CVE-2024-26925", "linux", "6.1.56", True),
        ("CVE-2024-26925", "linux", "6.1.86", False),
        ("CVE-2018-19333", "gvisor", "20231204.0", False),
        ("CVE-2018-19333", "gvisor", "20180801.0", True),
    ],
)
def test_a_version_is_affected_where_the_records_say_so(
    name: str, component: str, version: str, *, wanted: bool | None
) -> None:
    instance = Component(name=component, node="n", version=Known(version))
    assert affected(known(name), instance, "", ORDERS).value is wanted


def test_a_pod_that_is_only_planned_does_not_stand_on_what_no_kubelet_calls() -> None:
    planned = msgspec.structs.replace(container("shop"), node="", running=False, container_id="", engine="", oci_runtime="")
    graph = stack(container("web"))
    node = Node(id=workload_id(planned), kind=NodeKind.WORKLOAD, label="shop", what=planned)
    podman = Component(name="podman", node="n", version=Known("4.3.1"))
    host = Relations(
        nodes=(node, Node(id=component_id("n", "podman"), kind=NodeKind.COMPONENT, label="podman", component=podman)),
        edges=(Edge(source=host_id("n"), target=component_id("n", "podman"), kind=EdgeKind.HAS),),
    )
    whole = Relations(nodes=tuple(graph.nodes.values()), edges=tuple(edge for edges in graph.out.values() for edge in edges))
    for name, status in (("CVE-2025-9566", VerdictStatus.ABSENT), ("CVE-2025-31133", VerdictStatus.REACHABLE)):
        cve = stack_cve(name)
        assert cve is not None
        answers = {
            item.workload.name: item.verdict.status for item in impact(assemble((whole, host)), cve, ORDERS).workloads
        }
        assert answers["shop"] is status, name


@pytest.mark.parametrize(
    ("distribution", "value"),
    [("debian:12", False), ("ubuntu:22.04", None), ("", None)],
    ids=["debian", "ubuntu", "unknown"],
)
def test_a_fault_of_ubuntus_kernels_is_not_in_others(distribution: str, value: bool | None) -> None:
    """CVE-2023-2640 is in patches of Ubuntu's own."""
    cve = stack_cve("CVE-2023-2640")
    assert cve is not None
    kernel = Component(name="linux", node="n", version=Known("6.2.16"))
    assert affected(cve, kernel, distribution, ORDERS).value is value


def test_pods_without_any_host_are_undecided_and_the_facts_that_would_settle_most_are_named() -> None:
    open_ = [
        msgspec.structs.replace(
            DEFAULT, identity=WorkloadId(name=name), node="", running=False, container_id="", engine="", oci_runtime=""
        )
        for name in ("a", "b")
    ]
    closed = msgspec.structs.replace(open_[0], identity=WorkloadId(name="docker"), confinement=DOCKER.confinement)
    nodes = tuple(
        Node(id=workload_id(item), kind=NodeKind.WORKLOAD, label=item.identity.name, what=item) for item in (*open_, closed)
    )
    found = impact(assemble([Relations(nodes=nodes)]), known("CVE-2022-0185"), ORDERS)
    assert {item.workload.name: item.verdict.status for item in found.workloads} == {
        "a": VerdictStatus.UNDECIDED,
        "b": VerdictStatus.UNDECIDED,
        "docker": VerdictStatus.MITIGATED,
    }
    assert (found.radius.undecided, found.radius.mitigated) == (2, 1)
    assert found.missing[0].workloads == 2
    assert any("no host was collected" in item.fact for item in found.missing)
