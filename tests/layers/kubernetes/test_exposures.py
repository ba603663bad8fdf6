"""Who reaches which workload, by Services, Ingresses and their selectors."""

from pathlib import Path

import pytest

from graph.attack.small_clusters import graph_of, pod
from ringfence.model.node import EdgeKind


def service(kind: str, **spec: object) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"type": kind, "selector": {"app": "web"}, "ports": [{"port": 80}], **spec},
    }


INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "front", "namespace": "shop"},
    "spec": {
        "rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]
    },
}


def places(folder: Path, *objects: object, labels: dict[str, str] | None = None) -> set[str]:
    web = pod("web")
    metadata = web["metadata"]
    assert isinstance(metadata, dict)
    metadata["labels"] = {"app": "web"} if labels is None else labels
    graph = graph_of([web, *objects], folder)
    return {edge.source.rpartition("/")[2] for edge in graph.edges(EdgeKind.EXPOSES)}


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (service("LoadBalancer"), "internet"),
        (service("LoadBalancer", loadBalancerSourceRanges=["10.0.0.0/8"]), "chosen-networks"),
        (service("LoadBalancer", loadBalancerSourceRanges=["0.0.0.0/0"]), "internet"),
        (service("NodePort"), "node-network"),
        (service("ClusterIP", externalIPs=["192.0.2.7"]), "node-network"),
        (service("ClusterIP"), "cluster-network"),
    ],
)
def test_a_service_exposes_the_pods_that_it_selects(made: dict[str, object], place: str, tmp_path: Path) -> None:
    assert places(tmp_path, made) == {place, "cluster-network"}


def test_an_ingress_exposes_what_its_service_selects(tmp_path: Path) -> None:
    assert places(tmp_path, service("ClusterIP"), INGRESS) == {"cluster-network", "internet"}


def test_other_pods_are_not_exposed(tmp_path: Path) -> None:
    assert places(tmp_path, service("LoadBalancer"), INGRESS, labels={"app": "other"}) == {"cluster-network"}
