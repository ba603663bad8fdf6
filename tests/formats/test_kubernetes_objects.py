"""Objects: any bytes and any value in any field give objects or one of two errors, and every kind gives what it holds."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.kubernetes_samples import OBJECTS, OTHERS, POD_SPEC, WITH_PODS, spoiled
from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.kubernetes_container import ContainerRole
from ringfence.formats.kubernetes_network import Ingress, NetworkPolicy, Service
from ringfence.formats.kubernetes_objects import ConfigMap, Namespace, Parsed, Secret, ServiceAccount
from ringfence.formats.kubernetes_pod import PodSpec, Profile
from ringfence.formats.kubernetes_rbac import Role, RoleBinding
from ringfence.model.knowledge import Known, Unknown


def parsed(data: bytes) -> list[Parsed]:
    """Everything that the objects of a stream give."""
    found: list[Parsed] = []
    for tree in yaml_lines.read(data):
        for here in kubernetes_objects.objects(tree, "f.yaml"):
            found.extend(kubernetes_objects.parse(here, kubernetes_objects.name_of(here)))
    return found


def of(value: object) -> list[Parsed]:
    return parsed(json.dumps(value).encode())


HEADS = (b"apiVersion: v1\nkind: Pod\n", b"apiVersion: v1\nkind: List\nitems: ", b"kind: X\napiVersion: y\n", b"")


@given(st.sampled_from(HEADS), st.binary())
def test_any_bytes(head: bytes, data: bytes) -> None:
    try:
        parsed(head + data)
    except (Malformed, LimitExceeded):
        return


@given(spoiled())
def test_any_value_in_any_field(value: dict[str, object]) -> None:
    try:
        of(value)
    except Malformed as fault:
        said = str(fault)
    else:
        return
    assert "line " in said


@given(st.sampled_from(OBJECTS))
def test_what_was_parsed_can_be_saved(value: dict[str, object]) -> None:
    for item in of(value):
        assert msgspec.json.decode(msgspec.json.encode(item), type=type(item)) == item


@pytest.mark.parametrize("kind", sorted(WITH_PODS))
def test_every_kind_of_workload_gives_its_pod(kind: str) -> None:
    (pod,) = of(WITH_PODS[kind])
    assert isinstance(pod, PodSpec)
    assert (pod.owner.kind, pod.owner.name, pod.owner.namespace) == (kind, "n", "ns")
    assert [(item.container.identity.container, item.container.role) for item in pod.containers] == [
        ("init", ContainerRole.SIDECAR),
        ("web", ContainerRole.REGULAR),
        ("debug", ContainerRole.EPHEMERAL),
    ]
    web = pod.containers[1]
    assert web.security.seccomp.value == Known(Profile(kind="Localhost", localhost="web.json"))
    assert web.mounts[0].propagation == "Bidirectional"
    assert web.devices == ("/dev/xvda",)
    assert (pod.service_account, pod.os, pod.host_network.value) == ("web", "linux", Known(True))
    assert {ref.name for volume in pod.volumes for ref in volume.secrets} == {"db", "x", "n"}


def test_a_container_gives_no_value_away() -> None:
    (pod,) = of(WITH_PODS["Pod"])
    assert isinstance(pod, PodSpec)
    assert b"abcdefghijklmnop" not in msgspec.json.encode(pod)
    container = pod.containers[1].container
    assert {found.credential.name for found in container.credentials} == {"API_KEY", "token"}
    assert [ref.name for ref in container.secret_variables] == ["db", "all"]
    assert container.config_maps == ("settings",)
    assert [port.port for port in container.host_ports] == [Known(8080)]
    assert (container.limits, container.probes) == (Known(("memory",)), Known(("liveness",)))


def test_the_kinds_without_pods() -> None:
    account, secret, config, namespace, role, binding, service, ingress, policy = (
        item for value in OTHERS for item in of(value)
    )
    assert isinstance(account, ServiceAccount)
    assert account.automount == Known(False)
    assert isinstance(secret, Secret)
    assert (secret.keys, secret.has_values) == (("a", "c"), True)
    assert isinstance(config, ConfigMap)
    assert (config.keys, config.credentials[0].credential.name) == (("app.conf", "b"), "password")
    assert isinstance(namespace, Namespace)
    assert namespace.labels == Known({"a": "b"})
    assert isinstance(role, Role)
    assert isinstance(role.rules, Known)
    assert role.rules.value[0].resource_names == ("x",)
    assert isinstance(binding, RoleBinding)
    assert isinstance(binding.subjects, Known)
    assert [item.username for item in binding.subjects.value] == ["system:serviceaccount:ns:web", "g"]
    assert isinstance(service, Service)
    assert (service.type, service.ports, service.sources) == (Known("LoadBalancer"), ("80",), ("10.0.0.0/8",))
    assert isinstance(ingress, Ingress)
    assert ingress.tls_hosts == Known(("a.example",))
    assert isinstance(policy, NetworkPolicy)
    assert (policy.selects_all, policy.directions) == (False, ("Ingress",))


def test_lists_inside_lists() -> None:
    inner = {"apiVersion": "v1", "kind": "List", "items": list(OTHERS[:2])}
    outer = {"apiVersion": "v1", "kind": "PodList", "items": [inner, WITH_PODS["Pod"], {"no": "kind"}, None, "text"]}
    assert [type(item) for item in of(outer)] == [ServiceAccount, Secret, PodSpec]


def test_lists_that_never_end() -> None:
    value: dict[str, object] = dict(OTHERS[0])
    for _ in range(20):
        value = {"apiVersion": "v1", "kind": "List", "items": [value]}
    assert of(value) == []


def test_an_operators_kind_with_two_templates() -> None:
    value = {
        "apiVersion": "kubeflow.org/v1",
        "kind": "PyTorchJob",
        "metadata": {"name": "train"},
        "spec": {"pytorchReplicaSpecs": {name: {"template": {"spec": POD_SPEC}} for name in ("Master", "Worker")}},
    }
    assert [item.owner.name for item in of(value) if isinstance(item, PodSpec)] == ["train:Master", "train:Worker"]


def test_a_schema_is_no_workload() -> None:
    schema = {"containers": [{"image": "not really"}]}
    assert of({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": schema}) == []


def test_templates_are_unknown_and_not_text() -> None:
    data = b"""apiVersion: v1
kind: Pod
metadata: {name: x}
spec:
  hostPID: "{{ .Values.pid }}"
  containers:
  - name: a
    image: "{{ .Values.image }}"
    securityContext: {capabilities: {add: "{{ .Values.caps }}"}}
"""
    (pod,) = parsed(data)
    assert isinstance(pod, PodSpec)
    assert isinstance(pod.host_pid.value, Unknown)
    assert isinstance(pod.containers[0].container.image, Unknown)
    assert isinstance(pod.containers[0].security.capabilities.value, Unknown)
