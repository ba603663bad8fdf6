"""Who may do what, as the API server's RBAC authorizer decides it.

Sources: Kubernetes v1.36 plugin/pkg/auth/authorizer/rbac/rbac.go, pkg/apis/rbac/v1/evaluation_helpers.go,
pkg/controller/clusterroleaggregation. Everything is allowed only by a rule; there is nothing that denies.
"""

from collections.abc import Iterable, Iterator

from ringfence.formats.kubernetes_rbac import EVERY, Role, RoleBinding, Rule, Subject
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Unknown, known_or

MASTERS = "system:masters"
"""The group that is let through before any rule is asked."""
DEFAULT_NAMESPACE = "default"
"""Where an object without a namespace goes, unless its client names another."""


class Identity(Fact):
    """Who asks: a user's name and all groups it is in."""

    user: str
    groups: tuple[str, ...] = ()


class Request(Fact):
    """What is asked for: `verb` on `resource` (`pods`, `pods/exec`) of an API group, or on a `path` that is no resource.

    An empty namespace asks for all of them, or for what has none; an empty name for no object in particular.
    """

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class Grant(Fact):
    """One rule that a binding gives a subject: in `namespace`, or everywhere if that is empty."""

    rule: Rule
    role: Role
    binding: RoleBinding
    subject: Subject
    namespace: str = ""


class Decision(Fact):
    """The answer, and the grant it comes from. `unread` are roles and bindings that could not be read, if it is no."""

    allowed: bool
    by: Grant | None = None
    unread: tuple[str, ...] = ()


def service_account(namespace: str, name: str) -> Identity:
    """A service account with the groups the API server puts it in."""
    space = namespace or DEFAULT_NAMESPACE
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{space}", "system:authenticated")
    return Identity(user=f"system:serviceaccount:{space}:{name}", groups=groups)


def covers(rule: Rule, request: Request) -> bool:
    """Whether a rule allows exactly this request."""
    if EVERY not in rule.verbs and request.verb not in rule.verbs:
        return False
    if request.path:
        return any(_matches_path(pattern, request.path) for pattern in rule.non_resource_urls)
    _, slash, part = request.resource.partition("/")
    resource = (
        EVERY in rule.resources or request.resource in rule.resources or (bool(slash) and f"*/{part}" in rule.resources)
    )
    group = EVERY in rule.api_groups or request.group in rule.api_groups
    return resource and group and (not rule.resource_names or request.name in rule.resource_names)


def _matches_path(pattern: str, path: str) -> bool:
    return pattern in (EVERY, path) or (pattern.endswith(EVERY) and path.startswith(pattern.rstrip(EVERY)))


class Authorizer:
    """The roles and bindings of one cluster, or of one set of manifests, ready to be asked."""

    def __init__(self, roles: Iterable[Role], bindings: Iterable[RoleBinding]) -> None:
        listed = tuple(roles)
        self._roles = {_key(role): role for role in listed}
        self._cluster_roles = tuple(role for role in listed if role.kind == "ClusterRole")
        self._bindings = tuple(bindings)
        self._held: dict[Identity, tuple[Grant, ...]] = {}

    def rules(self, role: Role) -> Known[tuple[Rule, ...]] | Unknown:
        """The rules a role has once its aggregation is done; `Unknown` if nothing here fills it."""
        if not role.aggregates:
            return role.rules
        members = [other for other in self._cluster_roles if other is not role and _selected(role, other)]
        found = [*known_or(role.rules, ())]
        found += [rule for other in members for rule in known_or(other.rules, ()) if rule not in found]
        return Known(tuple(found)) if found else role.rules

    def grants(self, who: Identity) -> tuple[Grant, ...]:
        """Every rule that a binding gives the identity, itself or through a group; those that hold everywhere first."""
        if who not in self._held:
            self._held[who] = tuple(sorted(self._granted(who), key=lambda grant: bool(grant.namespace)))
        return self._held[who]

    def _granted(self, who: Identity) -> Iterator[Grant]:
        for binding in self._bindings:
            subject = next((item for item in known_or(binding.subjects, ()) if _is(who, item)), None)
            role = self._role(binding)
            if subject is None or role is None:
                continue
            everywhere = binding.kind == "ClusterRoleBinding"
            space = "" if everywhere else binding.namespace or DEFAULT_NAMESPACE
            for rule in known_or(self.rules(role), ()):
                yield Grant(rule=rule, role=role, binding=binding, subject=subject, namespace=space)

    def decide(self, who: Identity, request: Request) -> Decision:
        """Whether the identity may do this, and by which grant; ClusterRoleBindings are asked first, as the server does."""
        if MASTERS in who.groups:
            return Decision(allowed=True)
        for grant in self.grants(who):
            within = not grant.namespace or (grant.namespace == request.namespace and not request.path)
            if within and covers(grant.rule, request):
                return Decision(allowed=True, by=grant)
        return Decision(allowed=False, unread=tuple(self._unread(who)))

    def holders(self, request: Request) -> Iterator[Grant]:
        """Every grant, to anybody, that allows the request: who can do it."""
        for binding in self._bindings:
            role = self._role(binding)
            everywhere = binding.kind == "ClusterRoleBinding"
            space = "" if everywhere else binding.namespace or DEFAULT_NAMESPACE
            if role is None or (space and (space != request.namespace or request.path)):
                continue
            rule = next((rule for rule in known_or(self.rules(role), ()) if covers(rule, request)), None)
            if rule is not None:
                for subject in known_or(binding.subjects, ()):
                    yield Grant(rule=rule, role=role, binding=binding, subject=subject, namespace=space)

    def subjects(self) -> tuple[Subject, ...]:
        """Everybody whom a binding names, each once."""
        return tuple(dict.fromkeys(item for binding in self._bindings for item in known_or(binding.subjects, ())))

    def _role(self, binding: RoleBinding) -> Role | None:
        """The role that a binding names; None if it is not there, for then nothing is granted."""
        space = "" if binding.role_kind == "ClusterRole" else binding.namespace or DEFAULT_NAMESPACE
        return self._roles.get((binding.role_kind, space, known_or(binding.role_name, "")))

    def _unread(self, who: Identity) -> Iterator[str]:
        for binding in self._bindings:
            match binding.subjects, binding.role_name:
                case (Unknown(reason), _) | (_, Unknown(reason)):
                    yield f"{binding.kind} {binding.name}: {reason}"
                case Known(subjects), Known(name) if any(_is(who, item) for item in subjects):
                    role = self._role(binding)
                    if role is None:
                        yield f"{binding.role_kind} {name}, which {binding.name} grants, is not among these objects"
                    elif isinstance(told := self.rules(role), Unknown):
                        yield f"{binding.role_kind} {name}: {told.reason}"


def _key(role: Role) -> tuple[str, str, str]:
    return role.kind, "" if role.kind == "ClusterRole" else role.namespace or DEFAULT_NAMESPACE, role.name


def _is(who: Identity, subject: Subject) -> bool:
    match subject.kind:
        case "ServiceAccount":
            return who.user == f"system:serviceaccount:{subject.namespace or DEFAULT_NAMESPACE}:{subject.name}"
        case "Group":
            return subject.name in who.groups
        case _:
            return subject.name == who.user


def _selected(role: Role, other: Role) -> bool:
    return any(
        all(other.labels.get(key) == value for key, value in selector.items()) and selector for selector in role.aggregates
    )
