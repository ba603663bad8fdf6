"""A pod that a cluster tells of and the container that a node has are one: by the container's id."""

import json
from pathlib import Path

from fleet.saved import kernel, runtime
from graph.attack.small_clusters import account, bound, graph_of, pod, rule
from graph.test_impact import ADMIN
from ringfence.engine import attack, collecting, impacts, storeys
from ringfence.engine.attack import arsenal
from ringfence.engine.storeys import Gathered
from ringfence.engine.supposing import supposed
from ringfence.graph.attack.derive import derive
from ringfence.graph.changes import applied
from ringfence.graph.suppositions import supposition
from ringfence.io.world import Target, World
from ringfence.model.finding import Storey
from ringfence.model.workload import Workload, WorkloadId

ID = "5d1c" * 16


def seen_on_the_node() -> Workload:
    return Workload(
        identity=WorkloadId(namespace="shop", kind="Pod", name="web-1", container="web-1"),
        confinement=ADMIN.confinement,
        node="n1",
        running=True,
        container_id=ID,
        engine="containerd",
        oci_runtime="runc",
    )


def test_what_a_node_shows_and_what_a_cluster_grants_meet_in_one_container(tmp_path: Path) -> None:
    asked = pod("web-1", account="web", nodeName="n1")
    asked["status"] = {
        "containerStatuses": [
            {"name": "web-1", "containerID": f"containerd://{ID}", "state": {"running": {"startedAt": "x"}}}
        ]
    }
    objects = [asked, account("web"), *bound("web", [rule("create", "pods")], namespace="shop", to="shop")]
    file = tmp_path / "dump.yaml"
    file.write_text("\n---\n".join(json.dumps(item) for item in objects), encoding="utf-8")
    world = World(node="ci", today="2026-11-24", readers=storeys.readers(), report=lambda _: None, progress=lambda _: None)
    cluster = collecting.gather(Target("manifests", str(file)), world)
    node = (
        Gathered(Storey.KERNEL, "test", "n1", kernel("n1", "6.18.44")),
        Gathered(Storey.RUNTIME, "test", "n1", runtime("n1", "1.3.4", seen_on_the_node())),
    )
    graph = impacts.graph_of((*cluster, *node))
    (workload,) = [item.what for item in graph.kind("workload") if item.what]  # type: ignore[arg-type]  # equal to the kind
    assert (workload.node, workload.oci_runtime, workload.confinement.capabilities) == (
        "n1",
        "runc",
        ADMIN.confinement.capabilities,
    )
    steps = {(step.source, step.target) for step in derive(graph, arsenal(), ("containers",)).steps()}
    here, token = f"code:workload:{ID}", "as:identity:/system:serviceaccount:shop:web"
    assert {(here, "root:host:n1"), (here, token), ("root:host:n1", here), ("files:host:n1", token)} <= steps


def test_one_change_is_made_for_all_pods_of_a_deployment(tmp_path: Path) -> None:
    objects = []
    for number in range(3):
        made = pod(f"web-5d4f-{number}", security={"privileged": True})
        made["metadata"] = {
            "name": f"web-5d4f-{number}",
            "namespace": "shop",
            "labels": {"pod-template-hash": "5d4f"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d4f", "controller": True}],
        }
        made["spec"]["containers"][0]["name"] = "c"  # type: ignore[index]  # what `pod` makes
        objects.append(made)
    found = attack.attacks(graph_of(objects, tmp_path), (), attack.Asked())
    made_for = {change.target for change in found.net.changes}
    assert made_for == {"shop/Deployment/web/c"}
    changed = applied(graph_of(objects, tmp_path), [supposition("drop-privileged@Deployment/web")], supposed())
    after = attack.attacks(changed, (), attack.Asked())
    assert {step.technique.slug for step in after.net.steps} < {step.technique.slug for step in found.net.steps}


def test_a_pod_that_has_ended_runs_nowhere(tmp_path: Path) -> None:
    asked = pod("web-1", nodeName="n1")
    asked["status"] = {"containerStatuses": [{"name": "web-1", "containerID": f"cri-o://{ID}", "state": {"terminated": {}}}]}
    file = tmp_path / "dump.yaml"
    file.write_text(json.dumps(asked), encoding="utf-8")
    world = World(node="ci", today="2026-11-24", readers=storeys.readers(), report=lambda _: None, progress=lambda _: None)
    (found,) = collecting.gather(Target("manifests", str(file)), world)
    assert [(item.container_id, item.running) for item in found.facts.workloads] == [("", False)]
