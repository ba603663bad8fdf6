"""What is left out of an object before it is judged has no meaning for the judgement."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admission.attempts import TODAY, attempt, pod, policy
from admission.test_judging import RULES
from formats.kubernetes_samples import OBJECTS, POD_SPEC, spoiled
from ringfence.admission.judging import decide
from ringfence.formats import kubernetes_objects
from ringfence.formats.admission_parts import parts
from ringfence.formats.document_tree import Cursor
from ringfence.formats.json_tree import tree
from ringfence.formats.kubernetes_pod import PodSpec

FULL = pod(POD_SPEC)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_says_the_same_of_the_parts(name: str) -> None:
    value, bad, good = RULES[name]
    asked = policy(pods={name: value})
    for case in (bad, good, FULL):
        slim: Any = parts(case)
        assert decide([asked], attempt(slim), TODAY) == decide([asked], attempt(case), TODAY)


def test_what_is_long_is_left_out() -> None:
    noisy = {
        **FULL,
        "metadata": {
            "name": "web",
            "uid": "1",
            "labels": {"env": "prod"},
            "managedFields": [{"manager": "x"}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        },
        "status": {"phase": "Running"},
    }
    slim: Any = parts(noisy, with_name=False)
    assert slim["metadata"] == {"labels": {"env": "prod"}, "annotations": {}}
    assert "status" not in slim
    assert not {"env", "args", "resources"} & set(slim["spec"]["containers"][0])
    assert noisy["status"], "the object itself stays as it was"


@given(st.sampled_from(OBJECTS) | spoiled())
def test_any_object_keeps_its_pods(value: dict[str, Any]) -> None:
    before = json.dumps(value)
    slim = parts(value)
    assert json.dumps(value) == before
    assert parts(slim) == slim
    json.dumps(slim)


@pytest.mark.parametrize("value", OBJECTS, ids=lambda item: str(item["kind"]))
def test_pods_of_every_kind_keep_what_is_judged(value: dict[str, Any]) -> None:
    def pods(of: object) -> list[PodSpec]:
        here = Cursor(tree(of))
        found = kubernetes_objects.parse(here, kubernetes_objects.name_of(here))
        return [item for item in found if isinstance(item, PodSpec)]

    whole, slim = pods(value), pods(parts(value))
    assert [item.security for item in whole] == [item.security for item in slim]
    assert [[one.security for one in item.containers] for item in whole] == [
        [one.security for one in item.containers] for item in slim
    ]
    assert [item.volumes for item in whole] == [item.volumes for item in slim]
