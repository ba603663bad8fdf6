"""Exported expressions against our own verdicts, by Google's CEL: each rule's cases, every pod of Pod Security's data."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from admission.attempts import TODAY, attempt, pod, policy
from admission.test_judging import RULES
from ringfence.admission.cel import exported
from ringfence.admission.judging import IMAGE_RULES, POD_RULES, decide
from ringfence.formats.admission_policy import AdmissionPolicy

cel = pytest.importorskip("cel_expr_python.cel", reason="cel-expr-python is not installed (no wheel for this machine)")
DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "k8s" / "psa" / "cases.jsonl"


@cache
def environment() -> Any:  # noqa: ANN401 - a module without types of its own
    from cel_expr_python.ext import ext_optional, ext_strings

    names = dict.fromkeys(("object", "oldObject", "request", "variables"), cel.Type.DYN)
    return cel.NewEnv(variables=names, extensions=[ext_optional.ExtOptional(), ext_strings.ExtStrings()])


@cache
def compiled(expression: str) -> Any:  # noqa: ANN401 - see above
    return environment().compile(expression)


def value_of(expression: str, data: dict[str, Any]) -> Any:  # noqa: ANN401 - see above
    found = compiled(expression).eval(data=data)
    value = found.plain_value()
    assert not isinstance(value, Exception), value
    return value


def holds(spec: dict[str, Any], value: dict[str, Any], **request: object) -> bool:
    """What the API server would decide of a pod by a ValidatingAdmissionPolicy: evaluated here as it does."""
    asked = {"operation": "CREATE", "subResource": "", "namespace": "shop", "name": value["metadata"].get("name", "")}
    asked |= {"userInfo": {"username": "ann"}, **request}
    data: dict[str, Any] = {"object": value, "oldObject": value, "request": asked, "variables": {}}
    if not all(value_of(item["expression"], data) for item in spec["matchConditions"]):
        return True
    for item in spec["variables"]:
        data["variables"] = {**data["variables"], item["name"]: value_of(item["expression"], data)}
    results = [value_of(item["expression"], data) for item in spec["validations"]]
    assert all(isinstance(item, bool) for item in results), results
    return all(results)


def spec_of(asked: AdmissionPolicy) -> dict[str, Any]:
    policies = [item for item in exported(asked).objects if item["kind"] == "ValidatingAdmissionPolicy"]
    spec: Any = policies[0]["spec"]
    found: dict[str, Any] = spec
    return found


@pytest.mark.parametrize("name", RULES)
def test_an_expression_says_what_the_rule_says(name: str) -> None:
    value, bad, good = RULES[name]
    spec = spec_of(policy(pods={name: value}))
    if name == "seLinux":
        # CEL compares the level as text: only a label in the same order of categories is the same there.
        good = pod({"securityContext": {"seLinuxOptions": {"type": "container_t", "level": "s0:c1,c2"}}})
    if name == "volumes":
        good = pod({"volumes": [{"name": "e", "emptyDir": {}}]})
    assert not holds(spec, bad)
    assert holds(spec, good)


VOLUMES = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"]
RANGES = {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 5}, {"min": 9, "max": 2000}]}
LABELS = {"rule": "MayRunAs", "options": [{"type": "container_t"}, {"type": "container_init_t"}]}
MORE: dict[str, dict[str, Any]] = {
    "any capability": {"pods": {"allowedCapabilities": ["*"]}},
    "some capabilities": {"pods": {"allowedCapabilities": ["CHOWN", "NET_BIND_SERVICE", "KILL"]}},
    "drop all": {"pods": {"requiredDropCapabilities": ["ALL"]}},
    "drop some": {"pods": {"requiredDropCapabilities": ["KILL", "NET_RAW"]}},
    "users in ranges": {"pods": {"runAsUser": RANGES}},
    "groups in ranges": {"pods": {"runAsGroup": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 5}]}}},
    "all kinds of volumes": {"pods": {"volumes": ["*"]}},
    "restricted kinds of volumes": {"pods": {"volumes": VOLUMES}},
    "selinux types": {"pods": {"seLinux": LABELS}},
    "seccomp": {"pods": {"seccompProfiles": ["RuntimeDefault", "Localhost/*"]}},
    "seccomp or none": {"pods": {"seccompProfiles": ["RuntimeDefault", "Localhost/*", "Unset"]}},
    "no ports": {"pods": {"hostPorts": []}},
    "sysctls": {"pods": {"allowedUnsafeSysctls": ["kernel.msg*"]}},
    "forbidden sysctls": {"pods": {"forbiddenSysctls": ["kernel.*"]}},
    "probes": {"pods": {"allowedProbeHosts": []}},
    "host process": {"pods": {"windowsHostProcess": False}},
    "everything": {"pods": {name: value for name, (value, _, _) in RULES.items() if name != "appArmorProfiles"}},
    "digests": {"images": {"digest": True}},
    "tags": {"images": {"forbiddenTags": ["latest"]}},
    "registries": {"images": {"allowed": ["registry.k8s.io/*"]}},
    "registries that are not": {"images": {"forbidden": ["registry.k8s.io/*"]}},
}


@pytest.mark.conformance
@pytest.mark.skipif(not DATA.exists(), reason="RINGFENCE_TEST_DATA names no folder with k8s/psa")
@pytest.mark.parametrize("name", [*RULES, *MORE])
def test_both_say_the_same_of_every_pod(name: str) -> None:
    asked = policy(**MORE[name]) if name in MORE else policy(pods={name: RULES[name][0]})
    spec = spec_of(asked)
    wrong, count = [], 0
    for line in DATA.read_text().splitlines():
        case = json.loads(line)
        if "annotations" in case["pod"]["metadata"] and name == "appArmorProfiles":
            continue  # servers copy these annotations into the field, which this test does not do
        for volume in case["pod"]["spec"].get("volumes", ()):
            if set(volume) == {"name"}:
                volume["emptyDir"] = {}  # as servers do before policies are asked
        count += 1
        if holds(spec, case["pod"]) is not decide([asked], attempt(case["pod"]), TODAY).allowed:
            wrong.append(case["first_file"])
    assert not wrong
    assert count > 300


def test_conditions_and_exceptions() -> None:
    exceptions = [
        {"reason": "r", "names": ["agent"], "namespaces": ["mon*"]},
        {"reason": "r", "users": ["root"], "rules": ["hostPID"]},
    ]
    pods = {"hostNetwork": False, "hostPID": False}
    match = {"namespaces": ["shop", "mon*"], "exceptNamespaces": ["mon-old"]}
    spec = spec_of(policy(pods=pods, match=match, exceptions=exceptions))
    network, process = pod({"hostNetwork": True}), pod({"hostPID": True})
    assert not holds(spec, network)
    assert holds(spec, network, namespace="web"), "the policy is not for this namespace"
    assert holds(spec, network, namespace="mon-old")
    assert holds(spec, network, namespace="mon", name="agent")
    assert not holds(spec, network, namespace="mon", name="other")
    assert holds(spec, process, userInfo={"username": "root"})
    assert not holds(spec, network, userInfo={"username": "root"})
    assert holds(spec, network, operation="UPDATE"), "nothing that is judged changes"
    assert not holds(spec, network, operation="UPDATE", subResource="ephemeralcontainers")


def test_the_objects_fit_together() -> None:
    asked = policy(
        "p",
        mode="warn",
        pods={"hostPID": False},
        match={"namespaceSelector": {"matchLabels": {"a": "b"}}, "podSelector": {"matchLabels": {"c": "d"}}},
    )
    made, binding = exported(asked, ("kube-system", "ringfence")).objects
    spec: Any = made["spec"]
    assert (made["kind"], binding["kind"]) == ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    assert binding["spec"] == {"policyName": "ringfence-p", "validationActions": ["Warn"]}
    assert spec["matchConstraints"]["namespaceSelector"]["matchExpressions"] == [
        {"key": "a", "operator": "In", "values": ["b"]},
        {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", "ringfence"]},
    ]
    assert spec["matchConstraints"]["objectSelector"]["matchExpressions"][0]["key"] == "c"


CANNOT: dict[str, tuple[dict[str, Any], str]] = {
    "a standard": ({"standard": "restricted:v1.30"}, "pod-security.kubernetes.io/enforce=restricted"),
    "a permit": ({"standard": "restricted", "use": {"users": ["a"]}}, "one of several permits"),
    "defaults": ({"defaults": {}}, "writes nothing"),
    "signatures": ({"images": {"signatures": [{"images": ["*"], "keys": ["k"]}]}}, "asks no registry"),
    "names without host": ({"images": {"allowed": ["nginx"]}}, "mean Docker Hub"),
    "an end": ({"exceptions": [{"reason": "r", "names": ["a"], "until": "2030-01-01"}]}, "does not know the day"),
    "an image's exception": ({"exceptions": [{"reason": "r", "images": ["a"]}]}, "single containers"),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_said_is_told(name: str) -> None:
    spec, said = CANNOT[name]
    done = exported(policy(**spec))
    assert any(said in why for _, why in done.cannot)
    assert done.objects == ()


def test_every_rule_has_an_expression() -> None:
    everything = policy(
        pods={name: value for name, (value, _, _) in RULES.items()},
        images={"allowed": ["a.b/*"], "forbidden": ["a.c/*"], "forbiddenTags": ["latest"], "digest": True},
    )
    said = "".join(item["message"] for item in spec_of(everything)["validations"])
    assert all(f"[{name}]" in said for name in (*POD_RULES, *IMAGE_RULES))
