"""Rules of other tools that we claim to have too: how often we say the same of their own test objects, and why where not.

`kubernetes_claims.json` says which of our checks stands for which of theirs (`claims`), where we say otherwise and why
(`differs`), and which of their objects no API server takes (`no_answer`). `docs/conformance/kubernetes.md` is for people.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringfence.engine import judging
from ringfence.engine.judging import Subject
from ringfence.errors import Malformed
from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.pod_security_standard import Level, Standard
from ringfence.layers.kubernetes.collect.effective.assembly import Objects, assembled
from ringfence.layers.kubernetes.evaluate import pod_security
from ringfence.layers.kubernetes.evaluate import pod_security_baseline as baseline
from ringfence.layers.kubernetes.evaluate import pod_security_restricted as restricted
from ringfence.layers.kubernetes.evaluate.violations import Violation
from ringfence.model.finding import Finding, Storey

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "k8s"
CLAIMS = Path(__file__).with_name("kubernetes_claims.json")

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with k8s"),
]


class Suite(msgspec.Struct, forbid_unknown_fields=True):
    """What we claim of one tool's rules."""

    claims: dict[str, list[str]]
    differs: dict[str, str]
    no_answer: dict[str, str]


def suite(name: str) -> Suite:
    return msgspec.json.decode(CLAIMS.read_bytes(), type=dict[str, Suite])[name]


def cases(name: str) -> Iterator[dict[str, Any]]:
    for line in (DATA / name / "cases.jsonl").read_text().splitlines():
        yield json.loads(line)


def findings(objects: list[object]) -> tuple[Finding, ...]:
    """What all checks say of the objects together."""
    found = Objects()
    for value in objects:
        for tree in yaml_lines.read(json.dumps(value).encode()):
            for here in kubernetes_objects.objects(tree, "f.yaml"):
                # What no API server takes gives nothing; the command line reports it as unreadable.
                with contextlib.suppress(Malformed):
                    found.add(here)
    facts = assembled("f.yaml", found)
    return judging.judge(Subject(item, Storey.KUBERNETES, "f.yaml") for item in facts.subjects()).findings


@pytest.mark.parametrize(("name", "count", "least"), [("trivy-checks", 455, 0.95), ("polaris", 86, 0.93)])
def test_the_same_is_said_of_the_same_rule(name: str, count: int, least: float) -> None:
    asked = suite(name)
    seen, agreed, wrong = 0, 0, []
    for case in cases(name):
        rule = case.get("id") or case["check"]
        if rule not in asked.claims:
            continue
        seen += 1
        told = {item.rule for item in findings(case["objects"])}
        key = f"{rule} {case.get('case') or case.get('file')}"
        if (not told.isdisjoint(asked.claims[rule])) is (case["verdict"] == "fail"):
            agreed += 1
            assert key not in asked.differs or asked.differs[key], key
        elif not (asked.differs.get(key) or asked.no_answer.get(key)):
            wrong.append(key)
    assert not wrong, "a difference has its reason in kubernetes_claims.json"
    assert seen == count
    assert agreed / (seen - len(asked.no_answer)) >= least


def test_kube_linter_counts_the_same() -> None:
    asked = suite("kube-linter")
    seen = 0
    for case in cases("kube-linter"):
        if case["check"] not in asked.claims:
            continue
        seen += 1
        told = [item for item in findings(case["objects"]) if item.rule in asked.claims[case["check"]]]
        assert len({str(item.workload or item.location) for item in told}) == case["expected_reports"], case["check"]
    assert seen == len(asked.claims)


def part(judge: pod_security.Judge, words: str) -> pod_security.Judge:
    """One of the sentences that a check of the standard may say."""

    def judged(pod: PodSpec) -> Violation | None:
        found = judge(pod)
        return found if found and words in found.detail else None

    return judged


def whole(level: Level) -> pod_security.Judge:
    return lambda pod: next(iter(pod_security.violations(pod, Standard(level=level))), None)


KYVERNO = {
    "disallow-capabilities": baseline.capabilities,
    "adding-capabilities-strict": part(restricted.capabilities, "must not include"),
    "require-drop-all": part(restricted.capabilities, "must set"),
    "disallow-host-namespaces": baseline.host_namespaces,
    "disallow-host-path": baseline.host_path_volumes,
    "disallow-host-ports": baseline.host_ports,
    "disallow-host-process": baseline.host_process,
    "disallow-privilege-escalation": restricted.privilege_escalation,
    "disallow-privileged-containers": baseline.privileged,
    "disallow-proc-mount": baseline.proc_mount,
    "selinux-type": part(baseline.selinux(31), ": type"),
    "selinux-user-role": part(baseline.selinux(31), "may not be set"),
    "podsecurity-subrule-baseline": whole(Level.BASELINE),
    "podsecurity-subrule-restricted": whole(Level.RESTRICTED),
    "require-run-as-non-root-user": restricted.run_as_user,
    "require-run-as-nonroot": restricted.run_as_non_root,
    "restrict-apparmor-profiles": baseline.apparmor,
    "restrict-seccomp": baseline.seccomp,
    "restrict-seccomp-strict": restricted.seccomp,
    "restrict-sysctls": baseline.sysctls(37),
    "restrict-volume-types": restricted.volumes,
}
"""Kyverno's policies and rules by the check of the standard that they write out."""


@pytest.mark.parametrize(("name", "count"), [("pod-security", 881), ("pod-security-cel", 865), ("pod-security-vpol", 670)])
def test_kyvernos_pod_security(name: str, count: int) -> None:
    seen, wrong = 0, []
    for case in cases("kyverno"):
        judge = KYVERNO.get(case["rule"]) or KYVERNO.get(case["policy"].removesuffix("-cel").removesuffix("-vpol"))
        if case["suite"] != name or judge is None or case["verdict"] not in ("pass", "fail"):
            continue
        seen += 1
        pods: list[PodSpec] = []
        for tree in yaml_lines.read(json.dumps(case["object"]).encode()):
            for here in kubernetes_objects.objects(tree, "f"):
                parsed = kubernetes_objects.parse(here, kubernetes_objects.name_of(here))
                pods += [item for item in parsed if isinstance(item, PodSpec)]
        if any(judge(pod) for pod in pods) is not (case["verdict"] == "fail"):
            wrong.append((case["policy"], case["rule"], case["object"]["metadata"]["name"]))
    assert not wrong
    assert seen == count
