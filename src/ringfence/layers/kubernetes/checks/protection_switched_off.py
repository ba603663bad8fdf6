"""A container is told not to check certificates, or to run what it fetches.

A switch such as `--insecure` or `NODE_TLS_REJECT_UNAUTHORIZED=0` accepts whoever answers: credentials go to an attacker
in between. `curl ... | sh` runs at each start what somebody else's server says that day.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="protection-switched-off",
    severity="medium",
    kind="misconfiguration",
    remedy="Give it the authority to check with; put the script into the image.",
    references=("https://attack.mitre.org/techniques/T1557/",),
    aliases=("MITRE-T1557",),
)


def check(subject: Container) -> Outcome:
    """The switches in its variables and arguments."""
    if not subject.switched_off:
        return Holds()
    first = subject.switched_off[0]
    return Broken(because=first.what, at=first.at, evidence=tuple(item.what for item in subject.switched_off[1:]))
