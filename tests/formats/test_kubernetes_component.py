"""Components: flags however they are written, a kubelet's file, and any value in any field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.encryption_configuration import EncryptionConfiguration
from ringfence.formats.kubernetes_component import Component
from ringfence.model.knowledge import Known, Unknown


def parsed(value: object) -> list[object]:
    found: list[object] = []
    for tree in yaml_lines.read(json.dumps(value).encode()):
        for here in kubernetes_objects.objects(tree, "f.yaml"):
            found.extend(kubernetes_objects.parse(here, kubernetes_objects.name_of(here)))
    return found


def component(**container: object) -> Component | None:
    spec = {"containers": [{"name": "c", "image": "i", **container}]}
    value = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}
    return next((item for item in parsed(value) if isinstance(item, Component)), None)


@pytest.mark.parametrize(
    "container",
    [
        {"command": ["kube-apiserver", "--anonymous-auth=false", "--profiling"]},
        {"command": ["/usr/local/bin/kube-apiserver"], "args": ["--anonymous-auth", "false", "--profiling=true"]},
        {"command": ["/bin/sh", "-c", "exec kube-apiserver --anonymous-auth=false --profiling"]},
        {"args": ["kube-apiserver", "--anonymous-auth=true", '--anonymous-auth="false"', "--profiling=true"]},
    ],
)
def test_flags_however_they_are_written(container: dict[str, object]) -> None:
    found = component(**container)
    assert found is not None
    assert (found.name, found.setting("anonymous-auth"), found.setting("profiling"), found.setting("other")) == (
        "kube-apiserver",
        Known("false"),
        Known("true"),
        None,
    )
    assert found.place("anonymous-auth").line == 1
    assert found.place("other") == found.at


def test_templates_and_configuration_files() -> None:
    found = component(command=["kubelet", "--config=/etc/kubelet.yaml", "--read-only-port={{ .Values.p }}"])
    assert found is not None
    assert found.config == "/etc/kubelet.yaml"
    assert isinstance(found.setting("read-only-port"), Unknown)
    assert component(command=["nginx", "--anonymous-auth=true"]) is None


def test_a_kubelets_file() -> None:
    value = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": True}, "x509": {"clientCAFile": "/ca"}},
        "authorization": {"mode": "Webhook"},
        "readOnlyPort": 0,
        "tlsCipherSuites": ["A", "B"],
        "featureGates": {"RotateKubeletServerCertificate": True},
    }
    (found,) = parsed(value)
    assert isinstance(found, Component)
    assert found.file
    assert {item.name: item.value for item in found.settings} == {
        "anonymous-auth": "true",
        "client-ca-file": "/ca",
        "authorization-mode": "Webhook",
        "read-only-port": "0",
        "tls-cipher-suites": "A,B",
        "rotate-server-certificates": "true",
    }


def test_encryption_without_its_keys() -> None:
    value = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [
                    {"aescbc": {"keys": [{"name": "k", "secret": "c2VjcmV0IGlzIHNlY3VyZQ=="}]}},
                    {"kms": {"apiVersion": "v2", "name": "x"}},
                    {"identity": {}},
                ],
            }
        ],
    }
    (found,) = parsed(value)
    assert isinstance(found, EncryptionConfiguration)
    (group,) = found.groups
    assert [(item.kind, item.keys, item.version) for item in group.providers] == [
        ("aescbc", 1, ""),
        ("kms", 0, "v2"),
        ("identity", 0, ""),
    ]
    assert group.has_secrets
    assert "c2VjcmV0" not in repr(found)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "secrets", "{{ x }}", "kubelet", "--a=b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resources", "providers", "kms", "keys", "authentication", "anonymous", "enabled", "featureGates"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["EncryptionConfiguration", "KubeletConfiguration"]), VALUES, VALUES)
def test_any_value_in_any_field(kind: str, resources: object, authentication: object) -> None:
    value = {"apiVersion": "v1", "kind": kind, "resources": resources, "authentication": authentication}
    try:
        parsed(value)
    except (Malformed, LimitExceeded):
        return


@given(VALUES, VALUES)
def test_any_command_line(command: object, args: object) -> None:
    try:
        component(command=command, args=args)
    except Malformed:
        return
