"""What is tried: who wants which pod in which namespace."""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Maybe, Unknown

ACCOUNT = "system:serviceaccount:"
"""Prefix of the names that the API server knows service accounts by."""


class Attempt(Fact):
    """A pod that somebody makes or changes.

    `resource` is what the API server was asked for (`pods`, `pods/ephemeralcontainers`, `deployments`); where it is no pod,
    `pod` is its template. An empty `user` is not known: a manifest that nobody sent yet.
    """

    pod: PodSpec
    namespace: str = ""
    name: str = ""
    operation: str = "CREATE"
    resource: str = "pods"
    user: str = ""
    groups: tuple[str, ...] = ()
    namespace_labels: Maybe[dict[str, str]] = Unknown("the labels of the namespace were not told")

    @property
    def is_pod(self) -> bool:
        """Whether it is a pod itself, and no template of one."""
        return self.resource.partition("/")[0] == "pods"

    @property
    def account(self) -> str:
        """The pod's service account, as `NAMESPACE:NAME`."""
        return f"{self.namespace}:{self.pod.service_account}"
