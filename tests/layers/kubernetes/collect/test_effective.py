"""What a pod specification becomes for each container: inheritance, defaults and which of them nobody wrote."""

import json
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given

from formats.kubernetes_samples import WITH_PODS, spoiled
from ringfence.errors import Malformed
from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.layers.kubernetes.collect.effective.assembly import Objects, assembled
from ringfence.layers.kubernetes.facts import Facts
from ringfence.model.confinement import Confinement, Kernel, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Capability, Namespace


def facts(*values: Mapping[str, object]) -> Facts:
    objects = Objects()
    for value in values:
        for tree in yaml_lines.read(json.dumps(value).encode()):
            for here in kubernetes_objects.objects(tree, "f.yaml"):
                objects.add(here)
    return assembled("f.yaml", objects)


def pod(spec: dict[str, object] | None = None, **container: object) -> dict[str, object]:
    whole = {"containers": [{"name": "c", "image": "i", **container}], **(spec or {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ns"}, "spec": whole}


def confined(spec: dict[str, object] | None = None, **security: object) -> Confinement:
    (workload,) = facts(pod(spec, securityContext=security)).workloads
    return workload.confinement


FIELDS = set(Confinement.__struct_fields__) - {"evidence", "root_cgroups", "filters", "device_access"}
"""What a manifest tells; which cgroups a container is in, and how many filters it has, is known once it runs."""


def test_every_field_has_its_place_and_every_default_is_marked() -> None:
    found = confined()
    assert {item.field for item in found.evidence} == FIELDS
    assumed = {item.field for item in found.evidence if item.assumed}
    assert {"privileged", "capabilities", "no_new_privileges", "syscalls", "uid_map", "read_only_root"} <= assumed
    assert {"masked_paths", "kernel", "root_refused"} <= assumed
    assert isinstance(found.uid, Unknown)
    assert not found.assumed("uid")


def test_what_is_written_is_not_assumed() -> None:
    found = confined(
        {"hostUsers": True},
        privileged=False,
        allowPrivilegeEscalation=False,
        readOnlyRootFilesystem=True,
        runAsUser=7,
        runAsNonRoot=True,
        capabilities={"drop": ["ALL"]},
        seccompProfile={"type": "RuntimeDefault"},
    )
    assert {item.field for item in found.evidence if item.assumed} == {
        "masked_paths",
        "read_only_paths",
        "kernel",
        "namespaces",
    } & {item.field for item in found.evidence if item.assumed}
    assert (found.uid, found.no_new_privileges, found.read_only_root, found.root_refused) == (
        Known(7),
        Known(True),
        Known(True),
        Known(True),
    )
    assert isinstance(found.syscalls, Known)
    assert not found.syscalls.value.unconfined
    assert found.at("uid").field == "spec.containers[0].securityContext.runAsUser"


@pytest.mark.parametrize(("pods", "own", "uid"), [(5, None, 5), (5, 7, 7), (None, 7, 7), (5, 0, 0), (0, 7, 7)], ids=str)
def test_the_container_goes_before_the_pod(pods: int | None, own: int | None, uid: int) -> None:
    spec: dict[str, object] = {} if pods is None else {"securityContext": {"runAsUser": pods}}
    found = confined(spec, **({} if own is None else {"runAsUser": own}))
    assert found.uid == Known(uid)
    where = "spec.containers[0].securityContext" if own is not None else "spec.securityContext"
    assert found.at("uid").field == f"{where}.runAsUser"


def held(found: Confinement) -> int:
    assert isinstance(found.capabilities, Known)
    return found.capabilities.value.bounding


@pytest.mark.parametrize("spelt", ["SYS_ADMIN", "sys_admin", "CAP_SYS_ADMIN"])
def test_capabilities_however_they_are_spelt(spelt: str) -> None:
    assert held(confined(capabilities={"add": [spelt]})) >> Capability.CAP_SYS_ADMIN & 1


def test_all_capabilities() -> None:
    assert held(confined(capabilities={"add": ["ALL"]})) == held(confined(privileged=True))
    assert held(confined(capabilities={"drop": ["ALL"]})) == 0
    assert (
        held(confined(capabilities={"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]})) == 1 << Capability.CAP_NET_BIND_SERVICE
    )
    assert held(confined(capabilities={"drop": ["all"], "add": ["no-such"]})) == 0


def test_an_ordinary_user_keeps_only_the_bounding_set() -> None:
    found = confined(runAsUser=1000)
    assert isinstance(found.capabilities, Known)
    assert (found.capabilities.value.effective, found.capabilities.value.bounding > 0) == (0, True)


def test_privileged_overrules() -> None:
    found = confined(privileged=True, seccompProfile={"type": "RuntimeDefault"}, allowPrivilegeEscalation=False)
    assert isinstance(found.syscalls, Known)
    assert found.syscalls.value.unconfined
    assert (found.no_new_privileges, found.devices, found.masked_paths) == (Known(False), Known(("/dev",)), Known(()))


def test_a_template_is_unknown_and_never_a_default() -> None:
    found = confined(
        {"hostUsers": "{{ x }}", "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
        privileged="{{ x }}",
        runAsUser="{{ y }}",
        readOnlyRootFilesystem="{{ z }}",
    )
    for value in (found.privileged, found.uid, found.uid_map, found.read_only_root, found.capabilities, found.syscalls):
        assert isinstance(value, Unknown), value


def test_namespaces_users_and_kernels() -> None:
    found = confined({"hostPID": True, "hostUsers": False, "runtimeClassName": "kata-qemu"})
    assert isinstance(found.namespaces, Known)
    assert found.namespaces.value[Namespace.PID] is Sharing.HOST
    assert found.namespaces.value[Namespace.NETWORK] is Sharing.OWN
    assert found.maps_host_root == Known(False)
    assert found.kernel == Known(Kernel.GUEST)
    assert isinstance(confined({"runtimeClassName": "fast"}).kernel, Unknown)


def test_mounts_of_the_host() -> None:
    spec: dict[str, object] = {"volumes": [{"name": "v", "hostPath": {"path": "/var/"}}, {"name": "e", "emptyDir": {}}]}
    mounts = [
        {"name": "e", "mountPath": "/e"},
        {"name": "v", "mountPath": "/a", "subPath": "log", "readOnly": True},
        {"name": "v", "mountPath": "/b", "mountPropagation": "Bidirectional"},
        {"name": "claimed", "mountPath": "/c"},
    ]
    (workload,) = facts(pod(spec, volumeMounts=mounts)).workloads
    found = workload.confinement.mounts
    assert isinstance(found, Known)
    assert [(item.source, item.destination, item.kind, item.read_only, item.propagation) for item in found.value] == [
        ("/var/log", "/a", "bind", True, "rprivate"),
        ("/var/", "/b", "bind", False, "rshared"),
        ("e", "/e", "emptyDir", False, ""),
        ("claimed", "/c", "persistentVolumeClaim", False, ""),
    ]


ACCOUNT: dict[str, object] = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "ns"}}


@pytest.mark.parametrize(
    ("own", "accounts", "mounted"),
    [(True, False, True), (False, True, False), (None, False, False), (None, True, True), (None, None, True)],
)
def test_who_decides_on_the_token(own: bool | None, accounts: bool | None, mounted: bool) -> None:
    spec: dict[str, object] = {"serviceAccountName": "a"}
    spec |= {} if own is None else {"automountServiceAccountToken": own}
    account = ACCOUNT | ({} if accounts is None else {"automountServiceAccountToken": accounts})
    (found,) = facts(account, pod(spec)).pods
    assert found.token_mounted == Known(mounted)


def test_an_account_of_elsewhere_decides_elsewhere() -> None:
    (found,) = facts(pod({"serviceAccountName": "a"})).pods
    assert isinstance(found.token_mounted, Unknown)
    (default,) = facts(pod()).pods
    assert default.token_mounted == Known(True)


def test_a_windows_pod_has_no_linux_confinement() -> None:
    found = facts(pod({"os": {"name": "windows"}}))
    assert (found.workloads, found.pods[0].windows, len(found.containers)) == ((), True, 1)


@given(spoiled())
def test_any_value_gives_facts_that_can_be_saved_and_judged_later(value: dict[str, object]) -> None:
    try:
        found = facts(value)
    except Malformed:
        return
    assert msgspec.json.decode(msgspec.json.encode(found), type=Facts) == found
    for workload in found.workloads:
        assert {item.field for item in workload.confinement.evidence} == FIELDS
    assert list(found.subjects())


def test_all_kinds_give_the_same_confinement() -> None:
    found = {kind: facts(value).workloads for kind, value in WITH_PODS.items()}
    wanted = [msgspec.structs.replace(item.confinement, evidence=()) for item in found["Deployment"]]
    for kind, workloads in found.items():
        if kind != "Rollout":  # annotations beside a template of unknown kind are not looked for
            assert [msgspec.structs.replace(item.confinement, evidence=()) for item in workloads] == wanted, kind
