"""A pod writes its own answers to names.

`hostAliases` puts lines into /etc/hosts, past the cluster's DNS: who controls the manifest decides where a name leads,
certificates notwithstanding.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="host-aliases-set",
    severity="negligible",
    kind="misconfiguration",
    remedy="Use DNS: an ExternalName Service or a stub domain.",
    references=("https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/",),
    aliases=("KSV-0007",),
)


def check(subject: PodSpec) -> Outcome:
    """The addresses it gives names to."""
    if not subject.host_aliases:
        return Holds()
    names = ", ".join(item.name for item in subject.host_aliases)
    return Broken(because=f"it gives names to {names}", at=subject.host_aliases[0].at)
