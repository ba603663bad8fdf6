"""Gatekeeper's library of PodSecurityPolicy templates: its verdicts, by our policies with the same parameters."""

import json
import os
from collections.abc import Iterator
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


def pods(template: str, asked: dict[str, Any]) -> dict[str, object] | None:
    """The `spec.pods` that says what a template says with these parameters."""
    match template:
        case "k8spspprivilegedcontainer":
            return {"privileged": False}
        case "k8spspallowprivilegeescalationcontainer":
            return {"allowPrivilegeEscalation": False}
        case "k8spspcapabilities":
            return {name: asked[name] for name in ("allowedCapabilities", "requiredDropCapabilities") if name in asked}
        case "k8spspapparmor":
            return {"appArmorProfiles": [profile(name) for name in asked["allowedProfiles"]]}
        case "k8spspseccomp" | "k8spspseccompv2":
            return {"seccompProfiles": seccomp(asked)}
        case "k8spspflexvolumes":
            return {"allowedFlexVolumes": [item["driver"] for item in asked["allowedFlexVolumes"]]}
        case "k8spspvolumetypes":
            return {"volumes": asked["volumes"]}
        case "k8spspforbiddensysctls":
            return {name: asked[name] for name in ("allowedSysctls", "forbiddenSysctls") if name in asked}
        case "k8spspfsgroup":
            rule = asked.get("rule", "RunAsAny")
            ranges = asked.get("ranges") or [{"min": 2147483647, "max": 2147483647}]
            return {"fsGroup": {"rule": rule, **({"ranges": ranges} if rule != "RunAsAny" else {})}}
        case "k8spsphostfilesystem":
            return {"allowedHostPaths": asked.get("allowedHostPaths", [])}
        case "k8spsphostnamespace":
            return {"hostPID": False, "hostIPC": False}
        case "k8spsphostnetworkingports":
            return ports(asked)
        case "k8spsphostprobeslifecycle":
            return {"allowedProbeHosts": []}
        case "k8spsphostprocess":
            return {"windowsHostProcess": False}
        case "k8spspprocmount":
            return {"allowedProcMountTypes": [asked["procMount"]]}
        case "k8spspreadonlyrootfilesystem":
            return {"readOnlyRootFilesystem": True}
        case "k8spspselinuxv2":
            return {"seLinux": {"rule": "MayRunAs", "options": asked["allowedSELinuxOptions"]}}
        case "k8spspallowedusers":
            return {name: asked[name] for name in ("runAsUser", "runAsGroup", "fsGroup", "supplementalGroups")}
        case "k8spspautomountserviceaccounttokenpod":
            return {"automountServiceAccountToken": False}
        case _:
            return None


def images(template: str, asked: dict[str, Any]) -> dict[str, object] | None:
    match template:
        case "k8sallowedrepos":
            return {"allowed": [f"{repo}*" for repo in asked["repos"]]}
        case "k8sallowedreposv2":
            return {"allowed": asked["allowedImages"]}
        case "k8sdisallowedrepos":
            return {"forbidden": [f"{repo}*" for repo in asked["repos"]]}
        case "k8sdisallowedtags":
            return {"forbiddenTags": asked["tags"]}
        case "k8simagedigests":
            return {"digest": True}
        case _:
            return None


def policy(case: dict[str, Any]) -> AdmissionPolicy | None:
    asked = case.get("parameters") or {}
    spec: dict[str, object] = {}
    if (found := pods(case["template"], asked)) is not None:
        spec["pods"] = found
    elif (found := images(case["template"], asked)) is not None:
        spec["images"] = found
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
    print(f"gatekeeper templates: {count - len(wrong)} of {count} verdicts agree")
    assert count >= 165
    assert set(wrong) <= set(DISAGREE), wrong
    assert len(wrong) <= count * 0.05
