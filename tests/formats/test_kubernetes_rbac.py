"""What one rule allows."""

import pytest

from ringfence.formats.kubernetes_rbac import Rule

PODS = Rule(verbs=("get", "list"), api_groups=("",), resources=("pods",))


@pytest.mark.parametrize(
    ("rule", "asked", "allowed"),
    [
        (PODS, ("get", "", "pods"), True),
        (PODS, ("delete", "", "pods"), False),
        (PODS, ("get", "apps", "pods"), False),
        (PODS, ("get", "", "pods/log"), False),
        (Rule(verbs=("*",), api_groups=("*",), resources=("*",)), ("escalate", "x", "y/z"), True),
        (Rule(verbs=("get",), api_groups=("",), resources=("*/log",)), ("get", "", "pods/log"), True),
        (Rule(verbs=("get",), api_groups=("",), resources=("pods/*",)), ("get", "", "pods/log"), False),
        (
            Rule(verbs=("get",), api_groups=("",), resources=("secrets",), resource_names=("a",)),
            ("get", "", "secrets"),
            True,
        ),
        (
            Rule(verbs=("*",), api_groups=("",), resources=("secrets",), resource_names=("a",)),
            ("list", "", "secrets"),
            False,
        ),
    ],
)
def test_allows(rule: Rule, asked: tuple[str, str, str], allowed: bool) -> None:
    assert rule.allows(*asked) is allowed
