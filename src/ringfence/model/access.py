"""What an access-control system grants: rules on verbs and resources, and where they hold.

The form is that of Kubernetes' RBAC (`rbac.authorization.k8s.io/v1`): the only one that storeys tell of so far.
"""

from ringfence.model.fact import Fact
from ringfence.model.location import Location

EVERY = "*"
"""Matches every verb, API group or resource."""
NAMELESS = frozenset({"list", "watch", "create", "deletecollection"})
"""Verbs of requests that name no object: rules with names never match them."""


class AccessRule(Fact):
    """Each of the verbs on each of the resources (`pods`, `pods/exec`) of each of the groups; only on `names`, if any."""

    verbs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    at: Location = Location()

    def allows(self, verb: str, group: str, resource: str) -> bool:
        """Whether the rule allows it on some object. `*/scale` matches that subresource of any resource, `pods/*` nothing.

        Source: pkg/apis/rbac/v1/evaluation_helpers.go and plugin/pkg/auth/authorizer/rbac of Kubernetes.
        """
        _, _, part = resource.partition("/")
        matches = EVERY in self.resources or resource in self.resources or (part != "" and f"*/{part}" in self.resources)
        return (
            matches
            and (EVERY in self.verbs or verb in self.verbs)
            and (EVERY in self.groups or group in self.groups)
            and not (self.names and verb in NAMELESS)
        )


class Grant(Fact):
    """What one binding gives its subjects: the rules of a role, in a namespace or (empty) in the whole cluster.

    `role` and `binding` are names for people and keys (`ClusterRole/view`, `RoleBinding/shop/readers`). `builtin` says that
    the role is one of the orchestrator's own, which an operator does not change.
    """

    role: str
    binding: str
    namespace: str = ""
    rules: tuple[AccessRule, ...] = ()
    builtin: bool = False
    at: Location = Location()
