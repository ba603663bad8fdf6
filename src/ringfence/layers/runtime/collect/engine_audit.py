"""Whether anybody would see that an engine's files were touched: the rules of the audit system, as they are written."""

from collections.abc import Iterable

from ringfence.errors import RingfenceError
from ringfence.formats import audit_rules
from ringfence.io.world import World
from ringfence.layers.runtime.facts import EngineAudit
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location

RULES = "/etc/audit/audit.rules"
FOLDER = "/etc/audit/rules.d"
"""What augenrules(8) makes the file above of."""
PATHS = (
    *("/run/containerd", "/var/lib/docker", "/etc/docker", "/lib/systemd/system/docker.service"),
    *("/run/containerd/containerd.sock", "/lib/systemd/system/docker.socket", "/etc/default/docker"),
    *("/etc/docker/daemon.json", "/etc/containerd/config.toml", "/etc/sysconfig/docker", "/usr/bin/containerd-shim"),
    *("/usr/bin/containerd-shim-runc-v1", "/usr/bin/containerd-shim-runc-v2", "/etc/containers", "/etc/crio"),
    *("/var/lib/containers/storage", "/var/lib/containerd"),
)
"""Worth watching beside the engines' programs: CIS Docker Benchmark 1.6.0, 1.1.4 to 1.1.17, and its kin elsewhere."""


def audit(world: World, programs: Iterable[str]) -> EngineAudit:
    """The paths of `PATHS` and the `programs` that are there, and what the rules on disk watch."""
    there = tuple(path for path in dict.fromkeys((*programs, *PATHS)) if world.host.exists(path))
    return EngineAudit(node=world.node, paths=there, watched=_watched(world), at=Location(path=RULES))


def _watched(world: World) -> Maybe[tuple[str, ...]]:
    found: dict[str, None] = {}
    try:
        names = [f"{FOLDER}/{name}" for name in world.host.names(FOLDER) if name.endswith(".rules")]
        for path in (RULES, *names):
            if world.host.exists(path):
                found.update(dict.fromkeys(audit_rules.parse(world.host.read(path))))
    except RingfenceError as problem:
        return Unknown(problem.diagnostics())
    return Known(tuple(found))
