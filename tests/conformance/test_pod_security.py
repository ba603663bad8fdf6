"""Every pod of upstream's own test data, at every version: the verdict of its path, and the words of a real API server."""

import json
import os
from functools import cache
from pathlib import Path

import pytest

from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.pod_security_standard import Level, Standard
from ringfence.layers.kubernetes.evaluate.pod_security import forbidden, violations

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "k8s" / "psa"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with k8s/psa"),
]


@cache
def pods() -> dict[str, PodSpec]:
    found: dict[str, PodSpec] = {}
    for line in (DATA / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        (tree,) = yaml_lines.read(json.dumps(case["pod"]).encode())
        (here,) = kubernetes_objects.objects(tree, case["first_file"])
        (pod,) = kubernetes_objects.parse(here, kubernetes_objects.name_of(here))
        assert isinstance(pod, PodSpec)
        found[case["id"]] = pod
    return found


def minors(first: str, last: str) -> range:
    return range(int(first.removeprefix("1.")), int(last.removeprefix("1.")) + 1)


def test_every_verdict() -> None:
    count, wrong = 0, []
    for line in (DATA / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        for expected in case["expect"]:
            for minor in minors(expected["from"], expected["to"]):
                count += 1
                found = violations(pods()[case["id"]], Standard(level=Level(expected["level"]), minor=minor))
                if bool(found) is not (expected["verdict"] == "fail"):
                    wrong.append((case["first_file"], minor))
    assert not wrong
    assert count == 4537


def test_the_words_of_the_api_server() -> None:
    count, wrong = 0, []
    for line in (DATA / "oracle-apiserver-1.36.jsonl").read_text().splitlines():
        answer = json.loads(line)
        if answer["verdict"] == "invalid":
            continue  # refused before Pod Security is asked
        for first, last in answer["versions"]:
            for minor in minors(first, last):
                count += 1
                said = forbidden(violations(pods()[answer["id"]], Standard(level=Level(answer["level"]), minor=minor)))
                if said != answer.get("forbidden", ""):
                    wrong.append((answer["id"], minor, said))
    assert not wrong
    assert count == 4381
