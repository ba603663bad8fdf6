"""What a source found in one place: the objects, and what follows from several of them together."""

from collections.abc import Iterator

from ringfence.formats.encryption_configuration import EncryptionConfiguration
from ringfence.formats.kubernetes_component import Component
from ringfence.formats.kubernetes_container import Container
from ringfence.formats.kubernetes_network import Ingress, NetworkPolicy, Service
from ringfence.formats.kubernetes_objects import ConfigMap, Namespace, ObjectName, Secret, ServiceAccount
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.kubernetes_rbac import Role, RoleBinding, Subject
from ringfence.formats.pod_security_standard import Standard, of_labels
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown, known_or
from ringfence.model.location import Location
from ringfence.model.package import Package
from ringfence.model.workload import Workload, WorkloadId


class Pod(Fact):
    """A pod that a manifest asks for, without its containers.

    `token_mounted` says whether its service account's token is put into its containers; `account_bound` whether a
    binding among the same objects grants that account anything, `shares_processes` whether its containers see each other's
    processes. `made_by` names the object that makes such pods. `windows` pods have no Linux confinement.
    """

    identity: WorkloadId = WorkloadId()
    service_account: str = "default"
    token_mounted: Maybe[bool] = Unknown("the service account was not read")
    account_bound: bool = False
    shares_processes: bool = False
    windows: bool = False
    made_by: str = ""
    at: Location = Location()


class GrantedRole(Fact):
    """A role with who has it here: `bound` are the subjects, `cluster_wide` whether one has it in every namespace."""

    role: Role
    bound: tuple[Subject, ...] = ()
    cluster_wide: bool = False


class GuardedNamespace(Fact):
    """A namespace that is declared or used, with the policies in it. `declared`: its own object is among these."""

    name: str
    labels: Maybe[dict[str, str]] = Unknown("the object of the namespace is not among these manifests")
    policies: tuple[NetworkPolicy, ...] = ()
    declared: bool = False
    at: Location = Location()


class Admission(Fact):
    """A pod with the Pod Security Standard it is to be judged by.

    `asked_by` names who wants it judged so: a namespace, or the user. `mode` is `enforce`, `warn` or `audit`.
    """

    pod: PodSpec
    standard: Standard
    asked_by: str
    mode: str = "enforce"

    @property
    def identity(self) -> WorkloadId:
        """The object that the pod stands in."""
        return self.pod.owner


class Facts(Fact):
    """The Kubernetes objects of one target. `path` is the file or folder as the user named it.

    `default_roles` are those of every cluster's own roles that bindings here name and the objects leave out.
    """

    path: str
    objects: tuple[ObjectName, ...] = ()
    workloads: tuple[Workload, ...] = ()
    pods: tuple[Pod, ...] = ()
    specs: tuple[PodSpec, ...] = ()
    containers: tuple[Container, ...] = ()
    service_accounts: tuple[ServiceAccount, ...] = ()
    roles: tuple[Role, ...] = ()
    default_roles: tuple[Role, ...] = ()
    bindings: tuple[RoleBinding, ...] = ()
    secrets: tuple[Secret, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    services: tuple[Service, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    network_policies: tuple[NetworkPolicy, ...] = ()
    components: tuple[Component, ...] = ()
    encryption: tuple[EncryptionConfiguration, ...] = ()

    @property
    def packages(self) -> tuple[Package, ...]:
        """None: a manifest installs nothing."""
        return ()

    @property
    def about(self) -> str:
        """Nothing narrower than the target itself."""
        return ""

    def subjects(self) -> Iterator[object]:
        """Everything that checks may be asked about."""
        yield self
        yield from self.workloads
        yield from self.pods
        for spec in self.specs:
            yield spec
            if spec.os != "windows":
                yield from spec.effective_containers()
        yield from self.admissions()
        yield from self.containers
        yield from self.service_accounts
        yield from self.granted_roles()
        yield from self.bindings
        yield from self.secrets
        yield from self.config_maps
        yield from self.guarded_namespaces()
        yield from self.services
        yield from self.ingresses
        yield from self.network_policies
        yield from self.components
        yield from self.encryption

    def admissions(self) -> Iterator[Admission]:
        """Each pod with the standards that the labels of its namespace ask for, each standard once."""
        labels = {item.name: known_or(item.labels, {}) for item in self.namespaces}
        for pod in self.specs:
            asked: dict[Standard, str] = {}
            for mode, standard in of_labels(labels.get(pod.owner.namespace, {})):
                asked.setdefault(standard, mode)
            for standard, mode in asked.items():
                yield Admission(pod=pod, standard=standard, asked_by=f"namespace {pod.owner.namespace}", mode=mode)

    def granted_roles(self) -> Iterator[GrantedRole]:
        """Each role with what its bindings here say."""
        by_role: dict[tuple[str, str, str], list[RoleBinding]] = {}
        for binding in self.bindings:
            within = "" if binding.role_kind == "ClusterRole" else binding.namespace
            by_role.setdefault((binding.role_kind, within, known_or(binding.role_name, "")), []).append(binding)
        for role in self.roles:
            within = "" if role.kind == "ClusterRole" else role.namespace
            bindings = by_role.get((role.kind, within, role.name), [])
            yield GrantedRole(
                role=role,
                bound=tuple(subject for binding in bindings for subject in known_or(binding.subjects, ())),
                cluster_wide=any(binding.kind == "ClusterRoleBinding" for binding in bindings),
            )

    def guarded_namespaces(self) -> Iterator[GuardedNamespace]:
        """Each namespace that is declared, or that a pod is put into by name."""
        policies: dict[str, list[NetworkPolicy]] = {}
        for policy in self.network_policies:
            policies.setdefault(policy.namespace, []).append(policy)
        declared = {item.name: item for item in self.namespaces}
        for namespace in declared.values():
            yield GuardedNamespace(
                name=namespace.name,
                labels=namespace.labels,
                policies=tuple(policies.get(namespace.name, ())),
                declared=True,
                at=namespace.at,
            )
        used = {pod.identity.namespace: pod.at for pod in reversed(self.pods)}
        for name, at in used.items():
            if name and name not in declared:
                yield GuardedNamespace(name=name, policies=tuple(policies.get(name, ())), at=at)


def grants_everything(role: Role) -> bool:
    """Whether a role is as good as `cluster-admin`: every verb on every resource of every group."""
    match role.rules:
        case Known(rules):
            return any("*" in rule.verbs and "*" in rule.resources and "*" in rule.api_groups for rule in rules)
        case Unknown():
            return False
