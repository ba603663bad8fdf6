"""Settings of a cluster's own components: flags of a static pod's command line, or a kubelet's configuration file.

Both are told in the flags' names, so that one judgement holds for both. Sources: the components' command line reference and
`kubelet.config.k8s.io/v1beta1` KubeletConfiguration (v1.36).
"""

from collections.abc import Iterator

from ringfence.formats.document_tree import TEMPLATE, Cursor
from ringfence.formats.kubernetes_pod import Named
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.workload import WorkloadId

NAMES = frozenset({"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet", "kube-proxy"})
"""Programs whose flags are judged."""
KUBELET_FIELDS = {
    "anonymous-auth": ("authentication", "anonymous", "enabled"),
    "client-ca-file": ("authentication", "x509", "clientCAFile"),
    "authorization-mode": ("authorization", "mode"),
    "read-only-port": ("readOnlyPort",),
    "protect-kernel-defaults": ("protectKernelDefaults",),
    "make-iptables-util-chains": ("makeIPTablesUtilChains",),
    "streaming-connection-idle-timeout": ("streamingConnectionIdleTimeout",),
    "event-qps": ("eventRecordQPS",),
    "tls-cert-file": ("tlsCertFile",),
    "tls-private-key-file": ("tlsPrivateKeyFile",),
    "rotate-certificates": ("rotateCertificates",),
    "rotate-server-certificates": ("serverTLSBootstrap",),
    "seccomp-default": ("seccompDefault",),
}
"""Flags of the kubelet, by the way to the field of its file that means the same."""
LISTS = {"tls-cipher-suites": "tlsCipherSuites", "allowed-unsafe-sysctls": "allowedUnsafeSysctls"}
"""Flags whose value is a list, which a flag writes with commas."""


class Component(Fact):
    """A component with its settings. `file` says that they are of a file, whose defaults differ from the flags'.

    `config` is the file that the flags name besides, which may set what they do not.
    """

    identity: WorkloadId
    name: str
    settings: tuple[Named, ...] = ()
    file: bool = False
    config: str = ""
    at: Location = Location()

    def setting(self, name: str) -> Maybe[str] | None:
        """The value of a flag; None if it is not set here."""
        found = [item.value for item in self.settings if item.name == name]
        if not found:
            return None
        # Of a flag that stands twice the last counts.
        return Unknown(f"--{name} is a template that was not rendered") if TEMPLATE in found[-1] else Known(found[-1])

    def place(self, name: str) -> Location:
        """Where a flag is set, or else where the component is."""
        return next((item.at for item in reversed(self.settings) if item.name == name), self.at)


def component(here: Cursor, owner: WorkloadId) -> Component | None:
    """The component that the container at `here` runs, if it is one. Raises `Malformed` for a field of the wrong form."""
    words = [
        (word, item) for part in ("command", "args") for item in _listed(here.get(part)) for word in item.text().split()
    ]
    start = next((index for index, (word, _) in enumerate(words) if word.rpartition("/")[2] in NAMES), None)
    if start is None:
        return None
    settings = tuple(_flags(words[start + 1 :]))
    config = next((item.value for item in settings if item.name in ("config", "config-file")), "")
    container = WorkloadId(namespace=owner.namespace, kind=owner.kind, name=owner.name, container=here.get("name").text())
    return Component(
        identity=container, name=words[start][0].rpartition("/")[2], settings=settings, config=config, at=here.at
    )


def _listed(here: Cursor) -> tuple[Cursor, ...]:
    return () if here.templated else here.items()


def _flags(words: list[tuple[str, Cursor]]) -> Iterator[Named]:
    for index, (word, here) in enumerate(words):
        if not word.startswith("-"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        following = words[index + 1][0] if index + 1 < len(words) else ""
        if not equals:
            value = "true" if not following or following.startswith("-") else following
        yield Named(name=name, value=value.strip("\"'"), at=here.at)


def kubelet_configuration(here: Cursor) -> Component:
    """The settings of the KubeletConfiguration at `here`. Raises `Malformed` for a field of the wrong form."""
    found = [Named(name=name, value=here.get(*way).text(), at=here.get(*way).at) for name, way in KUBELET_FIELDS.items()]
    settings = [item for item in found if item.value]
    for name, field in LISTS.items():
        if here.get(field).written:
            settings.append(Named(name=name, value=",".join(here.get(field).texts()), at=here.get(field).at))
    rotate = here.get("featureGates", "RotateKubeletServerCertificate")
    if rotate.written and here.get("serverTLSBootstrap").text() != "true":
        settings.append(Named(name="rotate-server-certificates", value=rotate.text(), at=rotate.at))
    return Component(
        identity=WorkloadId(kind="KubeletConfiguration"), name="kubelet", settings=tuple(settings), file=True, at=here.at
    )
