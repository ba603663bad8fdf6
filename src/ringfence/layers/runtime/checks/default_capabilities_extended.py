"""Every container gets capabilities that are not among the engine's own defaults.

A capability in `default_capabilities` is held by each container that does not drop it, whether it needs it or not.
CAP_SYS_ADMIN there makes every one of them the host.

It is wanted where one old program needs one; give it to that one (`--cap-add`).
"""

from ringfence.errors import Malformed
from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import mask_of, names_of
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="default-capabilities-extended",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the capabilities named out of `default_capabilities`.",
    references=("https://man7.org/linux/man-pages/man5/containers.conf.5.html",),
    aliases=("CIS-Docker-5.4",),
)

USUAL = mask_of(
    (
        *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID"),
        *("SYS_CHROOT", "NET_RAW", "MKNOD", "AUDIT_WRITE"),
    )
)
"""The widest of the engines' own defaults, Docker's (moby oci/caps/defaults.go); Podman's and CRI-O's are within it."""
GRAVE = mask_of(("SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF", "SYS_BOOT", "MAC_ADMIN"))
"""Each of these leads out of the container by itself (capabilities(7))."""


def check(engine: Engine) -> Outcome:
    """What is beyond the usual; high where it leads out."""
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.capabilities is None:
            return NotApplicable(why="nobody wrote a list")
        case Known(said):
            try:
                more = mask_of(said.capabilities or ()) & ~USUAL
            except Malformed as problem:
                return Undecided(why=problem.wrong)
            if not more:
                return Holds()
            return Broken(
                because=f"{engine.name} gives every container {', '.join(names_of(more))}",
                at=Location(path=engine.at.path, field="default_capabilities"),
                severity=Severity.HIGH if more & GRAVE else None,
            )
