"""No security module confines a container.

AppArmor and SELinux deny what file permissions, capabilities and namespaces let through: writing to `/proc/sys` and
`/sys`, mounting, tracing, reaching files of other containers. They have stopped escapes nobody had heard of yet, as
SELinux's policy for containers did with CVE-2019-5736.

A host without a security module has nothing to offer here. `label=disable` and `apparmor=unconfined` are needed by few.
"""

from ringfence.layers.runtime.facts import granted_everything
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="unconfined-by-lsm",
    severity="low",
    kind="misconfiguration",
    remedy="Use the engine's default profile: no `--security-opt apparmor=unconfined` or `label=disable`"
    " (pod: `appArmorProfile.type: RuntimeDefault`); install AppArmor or SELinux where the host has neither.",
    references=("https://kubernetes.io/docs/tutorials/security/apparmor/",),
    aliases=("CIS-Docker-5.2", "CIS-Docker-5.3"),
)


def check(subject: Workload) -> Outcome:
    """Whether an AppArmor profile or SELinux context is enforced on it."""
    if granted_everything(subject):
        return NotApplicable(why="privileged says it all")
    match subject.confinement.lsm:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(lsm) if lsm.enforcing and lsm.module != "none":
            return Holds()
        case Known(lsm):
            seen = (
                f"{lsm.module} label {lsm.label!r} denies nothing"
                if lsm.label
                else "no security module has a profile for it"
            )
            return Broken(because=seen, at=subject.confinement.at("lsm"))
