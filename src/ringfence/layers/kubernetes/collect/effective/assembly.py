"""Objects as they are found, gathered by what they are, and put together when all are there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from ringfence.formats import kubernetes_objects
from ringfence.formats.document_tree import Cursor
from ringfence.formats.encryption_configuration import EncryptionConfiguration
from ringfence.formats.kubernetes_component import Component
from ringfence.formats.kubernetes_network import Ingress, NetworkPolicy, Service
from ringfence.formats.kubernetes_objects import ConfigMap, Namespace, ObjectName, Parsed, Secret, ServiceAccount
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.kubernetes_rbac import Role, RoleBinding
from ringfence.knowledge.kubernetes_roles import default_roles
from ringfence.layers.kubernetes.collect.effective.workloads import Accounts, pod_fact, workloads
from ringfence.layers.kubernetes.facts import Facts
from ringfence.model.knowledge import known_or

T = TypeVar("T")
R = TypeVar("R", Role, RoleBinding)


@dataclass(slots=True)
class Objects:
    """What is found so far."""

    names: list[ObjectName] = field(default_factory=list)
    parsed: list[Parsed] = field(default_factory=list)

    def add(self, here: Cursor) -> None:
        """Take the object at `here`. Raises `Malformed` for a field of the wrong form."""
        name = kubernetes_objects.name_of(here)
        self.parsed.extend(tuple(kubernetes_objects.parse(here, name)))
        self.names.append(name)

    def of(self, kind: type[T]) -> Iterator[T]:
        """Those of one type, in the order they were found."""
        return (item for item in self.parsed if isinstance(item, kind))


def assembled(path: str, objects: Objects) -> Facts:
    """The facts of one target, of which `path` is what the user calls it."""
    pods = tuple(objects.of(PodSpec))
    roles, bindings = _marked(objects)
    accounts = Accounts(objects.of(ServiceAccount), bindings)
    return Facts(
        path=path,
        objects=tuple(objects.names),
        workloads=tuple(workload for pod in pods for workload in workloads(pod, accounts)),
        pods=tuple(pod_fact(pod, accounts) for pod in pods),
        specs=pods,
        containers=tuple(item.container for pod in pods for item in pod.containers),
        service_accounts=tuple(objects.of(ServiceAccount)),
        roles=roles,
        default_roles=tuple(_defaults(roles, bindings)),
        bindings=bindings,
        secrets=tuple(objects.of(Secret)),
        config_maps=tuple(objects.of(ConfigMap)),
        namespaces=tuple(objects.of(Namespace)),
        services=tuple(objects.of(Service)),
        ingresses=tuple(objects.of(Ingress)),
        network_policies=tuple(objects.of(NetworkPolicy)),
        components=tuple(objects.of(Component)),
        encryption=tuple(objects.of(EncryptionConfiguration)),
    )


def _marked(objects: Objects) -> tuple[tuple[Role, ...], tuple[RoleBinding, ...]]:
    """The roles and bindings, those marked that the API server makes itself and resets to what they were.

    Only their names count: a prefix or a label may be claimed by anybody.
    """
    roles, bindings = tuple(objects.of(Role)), tuple(objects.of(RoleBinding))
    if not roles and not bindings:
        return (), ()
    own = {(role.kind, role.namespace, role.name) for role in default_roles().roles}
    own |= {(binding.kind, binding.namespace, binding.name) for binding in default_roles().bindings}
    return (
        tuple(_mark(item) if (item.kind, item.namespace, item.name) in own else item for item in roles),
        tuple(_mark(item) if (item.kind, item.namespace, item.name) in own else item for item in bindings),
    )


def _mark(item: R) -> R:
    return msgspec.structs.replace(item, builtin=True)


def _defaults(roles: tuple[Role, ...], bindings: tuple[RoleBinding, ...]) -> Iterator[Role]:
    """The cluster's own ClusterRoles that are bound here and not among the objects."""
    wanted = {known_or(item.role_name, "") for item in bindings if item.role_kind == "ClusterRole"}
    wanted -= {role.name for role in roles if role.kind == "ClusterRole"}
    if wanted:
        yield from (role for role in default_roles().roles if role.kind == "ClusterRole" and role.name in wanted)
