"""A container's process runs as root.

Uid 0 inside is uid 0 of the host unless a user namespace maps it away. As long as everything else holds that means little;
the moment one wall gives way (a writable mount, a leaked file descriptor as in CVE-2024-21626, a kernel hole) the intruder
is root on the host instead of nobody in particular. Many exploits also need it to begin with.

Where a user namespace remaps it, root inside is an ordinary user outside, and little is left of this finding.
"""

from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="runs-as-root",
    severity="medium",
    kind="misconfiguration",
    remedy="Run it as an ordinary user: `USER` in the Dockerfile or `--user` (pod: `runAsNonRoot: true`, `runAsUser`),"
    " or map root away with a user namespace (`--userns=auto`; pod: `hostUsers: false`).",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=("CIS-Docker-4.1",),
)


def check(subject: Workload) -> Outcome:
    """Whether the first process is uid 0, and whose uid 0 that is."""
    confinement = subject.confinement
    if confinement.root_refused == Known(True):
        return Holds()
    match confinement.uid:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(0):
            if confinement.maps_host_root == Known(False):
                return Broken(
                    because="its process is root inside, though an ordinary user on the host",
                    at=confinement.at("uid"),
                    severity=Severity.LOW,
                )
            return Broken(because="its process is uid 0, as root of the host is", at=confinement.at("uid"))
        case Known():
            return Holds()
