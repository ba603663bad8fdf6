"""Roles and bindings of role-based access control.

Source: Kubernetes API reference, `rbac.authorization.k8s.io/v1` (v1.36); matching rules from
pkg/registry/rbac/validation and plugin/pkg/auth/authorizer/rbac.
"""

from collections.abc import Iterator

from ringfence.formats.document_tree import TEMPLATE, Cursor
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location

EVERY = "*"
"""Matches every verb, API group or resource. `pods/*` is not a wildcard: it matches nothing but its own text."""


class Rule(Fact):
    """What a role allows: each of the verbs on each of the resources of each of the groups."""

    verbs: tuple[str, ...] = ()
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = ()
    at: Location = Location()

    def allows(self, verb: str, group: str, resource: str) -> bool:
        """Whether the rule allows `verb` on `resource` (`pods` or `pods/exec`) of `group`, of any name.

        A rule with `resourceNames` says no for verbs that name nothing (`list`, `create`), as the API server does.
        """
        _, _, part = resource.partition("/")
        matches = EVERY in self.resources or resource in self.resources or (part != "" and f"*/{part}" in self.resources)
        nameless = verb in ("list", "watch", "create", "deletecollection")
        return (
            matches
            and (EVERY in self.verbs or verb in self.verbs)
            and (EVERY in self.api_groups or group in self.api_groups)
            and not (self.resource_names and nameless)
        )


class Role(Fact):
    """A Role (of a namespace) or ClusterRole. `builtin` is one that Kubernetes makes itself, which its parser cannot know.

    `aggregates` are the labels, a set each, of the ClusterRoles whose rules a controller adds to this one's.
    """

    kind: str = "ClusterRole"
    namespace: str = ""
    name: str = ""
    rules: Maybe[tuple[Rule, ...]] = Unknown("the rules were not read")
    builtin: bool = False
    labels: dict[str, str] = {}
    aggregates: tuple[dict[str, str], ...] = ()
    at: Location = Location()


class Subject(Fact):
    """Who is bound: a ServiceAccount (of a namespace), a User or a Group."""

    kind: str
    name: str
    namespace: str = ""

    @property
    def username(self) -> str:
        """The name that the API server knows it by."""
        return f"system:serviceaccount:{self.namespace}:{self.name}" if self.kind == "ServiceAccount" else self.name


class RoleBinding(Fact):
    """A RoleBinding (grants within its namespace, whatever the role's kind) or ClusterRoleBinding."""

    kind: str = "ClusterRoleBinding"
    namespace: str = ""
    name: str = ""
    role_kind: str = "ClusterRole"
    role_name: Maybe[str] = Unknown("the role was not read")
    subjects: Maybe[tuple[Subject, ...]] = Known(())
    builtin: bool = False
    at: Location = Location()


def role(here: Cursor, namespace: str) -> Role:
    """The Role or ClusterRole at `here`. Raises `Malformed` for a field of the wrong form."""
    name = here.get("metadata", "name").text()
    return Role(
        kind=here.get("kind").text(),
        namespace=namespace,
        name=name,
        rules=_rules(here),
        labels={key: value.text() for key, value in here.get("metadata", "labels").entries()},
        aggregates=tuple(_selectors(here.get("aggregationRule", "clusterRoleSelectors"))),
        at=here.at,
    )


def _selectors(listed: Cursor) -> Iterator[dict[str, str]]:
    for item in () if listed.templated else listed.items():
        # A selector by expressions cannot be told without the cluster's own roles; none of Kubernetes' own has one.
        if not item.get("matchExpressions").items():
            yield {key: value.text() for key, value in item.get("matchLabels").entries()}


def _rules(here: Cursor) -> Maybe[tuple[Rule, ...]]:
    listed = here.get("rules")
    if here.get("aggregationRule").written and not listed.items():
        return Unknown("a controller fills the rules of this aggregated role")
    if listed.templated:
        return Unknown("rules is a template that was not rendered")
    rules = tuple(_rule(item) for item in listed.items())
    for rule in rules:
        if any(TEMPLATE in word for word in (*rule.verbs, *rule.api_groups, *rule.resources)):
            return Unknown(f"{rule.at.field} holds a template that was not rendered")
    return Known(rules)


def _rule(here: Cursor) -> Rule:
    return Rule(
        verbs=here.get("verbs").texts(),
        api_groups=here.get("apiGroups").texts(),
        resources=here.get("resources").texts(),
        resource_names=here.get("resourceNames").texts(),
        non_resource_urls=here.get("nonResourceURLs").texts(),
        at=here.at,
    )


def binding(here: Cursor, namespace: str) -> RoleBinding:
    """The RoleBinding or ClusterRoleBinding at `here`. Raises `Malformed` for a field of the wrong form."""
    name = here.get("metadata", "name").text()
    listed = here.get("subjects")
    return RoleBinding(
        kind=here.get("kind").text(),
        namespace=namespace,
        name=name,
        role_kind=here.get("roleRef", "kind").text(),
        role_name=here.get("roleRef", "name").told() or Unknown("roleRef names no role"),
        subjects=Unknown("subjects is a template that was not rendered")
        if listed.templated
        else Known(tuple(_subject(item, namespace) for item in listed.items())),
        at=here.get("roleRef").at,
    )


def _subject(here: Cursor, namespace: str) -> Subject:
    kind = here.get("kind").text()
    within = here.get("namespace").text() or namespace
    return Subject(kind=kind, name=here.get("name").text(), namespace=within if kind == "ServiceAccount" else "")
