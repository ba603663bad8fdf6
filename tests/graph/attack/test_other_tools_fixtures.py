"""The fixtures of KubeHound and kubesplaining: what they expect is found, or it is written here why it is no attack."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.attack.small_clusters import graph_of
from ringfence.engine.attack import arsenal
from ringfence.graph.attack import steps
from ringfence.graph.attack.derive import derive
from ringfence.graph.attack.entrances import Entrance
from ringfence.graph.attack.goals import Goal, goals
from ringfence.graph.attack.network import network, towards
from ringfence.graph.attack.steps import AttackGraph

pytestmark = pytest.mark.conformance
NAMES = re.compile(r"map\[name:\[([^\]]*)\]")

TECHNIQUES = {
    "CE_MODULE_LOAD": "load-kernel-module",
    "CE_NSENTER": "enter-host-namespaces",
    "CE_PRIV_MOUNT": "mount-host-disk",
    "CE_SYS_PTRACE": "trace-host-process",
    "CE_UMH_CORE_PATTERN": "set-core-pattern",
    "CE_VAR_LOG_SYMLINK": "link-from-log-folder",
}
POWERS = {
    "POD_PATCH": "change-pods",
    "POD_CREATE": "make-pods",
    "POD_EXEC": "run-in-pods",
}


def data(name: str) -> Path:
    folder = os.environ.get("RINGFENCE_TEST_DATA")
    path = Path(folder or "/nonexistent") / "k8s" / "attack-paths" / name
    if not path.is_file():
        pytest.skip(f"{name} of RINGFENCE_TEST_DATA is missing")
    return path


def objects(name: str) -> Iterator[dict[str, Any]]:
    for line in data(name).read_text(encoding="utf-8").splitlines():
        yield from (item for item in json.loads(line)["objects"] if item)


def attack_graph(name: str, folder: Path, begin: tuple[str, ...]) -> AttackGraph:
    return derive(graph_of(objects(name), folder), arsenal(), begin)


@pytest.fixture(scope="module")
def kubehound(tmp_path_factory: pytest.TempPathFactory) -> AttackGraph:
    return attack_graph("kubehound.jsonl", tmp_path_factory.mktemp("kubehound"), (Entrance.CONTAINERS, Entrance.ACCOUNTS))


def expected(test: str) -> list[tuple[str, str]]:
    """The pairs of names that a system test of KubeHound expects an edge between."""
    paths = json.loads(data("kubehound-expected.json").read_text(encoding="utf-8"))[test]["paths"]
    return [(names[0], names[-1]) for path in paths if (names := NAMES.findall(path))]


def holders(graph: AttackGraph, technique: str) -> set[str]:
    """The names of containers and pods that a technique starts from."""
    found = {graph.label(step.source) for step in graph.steps() if step.technique.slug == technique}
    return {part for label in found for part in label.split("/")}


@pytest.mark.parametrize("edge", sorted(TECHNIQUES))
def test_kubehounds_escapes_are_found(kubehound: AttackGraph, edge: str) -> None:
    names = json.loads(data("kubehound-expected.json").read_text(encoding="utf-8")).get(f"TestEdge_{edge}", {}).get("names")
    wanted = set(names or ["varlog-container"])
    assert wanted <= holders(kubehound, TECHNIQUES[edge])


def test_kubehounds_containers_act_as_their_accounts(kubehound: AttackGraph) -> None:
    tokens = {
        (part, kubehound.label(step.target).rpartition(":")[2])
        for step in kubehound.steps()
        if step.technique.slug == "use-token"
        for part in kubehound.label(step.source).split("/")
    }
    pairs = expected("TestEdge_IDENTITY_ASSUME_Container")
    assert pairs
    assert set(pairs) <= tokens


@pytest.mark.parametrize("edge", sorted(POWERS))
def test_kubehounds_permissions_reach_what_they_should(kubehound: AttackGraph, edge: str) -> None:
    """POD_EXEC and POD_PATCH reach every container of the namespace; POD_CREATE reaches the nodes."""
    pairs = expected(f"TestEdge_{edge}")
    assert pairs
    power = steps.power(POWERS[edge], "cluster:", "default")
    reached = set(_reached(kubehound, power))
    labels = {part for vertex in reached for part in kubehound.label(vertex).split("/")}
    for _, target in pairs:
        if target.startswith("kubehound.test.local"):
            assert any(vertex.startswith("root:") for vertex in reached), "a node of the tool's own cluster"
        else:
            assert target in labels


def test_kubehounds_tokens_in_secrets_are_found_with_their_doubt(kubehound: AttackGraph) -> None:
    reached = _reached(kubehound, steps.power("read-secrets", "cluster:", "default"))
    assert any(vertex.startswith("as:identity:") for vertex in reached)
    doubts = [step.missing for step in kubehound.steps() if step.technique.slug == "use-token-secret"]
    assert doubts
    assert all(doubts), "these fixtures show no token Secret: it may be there, and is not said to be"


def test_kubehounds_neighbours_and_host_files_are_found(kubehound: AttackGraph) -> None:
    assert {"sharedps-pod1-a", "sharedps-pod2-b"} <= holders(kubehound, "take-over-neighbour")
    assert "host-read-exploit-pod" in holders(kubehound, "read-host-files")
    assert "host-write-exploit-pod" in holders(kubehound, "write-host-files")


def test_the_control_pod_gets_nowhere(kubehound: AttackGraph) -> None:
    here = next(vertex for vertex in kubehound.out if kubehound.label(vertex).endswith("control-pod/control-pod"))
    assert not any(vertex.startswith(("root:", "files:", "admin:")) for vertex in _reached(kubehound, here))


def _reached(graph: AttackGraph, vertex: str) -> dict[str, None]:
    seen = {vertex: None}
    queue = [vertex]
    for here in queue:
        for step in graph.out.get(here, ()):
            if step.target not in seen:
                seen[step.target] = None
                queue.append(step.target)
    return seen


EVERY_EDGE = {
    **{f"CE_{edge.removeprefix('CE_')}": slug for edge, slug in TECHNIQUES.items() if edge != "CE_VAR_LOG_SYMLINK"},
    **POWERS,
    "CONTAINER_ATTACH": "control-containers",
    "POD_ATTACH": "control-containers",
    "EXPLOIT_HOST_READ": "read-host-files",
    "EXPLOIT_HOST_WRITE": "write-host-files",
    "EXPLOIT_HOST_TRAVERSE": "take-tokens",
    "TOKEN_STEAL": "take-tokens",
    "TOKEN_LIST": "read-secrets",
    "TOKEN_BRUTEFORCE": "read-secrets",
    "IDENTITY_ASSUME_Container": "use-token",
    "IDENTITY_ASSUME_Node": "act-as-node",
    "SHARE_PS_NAMESPACE": "take-over-neighbour",
    "ROLE_BIND_CASE_1": "bind-cluster-roles",
    "ROLE_BIND_CASE_2": "bind-roles",
    "ROLE_BIND_CASE_3": "bind-namespace-roles",
    "ROLE_BIND_CASE_4": "bind-namespace-roles",
}
"""What we call each edge that a system test of KubeHound is about."""
NO_EDGE = {
    "PERMISSION_DISCOVER": "that an identity has permissions is no step: what they are good for is",
    "VOLUME_DISCOVER": "that a container has a mount is no step: reading or writing through it is",
    "VOLUME_ACCESS": "a node's access to what is mounted in its containers is what its files are",
    "ENDPOINT_EXPLOIT_ContainerPort": "asked by its own test: where attacks begin from outside",
    "ENDPOINT_EXPLOIT_External": "asked by its own test: where attacks begin from outside",
    "ENDPOINT_EXPLOIT_NodePort": "asked by its own test: where attacks begin from outside",
}


def test_every_edge_of_kubehounds_system_tests_is_found_or_told_why_not(kubehound: AttackGraph) -> None:
    tests = json.loads(data("kubehound-expected.json").read_text(encoding="utf-8"))
    edges = {name.removeprefix("TestEdge_") for name in tests if name.startswith("TestEdge_")}
    assert edges == set(EVERY_EDGE) | set(NO_EDGE)
    assert {step.technique.slug for step in kubehound.steps()} >= set(EVERY_EDGE.values())
    print(f"{len(EVERY_EDGE)} of {len(edges)} edges of KubeHound are steps here, {len(NO_EDGE)} are none")  # noqa: T201 - a number to read


def test_kubehounds_role_bindings_lead_to_what_they_grant(kubehound: AttackGraph) -> None:
    """Whoever may bind any role in the cluster is its administrator; in a namespace, of the namespace."""
    for slug, end in (("bind-cluster-roles", "admin:cluster:"), ("bind-roles", "all:secrets:cluster:/default")):
        starts = [step for step in kubehound.steps() if step.technique.slug == slug]
        assert starts
        assert any(end in _reached(kubehound, step.source) for step in starts), slug


KUBESPLAINING = {
    "KUBE-PRIVESC-001": "make-pods",
    "KUBE-PRIVESC-002": "run-in-pods",
    "KUBE-PRIVESC-003": "make-workloads",
    "KUBE-PRIVESC-004": "run-in-pods",
    "KUBE-PRIVESC-005": "read-secrets",
    "KUBE-PRIVESC-006": "read-secrets",
    "KUBE-PRIVESC-007": "ask-for-token-secrets",
    "KUBE-PRIVESC-011": "approve-certificates",
    "KUBE-PRIVESC-012": "reach-kubelets",
    "KUBE-PRIVESC-013": "debug-pods",
    "KUBE-PRIVESC-014": "mint-tokens",
    "KUBE-PRIVESC-015": "forward-ports",
    "KUBE-PRIVESC-016": "move-pods",
    "KUBE-PRIVESC-017": "everything",
    "KUBE-PRIVESC-024": "sign-certificates",
    "KUBE-ESCAPE-001": "mount-host-disk",
    "KUBE-ESCAPE-002": "trace-host-process enter-host-namespaces load-kernel-module",
    "KUBE-ESCAPE-005": "command-the-runtime",
    "KUBE-ESCAPE-006": "write-host-files",
    "KUBE-CONTAINERD-SOCKET-001": "command-the-runtime",
    "KUBE-HOSTPATH-001": "read-host-files write-host-files",
}
"""What we call what kubesplaining's rules are about."""
NO_STEP = {
    "KUBE-PRIVESC-008": "its fixture may impersonate groups only, and the API server refuses a group without a user",
    "KUBE-PRIVESC-009": "its fixture may bind and escalate, but make or change neither roles nor bindings",
    "KUBE-PRIVESC-010": "whoever makes a binding without the verb bind can only give what he has (RBAC escalation check)",
    "KUBE-ESCAPE-003": "a host network is no way to the node by itself",
    "KUBE-ESCAPE-004": "a host IPC namespace is no way to the node by itself",
    "KUBE-ESCAPE-008": "its fixture mounts /var/log without leave to read logs, and who lacks that leave follows no link",
}
"""What kubesplaining reports of these fixtures that is no step of an attack, and why."""


@pytest.fixture(scope="module")
def kubesplaining(tmp_path_factory: pytest.TempPathFactory) -> AttackGraph:
    return attack_graph("kubesplaining.jsonl", tmp_path_factory.mktemp("ks"), (Entrance.CONTAINERS, Entrance.ACCOUNTS))


def test_kubesplainings_rules_are_found_or_told_why_not(kubesplaining: AttackGraph) -> None:
    wanted = json.loads(data("kubesplaining-expected.json").read_text(encoding="utf-8"))
    ids = {
        name
        for key, names in wanted.items()
        if key.endswith(".expect")
        for name in names
        if name.startswith(("KUBE-PRIVESC-0", "KUBE-ESCAPE-", "KUBE-CONTAINERD", "KUBE-HOSTPATH"))
    }
    seen = {step.technique.slug for step in kubesplaining.steps()}
    missed = {name for name in ids - set(NO_STEP) if not set(KUBESPLAINING.get(name, "").split()) & seen}
    assert not missed
    assert len(ids & set(KUBESPLAINING)) >= 18


SINKS = {
    "KUBE-PRIVESC-PATH-CLUSTER-ADMIN": Goal.CLUSTER_ADMIN,
    "KUBE-PRIVESC-PATH-NODE-ESCAPE": Goal.NODE_ROOT,
}


@pytest.mark.parametrize(
    ("account", "goal"),
    [
        ("cutres:cutres-parallel", Goal.CLUSTER_ADMIN),
        ("cutres:cutres-detour", Goal.CLUSTER_ADMIN),
        ("cutres:cutres-doublebind", Goal.NODE_ROOT),
        ("rbac-fixtures:sa-wildcard", Goal.CLUSTER_ADMIN),
        ("rbac-fixtures:sa-cluster-admin", Goal.CLUSTER_ADMIN),
        ("deepchain-tenant:deepchain-privileged", Goal.CLUSTER_ADMIN),
    ],
)
def test_kubesplainings_chains_end_where_they_should(account: str, goal: str, tmp_path: Path) -> None:
    graph = graph_of(objects("kubesplaining.jsonl"), tmp_path)
    found = derive(graph, arsenal(), (f"system:serviceaccount:{account}",))
    net = network(found, goals(graph, (goal,)))
    assert net.start >= 0
    assert towards(net, bytearray(len(net.steps)))[net.start] >= 0


def test_who_can_only_bind_what_he_has_does_not_become_administrator(tmp_path: Path) -> None:
    """kubesplaining must not report `sa-ns-rolebinding-mutate` as a way to cluster admin either: its `.deny` list."""
    graph = graph_of(objects("kubesplaining.jsonl"), tmp_path)
    found = derive(graph, arsenal(), ("system:serviceaccount:rbac-ns-fixtures:sa-ns-rolebinding-mutate",))
    assert network(found, goals(graph, (Goal.CLUSTER_ADMIN,))).start == -1


@pytest.mark.parametrize("spelling", ["SYS_MODULE", "CAP_SYS_MODULE", "ALL", "sys_module"])
def test_a_capability_is_found_however_it_is_spelled(spelling: str, kubehound: AttackGraph, tmp_path: Path) -> None:
    assert kubehound.out
    pods = [item for item in objects("kubehound.jsonl") if item["metadata"]["name"] == "modload-pod"]
    pods[0]["spec"]["containers"][0]["securityContext"] = {"capabilities": {"add": [spelling]}}
    found = derive(graph_of(pods, tmp_path), arsenal(), (Entrance.CONTAINERS,))
    assert "modload-pod" in holders(found, "load-kernel-module")


def test_kubehounds_endpoint_is_an_exposure(kubehound: AttackGraph, tmp_path: Path) -> None:
    assert kubehound.out
    found = derive(graph_of(objects("kubehound.jsonl"), tmp_path), arsenal(), (Entrance.EXPOSED,))
    assert {found.label(step.target).rpartition("/")[2] for step in found.out["start"]} == {"endpoints-pod"}
