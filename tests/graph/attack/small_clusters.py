"""Clusters made of a few manifests, for tests: the graph that the product itself makes of them."""

import json
from collections.abc import Iterable
from pathlib import Path

from ringfence.engine import collecting, impacts, storeys
from ringfence.graph.assemble import Graph
from ringfence.io.world import Target, World


def graph_of(objects: Iterable[object], folder: Path) -> Graph:
    """The graph of Kubernetes objects, read as `ringfence paths FILE` reads them."""
    file = folder / "objects.yaml"
    file.write_text("\n---\n".join(json.dumps(item) for item in objects if item), encoding="utf-8")
    world = World(node="test", today="2026-11-24", readers=storeys.readers(), report=lambda _: None, progress=lambda _: None)
    return impacts.graph_of(collecting.gather(Target("manifests", str(file)), world))


def pod(name: str, *, namespace: str = "shop", account: str = "", **spec: object) -> dict[str, object]:
    """A pod of one container; `security` is the container's security context, everything else the pod's."""
    security = spec.pop("security", {})
    mounts = spec.pop("mounts", {})
    assert isinstance(mounts, dict)
    container = {
        "name": name,
        "image": f"registry.example/{name}:1",
        "securityContext": security,
        "volumeMounts": [{"name": f"v{index}", "mountPath": f"/mnt/{index}"} for index in range(len(mounts))],
    }
    volumes = [{"name": f"v{index}", "hostPath": {"path": path}} for index, path in enumerate(mounts)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            **({"serviceAccountName": account} if account else {"automountServiceAccountToken": False}),
            **spec,
            "containers": [container],
            "volumes": volumes,
        },
    }


def account(name: str, namespace: str = "shop") -> dict[str, object]:
    """A service account."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def bound(name: str, rules: list[dict[str, list[str]]], *, namespace: str = "", to: str = "shop") -> list[object]:
    """A role called `name` with these rules, bound to the account `name`: in a namespace, or in the whole cluster."""
    kind = "Role" if namespace else "ClusterRole"
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    group = "rbac.authorization.k8s.io"
    return [
        account(name, to),
        {"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": kind, "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": to}],
        },
    ]


def rule(verbs: str, resources: str, groups: str = "") -> dict[str, list[str]]:
    """A rule, its parts separated by blanks; an empty group is the core one."""
    return {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": groups.split() or [""]}
