"""A container offers SSH.

Keys and passwords for it are in the image, sessions appear in no audit log, and whoever comes in that way is past every
role of the cluster. `kubectl exec` does the same under roles and audit.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="ssh-server-offered",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the server out; use `kubectl exec` or `kubectl debug`.",
    references=("https://attack.mitre.org/techniques/T1021/004/",),
    aliases=(
        "KL-ssh-port",
        "MITRE-T1021",
    ),
)


def check(subject: Container) -> Outcome:
    """Port 22 among those it says it listens on."""
    match subject.ports:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(ports) if 22 in ports:
            return Broken(because="it listens on 22", at=subject.at)
        case Known():
            return Holds()
