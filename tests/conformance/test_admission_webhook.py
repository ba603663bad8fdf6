"""Every pod of Pod Security's test data as an AdmissionReview, to the webhook with the built-in policy of its standard.

The verdict is that of its path, and a refusal holds the words of a real API server.
"""

import base64
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admission.test_cel import DATA as CASES
from admission.test_defaulting import applied
from ringfence.formats.admission_review import Operation
from ringfence.io.https_server import Request, Response
from ringfence.server.admission_service import AdmissionService
from server.webhooks import running, service

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "k8s" / "psa"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with k8s/psa"),
]


def review(pod: dict[str, Any], uid: str) -> bytes:
    """The pod as the API server would ask about it; names that it would refuse are replaced, as upstream's own test does."""
    asked = {
        "uid": uid,
        "operation": "CREATE",
        "namespace": "psa",
        "name": "test",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "userInfo": {"username": "ann", "groups": ["system:authenticated"]},
        "object": {**pod, "metadata": {**pod["metadata"], "name": "test"}},
        "dryRun": True,
    }
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": asked}).encode()


def asked(found: AdmissionService, path: str, body: bytes) -> dict[str, Any]:
    answer = found.handle(Request("POST", path, "application/json", body))
    assert isinstance(answer, Response)
    assert answer.status == 200, answer.body
    response: dict[str, Any] = json.loads(answer.body)["response"]
    return response


def cases() -> Iterator[tuple[dict[str, Any], str, int, bool]]:
    """Each pod with a level, a minor version and whether it may be."""
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        for expected in case["expect"]:
            for minor in range(int(expected["from"][2:]), int(expected["to"][2:]) + 1):
                yield case, expected["level"], minor, expected["verdict"] == "pass"


def words() -> dict[tuple[str, str, int], str]:
    """What the real server said, by pod, level and minor version."""
    found = {}
    for line in (DATA / "oracle-apiserver-1.36.jsonl").read_text().splitlines():
        answer = json.loads(line)
        for first, last in answer["versions"]:
            for minor in range(int(first[2:]), int(last[2:]) + 1):
                if answer["verdict"] == "fail":
                    found[answer["id"], answer["level"], minor] = answer["forbidden"]
    return found


def test_every_pod_gets_the_answer_of_the_api_server() -> None:
    services: dict[tuple[str, int], AdmissionService] = {}
    said = words()
    count = spoken = 0
    for case, level, minor, fine in cases():
        if (level, minor) not in services:
            services[level, minor] = service((f"builtin:{level}:v1.{minor}",), io.StringIO())
        answer = asked(services[level, minor], "/validate", review(case["pod"], case["id"]))
        count += 1
        assert answer["allowed"] is fine, (case["first_file"], minor, answer)
        assert answer["uid"] == case["id"]
        if not fine and (case["id"], level, minor) in said:
            spoken += 1
            forbidden = said[case["id"], level, minor]
            assert f'violates PodSecurity "{level}:v1.{minor}"' in answer["status"]["message"]
            for part in forbidden.split("), "):
                assert part.rstrip(")") in answer["status"]["message"]
    assert count == 4537
    assert spoken > 3000


def test_defaults_make_pods_pass_and_never_the_other_way_round() -> None:
    """Of the pods that restricted refuses today: what only left something open passes once it is written into."""
    found = service(("builtin:restricted-with-defaults",), io.StringIO())
    mended = refused = 0
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        body = review(case["pod"], case["id"])
        before = asked(found, "/validate", body)["allowed"]
        patch = asked(found, "/mutate", body).get("patch")
        operations = [
            Operation(path=item["path"], value=item["value"]) for item in json.loads(base64.b64decode(patch or "W10="))
        ]
        pod = applied(json.loads(body)["request"]["object"], tuple(operations))
        again = review(pod, case["id"])
        after = asked(found, "/validate", again)["allowed"]
        assert after or not before, case["first_file"]
        assert "patch" not in asked(found, "/mutate", again), "twice is once"
        mended += after and not before
        refused += not after
    assert mended > 50
    assert refused > 50


def test_a_sample_over_tls(tmp_path: Path) -> None:
    """Each distinct pod once, by a client that verifies the certificate."""
    with running(tmp_path, ("builtin:restricted:v1.30",)) as world:
        for line in CASES.read_text().splitlines():
            case = json.loads(line)
            fine = [one["verdict"] == "pass" for one in case["expect"] if _covers(one, "restricted", 30)]
            if fine:
                assert world.served.review("/validate", review(case["pod"], case["id"]))["allowed"] is fine[0]


def _covers(expected: dict[str, Any], level: str, minor: int) -> bool:
    return expected["level"] == level and int(expected["from"][2:]) <= minor <= int(expected["to"][2:])
