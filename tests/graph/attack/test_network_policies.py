"""NetworkPolicies decide who is reached from where: from outside, and by a neighbour that was broken into."""

from pathlib import Path
from typing import Any

import pytest

from graph.attack.small_clusters import graph_of, pod
from ringfence.engine.attack import arsenal
from ringfence.engine.supposing import supposed
from ringfence.graph.attack.derive import derive
from ringfence.graph.attack.entrances import Entrance, Hole
from ringfence.graph.attack.steps import AttackGraph
from ringfence.graph.changes import applied
from ringfence.graph.suppositions import supposition

HOLE = Hole(image="image:registry.example/db:1", cve="CVE-2024-0001", package="db", epss=0.5, exploited=False, fixed="2")


def labelled(name: str, namespace: str = "shop") -> dict[str, object]:
    made = pod(name, namespace=namespace)
    made["metadata"] = {"name": name, "namespace": namespace, "labels": {"app": name}}
    return made


def policy(spec: dict[str, Any], name: str = "p") -> dict[str, object]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
    }


def service(kind: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"type": kind, "selector": {"app": "db"}, "ports": [{"port": 5432}]},
    }


def space(name: str, **labels: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


PODS = [labelled("web"), labelled("db"), labelled("other", "pay"), space("pay", team="pay"), space("shop")]


def found(objects: list[dict[str, object]], folder: Path) -> AttackGraph:
    return derive(graph_of(objects, folder), arsenal(), (Entrance.EXPOSED,), (HOLE,))


def reach_db(attack: AttackGraph) -> set[str]:
    """The pods from which db's hole is used over the network."""
    places = {step.source for step in attack.steps() if step.technique.slug == "exploit-neighbour"}
    return {
        attack.label(step.source).split("/")[-1]
        for step in attack.steps()
        if step.technique.slug == "connect-inside" and step.target in places
    }


ONE = {"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"]}
NOT_WEB = {"podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}}
BLOCK = {"ipBlock": {"cidr": "203.0.113.0/24"}}
CASES: list[tuple[str, list[dict[str, Any]], set[str]]] = [
    ("no policy", [], {"web", "db", "other"}),
    ("nobody", [ONE], set()),
    ("everybody", [{**ONE, "ingress": [{}]}], {"web", "db", "other"}),
    ("its own namespace", [{**ONE, "ingress": [{"from": [{"podSelector": {}}]}]}], {"web", "db"}),
    ("web alone", [{**ONE, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}], {"web"}),
    (
        "another namespace by its labels",
        [{**ONE, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "pay"}}}]}]}],
        {"other"},
    ),
    (
        "a namespace by its name",
        [{**ONE, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "pay"}}}]}]}],
        {"other"},
    ),
    (
        "by an expression",
        [
            {
                **ONE,
                "ingress": [
                    {
                        "from": [
                            {"podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}}
                        ]
                    }
                ],
            }
        ],
        {"db"},
    ),
    ("policies add up", [ONE, {**ONE, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}], {"web"}),
    ("of other pods", [{"podSelector": {"matchLabels": {"app": "web"}}}], {"web", "db", "other"}),
    ("of all pods", [{"podSelector": {}}], set()),
    (
        "which web may not leave",
        [{"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]}],
        {"db", "other"},
    ),
]


@pytest.mark.parametrize(("said", "specs", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_neighbour_is_reached_by_whom_policies_let_in(
    said: str, specs: list[dict[str, Any]], expected: set[str], tmp_path: Path
) -> None:
    assert said
    policies = [policy(spec, f"p{number}") for number, spec in enumerate(specs)]
    assert reach_db(found([*PODS, *policies], tmp_path)) == expected


def test_without_a_hole_nobody_is_attacked_over_the_network(tmp_path: Path) -> None:
    attack = derive(graph_of(PODS, tmp_path), arsenal(), (Entrance.CONTAINERS,))
    assert not [step for step in attack.steps() if step.technique.slug == "connect-inside"]


@pytest.mark.parametrize(
    ("spec", "starts", "doubtful"),
    [
        (None, 1, False),
        (ONE, 0, False),
        ({**ONE, "ingress": [{"from": [BLOCK]}]}, 1, True),
    ],
)
def test_who_is_outside_comes_in_where_no_policy_stops_it(
    spec: dict[str, Any] | None, starts: int, doubtful: bool, tmp_path: Path
) -> None:
    objects = [*PODS, service("LoadBalancer"), *([policy(spec)] if spec else [])]
    first = found(objects, tmp_path).out.get("start", [])
    assert len(first) == starts
    assert all(bool(step.missing) is doubtful for step in first)


def test_isolating_a_pod_takes_the_step_away(tmp_path: Path) -> None:
    graph = graph_of(PODS, tmp_path)
    after = applied(graph, [supposition("isolate@shop/Pod/db")], supposed())
    attack = derive(after, arsenal(), (Entrance.EXPOSED,), (HOLE,))
    assert reach_db(attack) == set()
