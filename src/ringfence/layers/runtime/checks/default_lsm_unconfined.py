"""An engine puts its containers under no security module's profile.

AppArmor's `docker-default` or SELinux' `container_t` keeps a container from the host's files when everything else has
failed. With `apparmor_profile = "unconfined"`, `label = false` or `disable_apparmor = true` no container has it.

It is wanted where files of the host are shared with containers and nobody wants to label them; label them.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="default-lsm-unconfined",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the setting out of the engine's configuration.",
    references=(
        "https://docs.docker.com/engine/security/apparmor/",
        "https://man7.org/linux/man-pages/man5/containers.conf.5.html",
    ),
    aliases=("CIS-Docker-5.2", "CIS-Docker-5.3"),
)

LABELLING = frozenset({"podman", "cri-o"})
"""Engines that label for SELinux unless told not to; Docker and containerd do so only when told to."""


def check(engine: Engine) -> Outcome:
    """Only what somebody wrote against it."""
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said):
            off = ["AppArmor"] if said.apparmor == "unconfined" else []
            off += ["SELinux"] if said.selinux is False and engine.name in LABELLING else []
            if not off:
                return Holds()
            return Broken(
                because=f"{engine.name} does without {' and '.join(off)} by default", at=Location(path=engine.at.path)
            )
