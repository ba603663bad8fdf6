"""The roles and bindings that the API server makes in every cluster, from `kubernetes_roles.json`.

Manifests leave them out, yet bind to them. What everybody has through them is not worth a finding.
"""

from functools import cache

from ringfence.formats import typed_json
from ringfence.formats.kubernetes_rbac import Role, RoleBinding
from ringfence.io import packaged
from ringfence.model.fact import Fact


class DefaultRoles(Fact):
    """What a fresh cluster has, the rules of aggregated roles filled in. `version` is Kubernetes', `source` says whence."""

    version: str
    source: str
    roles: tuple[Role, ...]
    bindings: tuple[RoleBinding, ...]


@cache
def default_roles() -> DefaultRoles:
    """The facts that ship. Raises `Unavailable` if the installation lacks the file."""
    return typed_json.decode(packaged.read("knowledge/kubernetes_roles.json"), DefaultRoles, "table of default roles")
