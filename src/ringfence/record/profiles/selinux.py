"""An SELinux policy for a recorded workload, in CIL on top of container-selinux: capabilities and ports.

SELinux tells files by label, not by path, and a container's own files all have one label: what a recording adds to the
template is what the template does not grant. The block inherits `container`, as udica's policies do
(https://github.com/containers/udica, templates of container-selinux), so that it is used in the same way:
`semodule -i NAME.cil TEMPLATE.cil`, then `--security-opt label=type:NAME.process`.
"""

import re

from ringfence.model.knowledge import Known, known_or
from ringfence.model.recording import Phase, Recording, SocketUse
from ringfence.record.profiles.capabilities import needs

TEMPLATE = "container"
PORTS = {
    53: "dns_port_t", 80: "http_port_t", 443: "http_port_t", 3306: "mysqld_port_t", 5432: "postgresql_port_t",
    6379: "redis_port_t", 8008: "http_port_t", 8080: "http_cache_port_t", 8443: "http_port_t", 9000: "http_port_t",
    11211: "memcache_port_t", 27017: "mongod_port_t",
}  # fmt: skip
"""Labels of ports, from the reference policy: policy/modules/kernel/corenetwork.te.in."""
HIGH_CAPABILITIES = frozenset(
    {"CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
     "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE"}
)  # fmt: skip
"""Capabilities from bit 32 on: SELinux has them in the class `capability2`."""


def generate(recording: Recording, name: str) -> str:
    """The policy as CIL."""
    runs = ", ".join(run.id for run in recording.runs) or "none"
    body = [*_capabilities(recording), *_ports(recording)]
    lines = [
        f"; Made by ringfence from the runs {runs}.",
        f"(block {identifier(name)}",
        f"    (blockinherit {TEMPLATE})",
        *(f"    {line}" for line in body),
        ")",
    ]
    return "\n".join(lines) + "\n"


def identifier(name: str) -> str:
    """`name` as CIL takes it: a letter, then letters, digits and underscores."""
    word = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return word if word[:1].isalpha() else f"ringfence_{word}"


def _capabilities(recording: Recording) -> list[str]:
    found = needs(recording)
    names = [item.name for item in found.value.needed] if isinstance(found, Known) else []
    lines = []
    for kind, wanted in (("capability", False), ("capability2", True)):
        of_kind = [name.removeprefix("CAP_").lower() for name in names if (name in HIGH_CAPABILITIES) is wanted]
        if of_kind:
            lines.append(f"(allow process process ({kind} ({' '.join(of_kind)})))")
    return lines


def _ports(recording: Recording) -> list[str]:
    uses = [use for use in known_or(recording.sockets, ()) if use.phase is not Phase.RUNTIME and use.port]
    lines = {
        f"(allow process {label(use)} ({protocol}_socket (name_{use.operation})))"
        for use in uses
        if use.family in ("AF_INET", "AF_INET6")
        for protocol in (("tcp", "udp") if use.operation == "bind" else ("tcp",))
    }
    return sorted(lines)


def label(use: SocketUse) -> str:
    """The label of the port of an address."""
    if use.port in PORTS:
        return PORTS[use.port]
    return "reserved_port_t" if use.port < 1024 else "unreserved_port_t"
