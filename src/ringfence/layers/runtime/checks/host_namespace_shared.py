"""A container shares a namespace of the host.

With the host's process namespace it sees every process, and with the rights to trace them also their memory, environment and
open files. With the host's network namespace it reaches services that listen on localhost only, every abstract socket (which
is how CVE-2020-15257 gave containerd away) and, with CAP_NET_RAW, the host's traffic. With the host's IPC namespace it reads
shared memory of host processes.

Monitoring and network agents need one of them at times; a web application never does.
"""

from ringfence.model.confinement import Sharing
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="host-namespace-shared",
    severity="high",
    kind="misconfiguration",
    remedy="Give it namespaces of its own: no `--pid=host`, `--network=host`, `--ipc=host`"
    " (pod: `hostPID`, `hostNetwork`, `hostIPC` false or absent).",
    references=(
        "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
        "https://man7.org/linux/man-pages/man7/namespaces.7.html",
    ),
    aliases=("CIS-Docker-5.10", "CIS-Docker-5.16", "CIS-Docker-5.17", "CIS-Docker-5.21"),
)

JUDGED = {
    Namespace.MOUNT: (Severity.CRITICAL, "file systems"),
    Namespace.PID: (Severity.HIGH, "processes"),
    Namespace.NETWORK: (Severity.HIGH, "network"),
    Namespace.IPC: (Severity.MEDIUM, "shared memory"),
}
"""The kinds that open the host. Cgroup, time, UTS and user are shared by default everywhere, and tell little or nothing."""


def check(subject: Workload) -> Outcome:
    """Which of the judged namespaces are the host's."""
    match subject.confinement.namespaces:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(sharing):
            shared = [kind for kind in JUDGED if sharing.get(kind) is Sharing.HOST]
            if shared:
                names = ", ".join(f"{JUDGED[kind][1]} ({kind.value})" for kind in shared)
                return Broken(
                    because=f"it uses the host's {names}",
                    at=subject.confinement.at("namespaces"),
                    severity=min((JUDGED[kind][0] for kind in shared), key=lambda severity: severity.rank),
                )
            missing = [kind.value for kind in (Namespace.PID, Namespace.NETWORK, Namespace.IPC) if kind not in sharing]
            return Undecided(why=f"not told whose {', '.join(missing)} namespace it uses") if missing else Holds()
