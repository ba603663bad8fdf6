"""Containers that name no seccomp profile get none.

The engine's own profile denies what almost no program needs and many exploits do: of 79 kernel holes that won a bounty
at Google's kernelCTF, Docker's default keeps 67 from being reached. Switched off for the whole engine, every container
reaches every system call.

It is wanted while one program is being examined; give that one `--security-opt seccomp=unconfined` instead.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="default-seccomp-unconfined",
    severity="high",
    kind="misconfiguration",
    remedy="Take the setting out, so that the engine's own profile counts; give the one container that needs it its own.",
    references=("https://docs.docker.com/engine/security/seccomp/",),
    aliases=("CIS-Docker-2.17",),
)


def check(engine: Engine) -> Outcome:
    """By what somebody wrote; without a word the engine's own profile holds, but for pods under containerd and CRI-O."""
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said) if said.seccomp == "unconfined":
            at = Location(path=engine.at.path, field="seccomp profile")
            return Broken(because=f"{engine.name} sets no system call filter by default", at=at)
        case Known(_):
            return Holds()
