"""Aggregation, scopes, who may, what could not be read; and that nothing is ever taken away by another binding."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.kubernetes_rbac import Role, RoleBinding, Rule, Subject
from ringfence.layers.kubernetes.evaluate.access import Authorizer, Identity, Request, covers, service_account
from ringfence.model.knowledge import Known, Unknown

WEB = service_account("shop", "web")
WEB_SUBJECT = Subject(kind="ServiceAccount", name="web", namespace="shop")


def role(name: str, *rules: Rule, kind: str = "ClusterRole", namespace: str = "", **more: object) -> Role:
    return Role(kind=kind, namespace=namespace, name=name, rules=Known(rules), **more)  # type: ignore[arg-type]  # fields by name


def bound(name: str, *subjects: Subject, namespace: str = "", role_kind: str = "ClusterRole") -> RoleBinding:
    return RoleBinding(
        kind="RoleBinding" if namespace else "ClusterRoleBinding",
        namespace=namespace,
        name=f"to-{name}",
        role_kind=role_kind,
        role_name=Known(name),
        subjects=Known(subjects or (WEB_SUBJECT,)),
    )


READ = Rule(verbs=("get",), api_groups=("",), resources=("secrets",))
WORDS = st.sampled_from(["get", "list", "*", "pods", "pods/exec", "*/exec", "pods/*", "", "apps", "a", "/x", "/x/*"])
RULES = st.builds(
    Rule,
    verbs=st.tuples(WORDS),
    api_groups=st.tuples(WORDS),
    resources=st.tuples(WORDS, WORDS),
    resource_names=st.one_of(st.just(()), st.tuples(WORDS)),
    non_resource_urls=st.one_of(st.just(()), st.tuples(WORDS)),
)
REQUESTS = st.builds(Request, verb=WORDS, group=WORDS, resource=WORDS, namespace=WORDS, name=WORDS, path=WORDS)


def test_a_role_binding_grants_in_its_namespace_only() -> None:
    authorizer = Authorizer([role("read", READ)], [bound("read", namespace="shop")])
    assert authorizer.decide(WEB, Request(verb="get", resource="secrets", namespace="shop")).allowed
    assert not authorizer.decide(WEB, Request(verb="get", resource="secrets", namespace="bank")).allowed
    assert not authorizer.decide(WEB, Request(verb="get", resource="secrets")).allowed


def test_a_role_of_another_namespace_grants_nothing() -> None:
    roles = [role("read", READ, kind="Role", namespace="bank")]
    authorizer = Authorizer(roles, [bound("read", namespace="shop", role_kind="Role")])
    decision = authorizer.decide(WEB, Request(verb="get", resource="secrets", namespace="shop"))
    assert not decision.allowed
    assert decision.unread == ("Role read, which to-read grants, is not among these objects",)


def test_groups_and_masters() -> None:
    group = Subject(kind="Group", name="system:serviceaccounts:shop")
    authorizer = Authorizer([role("read", READ)], [bound("read", group)])
    asked = Request(verb="get", resource="secrets", namespace="bank")
    assert authorizer.decide(WEB, asked).allowed
    assert not authorizer.decide(service_account("bank", "web"), asked).allowed
    masters = Identity(user="admin", groups=("system:masters",))
    assert Authorizer([], []).decide(masters, Request(verb="delete", resource="nodes")).allowed
    assert [grant.subject for grant in authorizer.holders(asked)] == [group]
    assert authorizer.subjects() == (group,)


def test_aggregated_roles_are_filled() -> None:
    parts = [role("part", READ, labels={"to": "whole"}), role("other", READ, labels={"to": "else"})]
    whole = Role(name="whole", rules=Unknown("a controller fills it"), aggregates=({"to": "whole"},))
    authorizer = Authorizer([*parts, whole], [bound("whole")])
    assert authorizer.rules(whole) == Known((READ,))
    assert authorizer.decide(WEB, Request(verb="get", resource="secrets")).allowed
    lonely = Authorizer([whole], [bound("whole")])
    decision = lonely.decide(WEB, Request(verb="get", resource="secrets"))
    assert not decision.allowed
    assert decision.unread == ("ClusterRole whole: a controller fills it",)


def test_aggregation_is_read() -> None:
    value = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "whole", "labels": {"x": "y"}},
        "aggregationRule": {
            "clusterRoleSelectors": [
                {"matchLabels": {"to": "whole"}},
                {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "k", "operator": "Exists"}]},
            ]
        },
    }
    (tree,) = yaml_lines.read(json.dumps(value).encode())
    (here,) = kubernetes_objects.objects(tree, "f")
    (found,) = kubernetes_objects.parse(here, kubernetes_objects.name_of(here))
    assert isinstance(found, Role)
    assert (found.labels, found.aggregates) == ({"x": "y"}, ({"to": "whole"},))


@given(st.lists(RULES, max_size=3), st.lists(RULES, max_size=3), REQUESTS)
def test_more_rules_never_allow_less(some: list[Rule], more: list[Rule], request: Request) -> None:
    few = Authorizer([role("r", *some)], [bound("r")])
    many = Authorizer([role("r", *some, *more)], [bound("r"), bound("absent")])
    assert not few.decide(WEB, request).allowed or many.decide(WEB, request).allowed


@given(st.lists(RULES, max_size=3), REQUESTS, st.sampled_from(["", "a", "b"]))
def test_who_may_and_what_one_may_agree(rules: list[Rule], request: Request, namespace: str) -> None:
    authorizer = Authorizer([role("r", *rules)], [bound("r", namespace=namespace)])
    decision = authorizer.decide(WEB, request)
    assert decision.allowed is any(grant.subject == WEB_SUBJECT for grant in authorizer.holders(request))
    assert decision.by is None or (covers(decision.by.rule, request) and decision.by in authorizer.grants(WEB))
