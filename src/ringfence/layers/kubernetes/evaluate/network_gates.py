"""Which pods accept connections from where, as NetworkPolicies say.

A pod that no policy selects for ingress accepts everybody's; one that some select accepts what any of their rules allows,
and nothing else. Source: Kubernetes, "Network Policies"; policies add up, and do not hold for pods in the host's network.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ringfence.formats.kubernetes_network import NetworkPolicy, Peer
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.layers.kubernetes.facts import Facts
from ringfence.model.knowledge import Known, known_or

NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that the API server gives every namespace: its name."""


class Gate(NamedTuple):
    """The policies that close the way into a pod but for their peers; none where everybody may come in."""

    policies: tuple[NetworkPolicy, ...]
    said: str = "no NetworkPolicy selects it"

    @property
    def peers(self) -> tuple[Peer, ...]:
        """Whom the policies together let in."""
        return tuple(peer for policy in self.policies for peer in policy.lets_in)


OPEN = Gate(())


class NetworkGates:
    """The policies of one target's objects, asked pod by pod."""

    def __init__(self, facts: Facts) -> None:
        self._labels: dict[str, dict[str, str]] = {}
        for space in facts.namespaces:
            labels = space.labels.value if isinstance(space.labels, Known) else {}
            self._labels[space.name] = {NAME_LABEL: space.name, **labels}
        self._within: dict[str, list[NetworkPolicy]] = {}
        self._across: list[NetworkPolicy] = []
        for policy in facts.network_policies:
            self._within.setdefault(policy.namespace, []).append(policy)
            if any(peer.namespaces is not None for peer in policy.lets_in):
                self._across.append(policy)

    def before(self, pod: PodSpec) -> Gate:
        """What stands before a pod. What is not told (a template, labels) leaves it open: it may be."""
        closing = tuple(self._closing(pod, "Ingress"))
        if not closing:
            return OPEN
        names = ", ".join(policy.name for policy in closing)
        if any(policy.open_from != Known(False) for policy in closing):
            return Gate((), f"NetworkPolicy {names} lets everybody in")
        return Gate(closing, f"NetworkPolicy {names}")

    def kept_in(self, pod: PodSpec) -> bool:
        """Whether policies let a pod connect to nothing at all. One that may reach some is taken to reach any."""
        closing = tuple(self._closing(pod, "Egress"))
        return bool(closing) and not any(policy.lets_out for policy in closing)

    def letting_in(self, pod: PodSpec) -> Iterator[NetworkPolicy]:
        """The policies of whoever lets this pod in. Addresses are not followed: a pod's is not known."""
        own = pod.owner.namespace
        for policy in (*self._within.get(own, ()), *(item for item in self._across if item.namespace != own)):
            if "Ingress" in policy.directions and any(self._is_meant(peer, policy, pod) for peer in policy.lets_in):
                yield policy

    def _closing(self, pod: PodSpec, direction: str) -> Iterator[NetworkPolicy]:
        if pod.host_network.value == Known(True) or not isinstance(pod.labels, Known):
            return
        for policy in self._within.get(pod.owner.namespace, ()):
            if direction in policy.directions and policy.selects.rendered and policy.selects.means(pod.labels.value):
                yield policy

    def _is_meant(self, peer: Peer, policy: NetworkPolicy, pod: PodSpec) -> bool:
        if peer.block:
            return False
        own = pod.owner.namespace
        if peer.namespaces is None:
            if own != policy.namespace:
                return False
        elif peer.namespaces.rendered and not peer.namespaces.means(self._labels.get(own, {NAME_LABEL: own})):
            return False
        return peer.pods is None or not peer.pods.rendered or peer.pods.means(known_or(pod.labels, {}))


def gate_name(policy: NetworkPolicy) -> str:
    """The name of the place that those are in whom a policy lets in."""
    return f"let-in-by-{policy.namespace or 'default'}-{policy.name}"
