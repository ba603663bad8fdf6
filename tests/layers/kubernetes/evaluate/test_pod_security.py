"""What the conformance data has no case for: several faults at once, ephemeral containers, templates, laws over versions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.kubernetes_samples import WITH_PODS, spoiled
from ringfence.errors import Malformed
from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.pod_security_standard import LATEST, Level, Standard, faults, of_labels, standard
from ringfence.layers.kubernetes.evaluate.pod_security import forbidden, unreadable, violations

RESTRICTED = Standard(level=Level.RESTRICTED)
BASELINE = Standard(level=Level.BASELINE)


def pod(value: dict[str, object]) -> PodSpec:
    (tree,) = yaml_lines.read(json.dumps(value).encode())
    (here,) = kubernetes_objects.objects(tree, "f.yaml")
    (found,) = kubernetes_objects.parse(here, kubernetes_objects.name_of(here))
    assert isinstance(found, PodSpec)
    return found


def spec(metadata: dict[str, object] | None = None, **values: object) -> PodSpec:
    return pod({"apiVersion": "v1", "kind": "Pod", "metadata": metadata or {}, "spec": values})


GOOD = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}
GOOD |= {"seccompProfile": {"type": "RuntimeDefault"}}


def container(name: str, **security: object) -> dict[str, object]:
    return {"name": name, "image": "i", "securityContext": {**GOOD, **security}}


@given(st.sampled_from(sorted(WITH_PODS)), st.sampled_from(sorted(Level)), st.integers(0, LATEST))
def test_every_kind_of_workload_is_judged_like_its_pod(kind: str, level: Level, minor: int) -> None:
    asked = Standard(level=level, minor=minor)
    assert forbidden(violations(pod(WITH_PODS[kind]), asked)) == forbidden(violations(pod(WITH_PODS["Pod"]), asked))


@given(spoiled(), st.integers(0, LATEST + 3))
def test_laws_of_levels_and_versions(value: dict[str, object], minor: int) -> None:
    try:
        found = pod(value)
    except (Malformed, AssertionError, ValueError):
        return
    levels = [violations(found, Standard(level=level, minor=minor)) for level in Level]
    assert not levels[0]
    assert not levels[1] or levels[2], "what breaks baseline breaks restricted"
    newest = violations(found, Standard(level=Level.RESTRICTED, minor=max(minor, LATEST)))
    assert newest == violations(found, RESTRICTED), "an unknown version is judged by the newest"
    for violation in (item for level in levels for item in level):
        assert violation.at.path == "f.yaml"
        assert violation.reason in forbidden((violation,))


def test_several_faults_at_once_in_the_servers_order() -> None:
    found = spec(
        hostPID=True,
        hostNetwork=True,
        volumes=[{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "nfs": {}}, {"name": "c", "image": {}}],
        securityContext={"runAsUser": 0, "sysctls": [{"name": "kernel.msgmax"}]},
        initContainers=[container("init", privileged=True)],
        containers=[container("web", runAsUser=0)],
        ephemeralContainers=[container("debug", capabilities={"add": ["SYS_PTRACE"], "drop": ["all"]})],
    )
    assert forbidden(violations(found, BASELINE)) == (
        'non-default capabilities (container "debug" must not include "SYS_PTRACE" in securityContext.capabilities.add), '
        'host namespaces (hostNetwork=true, hostPID=true), hostPath volumes (volume "a"), '
        'privileged (container "init" must not set securityContext.privileged=true), forbidden sysctls (kernel.msgmax)'
    )
    assert forbidden(violations(found, RESTRICTED)) == (
        "host namespaces (hostNetwork=true, hostPID=true), "
        'privileged (container "init" must not set securityContext.privileged=true), forbidden sysctls (kernel.msgmax), '
        'unrestricted capabilities (container "debug" must set securityContext.capabilities.drop=["ALL"]; '
        'container "debug" must not include "SYS_PTRACE" in securityContext.capabilities.add), '
        'restricted volume types (volumes "a", "b", "c" use restricted volume types "hostPath", "nfs", "unknown"), '
        'runAsUser=0 (pod and container "web" must not set runAsUser=0)'
    )
    assert [item.at.field for item in violations(found, BASELINE)] == [
        "spec.ephemeralContainers[0].securityContext.capabilities.add",
        "spec.hostNetwork",
        "spec.volumes[0].hostPath.path",
        "spec.initContainers[0].securityContext.privileged",
        "spec.securityContext.sysctls[0].name",
    ]


def test_an_apparmor_annotation_and_field() -> None:
    key = "container.apparmor.security.beta.kubernetes.io/web"
    unconfined = {"type": "Unconfined"}
    noted = spec({"annotations": {key: "unconfined"}}, containers=[container("web")])
    assert 'container "web" and annotation must not set' in forbidden(violations(noted, BASELINE))
    windows = spec({"annotations": {key: "unconfined"}}, os={"name": "windows"}, containers=[container("web")])
    assert forbidden(violations(windows, BASELINE)).startswith("forbidden AppArmor profile (annotation must not set")
    same = spec(
        {"annotations": {key: "unconfined"}}, securityContext={"appArmorProfile": unconfined}, containers=[container("web")]
    )
    assert "(pod and annotation must not set" in forbidden(violations(same, BASELINE))
    field = spec(containers=[container("web", appArmorProfile=unconfined)])
    assert forbidden(violations(field, BASELINE)) == (
        'forbidden AppArmor profile (container "web" must not set AppArmor profile type to "Unconfined")'
    )


def test_a_template_is_unreadable() -> None:
    found = spec(containers=[container("web", privileged="{{ .Values.p }}")])
    assert violations(found, RESTRICTED) == ()
    assert "privileged is neither true nor false" in unreadable(found)
    assert unreadable(spec(containers=[container("web")])) == ""
    assert "hostPort" in unreadable(spec(containers=[{**container("web"), "ports": [{"hostPort": "{{ x }}"}]}]))


@pytest.mark.parametrize("text", ["restricted", "restricted:latest", "restricted:v1.37", "restricted:1.37"])
def test_standards_by_name(text: str) -> None:
    assert standard(text) == RESTRICTED


@given(st.text())
def test_any_other_name_is_refused(text: str) -> None:
    try:
        found = standard(text)
    except Malformed:
        return
    assert text.strip().startswith(found.level)


def test_labels_of_namespaces() -> None:
    prefix = "pod-security.kubernetes.io/"
    labels = {f"{prefix}enforce": "baseline", f"{prefix}enforce-version": "v1.30", f"{prefix}warn": "restricted", "a": "b"}
    assert dict(of_labels(labels)) == {"enforce": Standard(level=Level.BASELINE, minor=30), "warn": RESTRICTED}
    assert faults(labels) == ()
    wrong = {f"{prefix}enforce": "restriced", f"{prefix}audit-version": "1.2"}
    assert dict(of_labels(wrong)) == {"enforce": RESTRICTED}
    assert len(faults(wrong)) == 2
