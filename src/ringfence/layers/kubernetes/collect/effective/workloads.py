"""Pods, once all objects of a target are read: their workloads, secrets and the tokens they are given.

Source for tokens: Kubernetes documentation "Configure Service Accounts for Pods" (the pod's own word goes before its
service account's; without either the token is mounted).
"""

from collections.abc import Iterable, Iterator

from ringfence.formats.kubernetes_objects import ServiceAccount
from ringfence.formats.kubernetes_pod import PodContainer, PodSpec
from ringfence.formats.kubernetes_rbac import RoleBinding
from ringfence.layers.kubernetes.collect.effective.confinement import confinement
from ringfence.layers.kubernetes.facts import Pod
from ringfence.model.knowledge import Known, Maybe, Unknown, known_or
from ringfence.model.workload import SecretRef, Workload


class Accounts:
    """The service accounts of a target, and which of them a binding grants something."""

    def __init__(self, accounts: Iterable[ServiceAccount], bindings: Iterable[RoleBinding]) -> None:
        self._accounts = {(account.namespace, account.name): account for account in accounts}
        self._bound = {subject.username for binding in bindings for subject in known_or(binding.subjects, ())}

    def mounted(self, pod: PodSpec) -> Maybe[bool]:
        """Whether the token of the pod's account is put into its containers."""
        if pod.automount_token.value is not None:
            return pod.automount_token.value
        account = self._accounts.get((pod.owner.namespace, pod.service_account))
        if account is not None:
            return Known(True) if account.automount is None else account.automount
        if pod.service_account == "default":
            # Every namespace gets this account, and with it the default.
            return Known(True)
        return Unknown(f"the service account {pod.service_account} is not among these manifests")

    def bound(self, pod: PodSpec) -> bool:
        """Whether a binding here names the pod's account itself."""
        return f"system:serviceaccount:{pod.owner.namespace}:{pod.service_account}" in self._bound


def pod_fact(pod: PodSpec, accounts: Accounts) -> Pod:
    """The pod without its containers."""
    return Pod(
        identity=pod.owner,
        service_account=pod.service_account,
        token_mounted=accounts.mounted(pod),
        account_bound=accounts.bound(pod),
        shares_processes=pod.share_process_namespace.value == Known(True),
        windows=is_windows(pod),
        made_by=pod.made_by,
        at=pod.automount_token.at if pod.automount_token.value is not None else pod.at,
    )


def is_windows(pod: PodSpec) -> bool:
    """Whether the pod asks for a Windows node, where none of Linux's confinement exists."""
    return pod.os == "windows"


def workloads(pod: PodSpec, accounts: Accounts) -> Iterator[Workload]:
    """A workload for each container that runs on Linux."""
    if is_windows(pod):
        return
    token = accounts.mounted(pod) == Known(True)
    node = known_or(pod.node_name.value, "") if pod.node_name.value is not None else ""
    for item in pod.containers:
        running = pod.container_ids.get(item.container.identity.container, "")
        yield Workload(
            identity=item.container.identity,
            confinement=confinement(pod, item),
            node=node if running else "",
            running=bool(running),
            container_id=running,
            image=known_or(item.container.image, ""),
            secrets=tuple(_secrets(pod, item, token)),
            location=item.container.at,
        )


def _secrets(pod: PodSpec, item: PodContainer, token: bool) -> Iterator[SecretRef]:
    yield from item.container.secret_variables
    mounted = {mount.volume for mount in item.mounts}
    projected = False
    for volume in pod.volumes:
        if volume.name in mounted:
            yield from volume.secrets
            projected = projected or volume.token
    yield from pod.pull_secrets
    if token or projected:
        yield SecretRef(name=pod.service_account, via="token", at=pod.automount_token.at)
