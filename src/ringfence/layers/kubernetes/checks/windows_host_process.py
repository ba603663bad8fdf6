"""A Windows container runs as a process of its node.

A HostProcess container has no walls: it is a program on the node with the node's files and accounts. It is to Windows
what privileged is to Linux.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.layers.kubernetes.evaluate.pod_security_baseline import host_process
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="windows-host-process",
    severity="high",
    kind="misconfiguration",
    remedy="Take `hostProcess` out; manage nodes by other means.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
    aliases=(
        "KSV-0103",
        "PSS-baseline",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """What the pod and its containers say of it."""
    found = host_process(subject)
    if found:
        return Broken(because="it runs as a process of the node", at=found.at)
    for setting in (subject.security.host_process, *(item.security.host_process for item in subject.containers)):
        if isinstance(setting.value, Unknown):
            return Undecided(why=setting.value.reason)
    return Holds()
