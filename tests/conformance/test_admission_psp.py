"""Gatekeeper's library of PodSecurityPolicy templates: its verdicts, by our policies with the same parameters."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ringfence.admission.answering import validate
from ringfence.formats import admission_language, admission_review
from ringfence.formats.admission_policy import AdmissionPolicy

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "k8s" / "gatekeeper-library"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with k8s/gatekeeper-library"),
]

DISAGREE: dict[tuple[str, str], str] = {
    ("k8spspseccomp", "example-allowed-container"): "the annotation means nothing since Kubernetes 1.27: it is unconfined",
    ("k8spspseccomp", "example-allowed-global"): "the annotation means nothing since Kubernetes 1.27: it is unconfined",
}
"""Cases that we answer otherwise, and why."""


def profile(name: str) -> str:
    """A profile as the old annotations and the templates name it."""
    named = {"runtime/default": "RuntimeDefault", "docker/default": "RuntimeDefault", "not configured": "Unset"}
    return named.get(name, name.replace("localhost/", "Localhost/"))


def expected(case: dict[str, Any]) -> bool:
    """Whether the suite wants the object let through: it asserts a number of violations, or whether there are any."""
    return not any(item.get("violations") for item in case["assertions"])


def seccomp(parameters: dict[str, Any]) -> list[str]:
    files = parameters.get("allowedLocalhostFiles", [])
    names = [profile(name) for name in parameters["allowedProfiles"] if name != "Localhost"]
    return names + ([f"Localhost/{file}" for file in files] if "Localhost" in parameters["allowedProfiles"] else [])


def ports(parameters: dict[str, Any]) -> dict[str, object]:
    asked: dict[str, object] = {} if parameters.get("hostNetwork") else {"hostNetwork": False}
    if "max" in parameters:
        asked["hostPorts"] = [{"min": parameters["min"], "max": parameters["max"]}]
    return asked


def fs_group(asked: dict[str, Any]) -> dict[str, object]:
    """No ranges at all allow nothing: a range that no pod of the suite is in says the same."""
    rule = asked.get("rule", "RunAsAny")
    ranges = asked.get("ranges") or [{"min": 2147483647, "max": 2147483647}]
    return {"fsGroup": {"rule": rule, **({"ranges": ranges} if rule != "RunAsAny" else {})}}


def kept(*names: str) -> Callable[[dict[str, Any]], dict[str, object]]:
    return lambda asked: {name: asked[name] for name in names if name in asked}


PODS: dict[str, Callable[[dict[str, Any]], dict[str, object]]] = {
    "k8spspprivilegedcontainer": lambda _: {"privileged": False},
    "k8spspallowprivilegeescalationcontainer": lambda _: {"allowPrivilegeEscalation": False},
    "k8spspcapabilities": kept("allowedCapabilities", "requiredDropCapabilities"),
    "k8spspapparmor": lambda asked: {"appArmorProfiles": [profile(name) for name in asked["allowedProfiles"]]},
    "k8spspseccomp": lambda asked: {"seccompProfiles": seccomp(asked)},
    "k8spspseccompv2": lambda asked: {"seccompProfiles": seccomp(asked)},
    "k8spspflexvolumes": lambda asked: {"allowedFlexVolumes": [item["driver"] for item in asked["allowedFlexVolumes"]]},
    "k8spspvolumetypes": kept("volumes"),
    "k8spspforbiddensysctls": kept("allowedSysctls", "forbiddenSysctls"),
    "k8spspfsgroup": fs_group,
    "k8spsphostfilesystem": lambda asked: {"allowedHostPaths": asked.get("allowedHostPaths", [])},
    "k8spsphostnamespace": lambda _: {"hostPID": False, "hostIPC": False},
    "k8spsphostnetworkingports": ports,
    "k8spsphostprobeslifecycle": lambda _: {"allowedProbeHosts": []},
    "k8spsphostprocess": lambda _: {"windowsHostProcess": False},
    "k8spspprocmount": lambda asked: {"allowedProcMountTypes": [asked["procMount"]]},
    "k8spspreadonlyrootfilesystem": lambda _: {"readOnlyRootFilesystem": True},
    "k8spspselinuxv2": lambda asked: {"seLinux": {"rule": "MayRunAs", "options": asked["allowedSELinuxOptions"]}},
    "k8spspallowedusers": kept("runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"),
    "k8spspautomountserviceaccounttokenpod": lambda _: {"automountServiceAccountToken": False},
}
"""The `spec.pods` that says what a template says with its parameters."""
IMAGES: dict[str, Callable[[dict[str, Any]], dict[str, object]]] = {
    "k8sallowedrepos": lambda asked: {"allowed": [f"{repo}*" for repo in asked["repos"]]},
    "k8sallowedreposv2": lambda asked: {"allowed": asked["allowedImages"]},
    "k8sdisallowedrepos": lambda asked: {"forbidden": [f"{repo}*" for repo in asked["repos"]]},
    "k8sdisallowedtags": lambda asked: {"forbiddenTags": asked["tags"]},
    "k8simagedigests": lambda _: {"digest": True},
}
"""The `spec.images` that says what a template says."""


def policy(case: dict[str, Any]) -> AdmissionPolicy | None:
    asked = case.get("parameters") or {}
    spec: dict[str, object] = {}
    if case["template"] in PODS:
        spec["pods"] = PODS[case["template"]](asked)
    elif case["template"] in IMAGES:
        spec["images"] = IMAGES[case["template"]](asked)
    else:
        return None
    if asked.get("exemptImages"):
        spec["exceptions"] = [{"reason": "exempt", "images": asked["exemptImages"]}]
    document = {"apiVersion": "ringfence.io/v1alpha1", "kind": "AdmissionPolicy", "metadata": {"name": "p"}, "spec": spec}
    (read,) = admission_language.read(json.dumps(document).encode(), "p.yaml")
    return read


def review(value: dict[str, Any]) -> admission_review.Review:
    """The object as the API server would send it; an update that names no old object is one that changed nothing."""
    asked = value["request"] if value["kind"] == "AdmissionReview" else {"operation": "CREATE", "object": value}
    if asked["operation"] == "UPDATE":
        asked = {"oldObject": asked["object"], **asked}
    request = {"uid": "1", "resource": {"group": "", "version": "v1", "resource": "pods"}, "namespace": "default", **asked}
    return admission_review.parse(admission_review.request(request))


def cases() -> Iterator[tuple[dict[str, Any], AdmissionPolicy]]:
    for line in (DATA / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        found = policy(case)
        if found is not None:
            yield case, found


def test_the_verdicts_of_gatekeepers_templates() -> None:
    wrong: dict[tuple[str, str], str] = {}
    count = 0
    for case, asked in cases():
        count += 1
        answer = validate(review(case["object"]), (asked,), "2026-01-01").answer
        if answer.allowed is not expected(case):
            wrong[case["template"], case["case"]] = answer.message
    assert count >= 165
    assert set(wrong) <= set(DISAGREE), wrong
    assert len(wrong) <= count * 0.05
