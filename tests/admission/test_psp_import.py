"""PodSecurityPolicies come to policies that can be written, read again, and judge as they did."""

import json
from typing import Any

import msgspec
import pytest

from admission.attempts import TODAY, attempt, pod, review
from ringfence.admission.answering import mutate
from ringfence.admission.judging import decide
from ringfence.admission.psp_import import Imported, imported
from ringfence.errors import Malformed
from ringfence.formats import admission_language, json_tree, kubernetes_rbac
from ringfence.formats.admission_policy import AdmissionPolicy
from ringfence.formats.document_tree import Cursor
from ringfence.model.location import Location

RESTRICTED: dict[str, Any] = {
    "privileged": False,
    "allowPrivilegeEscalation": False,
    "requiredDropCapabilities": ["ALL"],
    "volumes": ["configMap", "emptyDir", "projected", "secret", "downwardAPI", "persistentVolumeClaim"],
    "hostNetwork": False,
    "hostIPC": False,
    "hostPID": False,
    "runAsUser": {"rule": "MustRunAsNonRoot"},
    "seLinux": {"rule": "RunAsAny"},
    "supplementalGroups": {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 65535}]},
    "fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 65535}]},
    "readOnlyRootFilesystem": False,
}
"""The example of a restrictive policy that Kubernetes' documentation gave."""
ANNOTATIONS = {
    "seccomp.security.alpha.kubernetes.io/allowedProfileNames": "docker/default,runtime/default",
    "apparmor.security.beta.kubernetes.io/allowedProfileNames": "runtime/default",
    "seccomp.security.alpha.kubernetes.io/defaultProfileName": "runtime/default",
    "apparmor.security.beta.kubernetes.io/defaultProfileName": "runtime/default",
}
PRIVILEGED: dict[str, Any] = {
    "privileged": True,
    "allowPrivilegeEscalation": True,
    "allowedCapabilities": ["*"],
    "volumes": ["*"],
    "hostNetwork": True,
    "hostPorts": [{"min": 0, "max": 65535}],
    "hostIPC": True,
    "hostPID": True,
    **{name: {"rule": "RunAsAny"} for name in ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")},
}


def cursor(value: object) -> Cursor:
    return Cursor(json_tree.tree(value))


def psp(name: str, spec: dict[str, Any], annotations: dict[str, str] | None = None) -> Cursor:
    metadata = {"name": name, "annotations": annotations or {}}
    return cursor({"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": metadata, "spec": spec})


def role(name: str, policy: str, kind: str = "ClusterRole", namespace: str = "") -> kubernetes_rbac.Role:
    rule = {"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "verbs": ["use"], "resourceNames": [policy]}
    return kubernetes_rbac.role(cursor({"kind": kind, "metadata": {"name": name}, "rules": [rule]}), namespace)


def binding(role_name: str, subject: dict[str, str], namespace: str = "") -> kubernetes_rbac.RoleBinding:
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    reference = {"kind": "ClusterRole", "name": role_name}
    value = {"kind": kind, "metadata": {"name": "b"}, "roleRef": reference, "subjects": [subject]}
    return kubernetes_rbac.binding(cursor(value), namespace)


EVERYBODY = {"kind": "Group", "name": "system:authenticated"}


def two() -> Imported:
    """Everybody may use the restrictive policy, ann the other one, in the namespace shop."""
    return imported(
        [psp("b-restricted", RESTRICTED, ANNOTATIONS), psp("a-privileged", PRIVILEGED)],
        [role("restricted", "b-restricted"), role("privileged", "a-privileged")],
        [binding("restricted", EVERYBODY), binding("privileged", {"kind": "User", "name": "ann"}, "shop")],
    )


def read_again(found: Imported) -> tuple[AdmissionPolicy, ...]:
    written = json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": [admission_language.write(x) for x in found.policies]}
    )
    return admission_language.read(written.encode(), "p.yaml")


def test_what_is_imported_can_be_written_and_read() -> None:
    found = two()
    assert [item.name for item in found.policies] == ["b-restricted", "a-privileged", "a-privileged.shop"]
    again = tuple(msgspec.structs.replace(item, at=Location()) for item in read_again(found))
    assert again == found.policies


def test_who_may_use_what() -> None:
    policies = read_again(two())
    bad = pod(container={"securityContext": {"privileged": True}})
    assert decide(policies, attempt(bad), TODAY).permit == "a-privileged.shop"
    assert not decide(policies, attempt(bad, userInfo={"username": "bob"}), TODAY).allowed
    assert not decide(policies, attempt(bad, namespace="web"), TODAY).allowed, "the binding is of another namespace"
    masters = {"username": "root", "groups": ["system:masters"]}
    assert decide(policies, attempt(bad, namespace="web", userInfo=masters), TODAY).permit == "a-privileged"


def test_nobody_may_use_what_no_binding_gives() -> None:
    found = imported([psp("p", PRIVILEGED)], [], [])
    assert not decide(found.policies, attempt(pod()), TODAY).allowed
    assert any("nobody but system:masters" in note.said for note in found.notes)


def test_pods_are_written_into_as_they_were() -> None:
    policies = read_again(two())
    found = mutate(review(pod(), userInfo={"username": "bob"}), policies, TODAY).answer
    assert found.audit["permit"] == "b-restricted"
    assert {item.path: item.value for item in found.patch} == {
        "/spec/securityContext": {"runAsNonRoot": True},
        "/spec/securityContext/fsGroup": 1,
        "/spec/securityContext/supplementalGroups": [1],
        "/spec/securityContext/seccompProfile": {"type": "RuntimeDefault"},
        "/spec/securityContext/appArmorProfile": {"type": "RuntimeDefault"},
        "/spec/containers/0/securityContext": {"allowPrivilegeEscalation": False},
        "/spec/containers/0/securityContext/capabilities": {"drop": ["ALL"]},
    }
    # ann may use the other one, which lets the pod pass as it is: that goes first, whatever the names.
    assert mutate(review(pod()), policies, TODAY).answer.patch == ()


def test_what_changed_its_meaning_is_told() -> None:
    fields = {(note.policy, note.field) for note in two().notes}
    assert ("a-privileged", "seccomp.security.alpha.kubernetes.io/allowedProfileNames") in fields
    assert ("all", "use") in fields
    other = {"requiredDropCapabilities": ["KILL"], "forbiddenSysctls": ["kernel.*"], "volumes": ["hostPath"]}
    (policy,) = imported([psp("p", {**PRIVILEGED, **other}, {"owner": "ops"})], [], []).policies
    notes = {note.field for note in imported([psp("p", {**PRIVILEGED, **other}, {"owner": "ops"})], [], []).notes}
    assert {"allowedHostPaths", "requiredDropCapabilities", "allowedUnsafeSysctls", "metadata.annotations[owner]"} <= notes
    assert policy.pods.required_drop_capabilities is None
    assert policy.defaults is not None
    assert policy.defaults.drop_capabilities == ("KILL",)


FIELDS: dict[str, tuple[dict[str, Any], str, object]] = {
    "host paths": (
        {"allowedHostPaths": [{"pathPrefix": "/var", "readOnly": True}]},
        "allowedHostPaths",
        [{"pathPrefix": "/var", "readOnly": True}],
    ),
    "flex": ({"allowedFlexVolumes": [{"driver": "example/lvm"}]}, "allowedFlexVolumes", ["example/lvm"]),
    "csi": ({"allowedCSIDrivers": [{"name": "csi.example"}]}, "allowedCSIDrivers", ["csi.example"]),
    "sysctls": ({"allowedUnsafeSysctls": ["kernel.msg*"]}, "allowedUnsafeSysctls", ["kernel.msg*"]),
    "proc": ({"allowedProcMountTypes": ["Unmasked"]}, "allowedProcMountTypes", ["Unmasked"]),
    "runtime": ({"runtimeClass": {"allowedRuntimeClassNames": ["kata"]}}, "allowedRuntimeClasses", ["kata"]),
    "group": (
        {"runAsGroup": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 2}]}},
        "runAsGroup",
        {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 2}]},
    ),
    "selinux": (
        {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"type": "t", "level": "s0"}}},
        "seLinux",
        {"rule": "MustRunAs", "options": [{"level": "s0", "type": "t"}]},
    ),
    "nothing": ({"volumes": [], "hostPorts": []}, "volumes", []),
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_its_place(name: str) -> None:
    given, field, value = FIELDS[name]
    (policy,) = imported([psp("p", {**PRIVILEGED, **given})], [], []).policies
    spec: Any = admission_language.write(policy)["spec"]
    assert spec["pods"][field] == value


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"privilegd": True}, "spec.privilegd is no field"),
        ({"privileged": "yes please"}, "neither true nor false"),
        ({"runAsUser": {"rule": "MustRunAs"}}, "ranges is missing"),
        ({"hostPorts": [{"min": 1}]}, "is no whole number"),
    ],
)
def test_what_is_none_is_named(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(Malformed, match=said):
        imported([psp("p", spec)], [], [])
