"""Every access review as a real API server answered it, and the roles that ship as a fresh cluster has them."""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest

from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.kubernetes_rbac import Role, RoleBinding
from ringfence.knowledge.kubernetes_roles import default_roles
from ringfence.layers.kubernetes.evaluate.access import Authorizer, Identity, Request
from ringfence.model.knowledge import known_or
from ringfence.model.location import Location

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "k8s" / "rbac"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with k8s/rbac"),
]


def objects(name: str) -> Iterator[Role | RoleBinding]:
    for line in (DATA / name).read_bytes().splitlines():
        for tree in yaml_lines.read(line):
            for here in kubernetes_objects.objects(tree, name):
                for item in kubernetes_objects.parse(here, kubernetes_objects.name_of(here)):
                    assert isinstance(item, Role | RoleBinding)
                    yield item


@cache
def own() -> tuple[Role | RoleBinding, ...]:
    return tuple(objects("bootstrap-1.36.jsonl"))


def test_every_review() -> None:
    found = (*own(), *objects("sar-objects.jsonl"))
    authorizer = Authorizer(
        (item for item in found if isinstance(item, Role)), (item for item in found if isinstance(item, RoleBinding))
    )
    count, wrong = 0, []
    for line in (DATA / "sar-oracle.jsonl").read_text().splitlines():
        answer = json.loads(line)
        spec, count = answer["spec"], count + 1
        resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        if path:
            request = Request(verb=path["verb"], path=path["path"])
        else:
            parts = [resource["resource"], resource.get("subresource")]
            request = Request(
                verb=resource["verb"],
                group=resource.get("group", ""),
                resource="/".join(part for part in parts if part),
                namespace=resource.get("namespace", ""),
                name=resource.get("name", ""),
            )
        decision = authorizer.decide(Identity(user=spec["user"], groups=tuple(spec["groups"])), request)
        if decision.allowed is not answer["allowed"]:
            wrong.append((answer, decision))
    assert not wrong
    assert count == 6000


def test_the_roles_that_ship() -> None:
    def plain(role: Role) -> Role:
        rules = tuple(msgspec.structs.replace(rule, at=Location()) for rule in known_or(role.rules, ()))
        return msgspec.structs.replace(role, rules=rules, at=Location(), labels={}, builtin=True)

    roles = [plain(item) for item in own() if isinstance(item, Role)]
    bindings = [
        msgspec.structs.replace(item, at=Location(), builtin=True) for item in own() if isinstance(item, RoleBinding)
    ]
    assert [plain(role) for role in default_roles().roles] == roles
    assert list(default_roles().bindings) == bindings
