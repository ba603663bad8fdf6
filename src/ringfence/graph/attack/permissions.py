"""What an identity may do, and what that is good for: from the rules of its bindings to powers, from powers to their reach.

Requests are asked as the API server asks them: of the union of everything bound in the cluster and in one namespace.
Source: Kubernetes, "Using RBAC Authorization", and plugin/pkg/auth/authorizer/rbac.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from typing import NamedTuple

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.steps import Step
from ringfence.model.access import AccessRule, Grant
from ringfence.model.change import Change, ChangeKind
from ringfence.model.node import EdgeKind, NodeKind, cluster_id, identity_id
from ringfence.model.technique import Ask, Power, Technique

MANY_WAYS = 64
"""Ways to hold one power that are followed: as many combinations of rules as a person will look at."""
MEMBER = Technique(slug="be-in-group", title="Be a member of a group", likelihood=1.0, effort=0.0)
MASTERS = "system:masters"
ADMINISTER = Technique(
    slug="be-master",
    title="Be in the group that the API server refuses nothing",
    likelihood=1.0,
    effort=0.0,
    attack=("T1078",),
    sources=("https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings",),
)


class Held(NamedTuple):
    """One way in which a power is held: in a scope, on some names only or (empty) on all, by these rules."""

    power: Power
    namespace: str
    names: tuple[str, ...]
    by: tuple[tuple[Grant, int], ...]


@dataclass(slots=True)
class Permissions:
    """The powers of every identity of a graph. Identities with the same bindings are asked once."""

    graph: Graph
    powers: tuple[Power, ...]
    _memo: dict[tuple[str, ...], tuple[Held, ...]] = field(default_factory=dict)

    def of(self, identity: str) -> tuple[Held, ...]:
        """The powers that an identity has of its own, its groups' left out."""
        keys = self.graph.targets(identity, EdgeKind.HOLDS)
        if keys not in self._memo:
            grants = [grant for key in keys if (grant := self._grant(key)) is not None]
            self._memo[keys] = tuple(_held(grants, self.powers)) if grants else ()
        return self._memo[keys]

    def _grant(self, key: str) -> Grant | None:
        return self.graph.nodes[key].grant if key in self.graph.nodes else None

    def slugs(self) -> dict[str, frozenset[str]]:
        """The slugs of each identity's powers, those of its groups too."""
        own = {
            node.id: {item.power.technique.slug for item in self.of(node.id)} for node in self.graph.kind(NodeKind.IDENTITY)
        }
        return {
            key: frozenset(found.union(*(own.get(group, ()) for group in self.graph.targets(key, EdgeKind.MEMBER_OF))))
            for key, found in own.items()
        }

    def steps(self) -> Iterator[Step]:
        """From identities to powers, and to the groups that they are in."""
        for node in self.graph.kind(NodeKind.IDENTITY):
            here = steps.acts_as(node.id)
            cluster = _cluster_of(node.id)
            for group in self.graph.targets(node.id, EdgeKind.MEMBER_OF):
                yield Step(here, steps.acts_as(group), MEMBER)
            if node.label == MASTERS:
                yield Step(here, steps.admin(cluster), ADMINISTER)
            for item in self.of(node.id):
                slug = item.power.technique.slug
                target = steps.power(slug, cluster, item.namespace, item.names)
                yield Step(here, target, item.power.technique, *_why(item))


def _why(item: Held) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Change, ...]]:
    because = tuple(f"{grant.role} through {grant.binding}: {_said(grant.rules[index])}" for grant, index in item.by)
    missing = (item.power.doubt,) if item.power.doubt else ()
    return because, missing, tuple(dict.fromkeys(_cut(grant, index) for grant, index in item.by))


def _cut(grant: Grant, index: int) -> Change:
    """The rule is taken out of its role; a role of the orchestrator's own is unbound instead."""
    if grant.builtin:
        return Change(kind=ChangeKind.UNBIND, target=grant.binding)
    return Change(kind=ChangeKind.NARROW_ROLE, target=grant.role, detail=f"{index}: {_said(grant.rules[index])}")


def _said(rule: AccessRule) -> str:
    named = f" named {', '.join(rule.names)}" if rule.names else ""
    return f"{', '.join(rule.verbs)} on {', '.join(rule.resources)}{named}"


def _held(grants: list[Grant], powers: tuple[Power, ...]) -> Iterator[Held]:
    """Every power in the cluster, then those that need something of a namespace."""
    everywhere = [grant for grant in grants if not grant.namespace]
    for power in powers:
        yield from _ways(power, everywhere, "")
    for namespace in dict.fromkeys(grant.namespace for grant in grants if grant.namespace):
        here = [*everywhere, *(grant for grant in grants if grant.namespace == namespace)]
        for power in powers:
            if not power.cluster_only:
                yield from _ways(power, here, namespace)


def _ways(power: Power, grants: list[Grant], namespace: str) -> Iterator[Held]:
    """The combinations of one rule a request that together give the power; in a namespace, those that need it."""
    # Rules without names first: of very many combinations those that give most must not be the ones left out.
    choices = [sorted(_granting(ask, grants), key=lambda item: bool(item[0].rules[item[1]].names)) for ask in power.needs]
    seen: set[tuple[tuple[str, str, int], ...]] = set()
    for chosen in islice(product(*choices), MANY_WAYS):
        if namespace and all(not grant.namespace for grant, _ in chosen):
            continue
        key = tuple(sorted({(grant.role, grant.binding, index) for grant, index in chosen}))
        if key in seen:
            continue
        seen.add(key)
        by = tuple({(grant.role, grant.binding, index): (grant, index) for grant, index in chosen}.values())
        yield Held(power, namespace, _names(power, chosen), by)


def _granting(ask: Ask, grants: Iterable[Grant]) -> Iterator[tuple[Grant, int]]:
    for grant in grants:
        for index, rule in enumerate(grant.rules):
            if _allows(rule, ask):
                yield grant, index


def _allows(rule: AccessRule, ask: Ask) -> bool:
    if ask.name and rule.names and ask.name not in rule.names:
        return False
    return any(rule.allows(verb, ask.group, resource) for verb in ask.verbs for resource in ask.resources)


def _names(power: Power, chosen: tuple[tuple[Grant, int], ...]) -> tuple[str, ...]:
    """The only objects it is good for: those of the narrowest rule; none where a request names its object itself."""
    named = [
        grant.rules[index].names
        for ask, (grant, index) in zip(power.needs, chosen, strict=True)
        if grant.rules[index].names and not ask.name
    ]
    return min(named, key=len) if named else ()


def _cluster_of(identity: str) -> str:
    """The cluster's id out of an identity's: `identity:CLUSTER/NAME`."""
    return cluster_id(identity.removeprefix("identity:").partition("/")[0])


def account_of(namespace: str, name: str, cluster: str) -> str:
    """The vertex of a service account of a cluster (by the cluster's id)."""
    return steps.acts_as(identity_id(f"system:serviceaccount:{namespace}:{name}", cluster.removeprefix(cluster_id(""))))
