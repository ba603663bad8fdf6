"""Objects with every field that our parsers read, and a strategy that spoils them."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

CONTAINER: dict[str, object] = {
    "name": "web",
    "image": "registry.example.com/web@sha256:" + "0" * 64,
    "command": ["serve"],
    "args": ["--token", "abcdefghijklmnop"],
    "env": [
        {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
        {"name": "API_KEY", "value": "abcdefghijklmnop"},
    ],
    "envFrom": [{"secretRef": {"name": "all"}}, {"configMapRef": {"name": "settings"}}],
    "ports": [{"containerPort": 80, "hostPort": 8080}],
    "resources": {"limits": {"memory": "64Mi"}},
    "livenessProbe": {"httpGet": {"path": "/", "port": 80}},
    "securityContext": {
        "privileged": False,
        "runAsUser": 1000,
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "procMount": "Default",
        "seLinuxOptions": {"type": "container_t"},
        "seccompProfile": {"type": "Localhost", "localhostProfile": "web.json"},
        "appArmorProfile": {"type": "RuntimeDefault"},
        "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
    },
    "volumeMounts": [{"name": "host", "mountPath": "/host", "readOnly": True, "mountPropagation": "Bidirectional"}],
    "volumeDevices": [{"name": "raw", "devicePath": "/dev/xvda"}],
}
POD_SPEC: dict[str, object] = {
    "serviceAccountName": "web",
    "automountServiceAccountToken": False,
    "hostNetwork": True,
    "hostPID": False,
    "hostIPC": False,
    "hostUsers": False,
    "shareProcessNamespace": True,
    "runtimeClassName": "kata",
    "os": {"name": "linux"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "imagePullSecrets": [{"name": "registry"}],
    "securityContext": {"runAsUser": 5, "runAsGroup": 5, "seccompProfile": {"type": "RuntimeDefault"}},
    "volumes": [
        {"name": "host", "hostPath": {"path": "/var/log", "type": "Directory"}},
        {"name": "s", "secret": {"secretName": "db"}},
        {"name": "p", "projected": {"sources": [{"secret": {"name": "x"}}, {"serviceAccountToken": {"path": "t"}}]}},
        {"name": "c", "csi": {"driver": "d", "nodePublishSecretRef": {"name": "n"}}},
        {"name": "e", "emptyDir": {}},
    ],
    "initContainers": [{**CONTAINER, "name": "init", "restartPolicy": "Always"}],
    "containers": [CONTAINER],
    "ephemeralContainers": [{**CONTAINER, "name": "debug"}],
}
TEMPLATE: dict[str, object] = {
    "metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/web": "localhost/x"}},
    "spec": POD_SPEC,
}


def _named(api: str, kind: str, **rest: object) -> dict[str, object]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "n", "namespace": "ns", "labels": {"a": "b"}}, **rest}


WITH_PODS: dict[str, dict[str, object]] = {
    "Pod": {**_named("v1", "Pod"), **TEMPLATE, "metadata": {"name": "n", "namespace": "ns"}},
    "PodTemplate": _named("v1", "PodTemplate", template=TEMPLATE),
    "CronJob": _named("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": TEMPLATE}}}),
    "Job": _named("batch/v1", "Job", spec={"template": TEMPLATE}),
    "ReplicationController": _named("v1", "ReplicationController", spec={"template": TEMPLATE}),
    "DeploymentConfig": _named("apps.openshift.io/v1", "DeploymentConfig", spec={"template": TEMPLATE}),
    "Rollout": _named("argoproj.io/v1alpha1", "Rollout", spec={"template": TEMPLATE}),
    **{
        kind: _named("apps/v1", kind, spec={"template": TEMPLATE})
        for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")
    },
}
"""An object of every kind that holds pods, all with the same pod in them."""

OTHERS: tuple[dict[str, object], ...] = (
    _named("v1", "ServiceAccount", automountServiceAccountToken=False),
    _named("v1", "Secret", type="Opaque", data={"a": "Yg=="}, stringData={"c": "d"}),
    _named("v1", "ConfigMap", data={"app.conf": "password = hunter2hunter2\nport = 1\n"}, binaryData={"b": "Yg=="}),
    _named("v1", "Namespace"),
    _named(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": ["x"]}],
        aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"x": "y"}}]},
    ),
    _named(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={"kind": "ClusterRole", "name": "view", "apiGroup": "rbac.authorization.k8s.io"},
        subjects=[{"kind": "ServiceAccount", "name": "web"}, {"kind": "Group", "name": "g"}],
    ),
    _named(
        "v1",
        "Service",
        spec={
            "type": "LoadBalancer",
            "ports": [{"port": 80}],
            "externalIPs": ["192.0.2.1"],
            "loadBalancerSourceRanges": ["10.0.0.0/8"],
        },
    ),
    _named("networking.k8s.io/v1", "Ingress", spec={"tls": [{"hosts": ["a.example"]}], "rules": [{"host": "a.example"}]}),
    _named(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        spec={"podSelector": {"matchLabels": {"a": "b"}, "matchExpressions": []}, "policyTypes": ["Ingress"]},
    ),
)
OBJECTS = (*WITH_PODS.values(), *OTHERS)

_WRONG: tuple[object, ...] = (
    None,
    True,
    7,
    -1,
    2**70,
    1.5,
    "",
    "x",
    "{{ .Values.x }}",
    [],
    [None],
    ["x"],
    {},
    {"x": 1},
    [{}],
)


def _places(value: object, way: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inside: list[tuple[object, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [(*way, key) for key, _ in inside] + [place for key, item in inside for place in _places(item, (*way, key))]


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, object]:
    """One of the objects with one to three of its values, at any depth, replaced by something of another form."""
    whole: dict[str, object] = json.loads(json.dumps(draw(st.sampled_from(OBJECTS))))
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from([place for place in _places(whole) if place[0] not in ("apiVersion", "kind")]))
        here: Any = whole
        for step in way[:-1]:
            here = here[step]
        here[way[-1]] = copy.deepcopy(draw(st.sampled_from(_WRONG)))
    return whole
