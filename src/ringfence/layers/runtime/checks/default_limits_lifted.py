"""No limit keeps a container from making processes without end.

A fork bomb, or a service that leaks processes, in one container takes the process ids of the whole host, and nothing can
be started any more, not even a shell to end it. The engines limit a container to 2,048 (Podman) or to what the kubelet
says; a limit of 0 or -1, or an unlimited `nproc`, takes that away.

It is wanted where one container is the machine's whole purpose.
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="default-limits-lifted",
    severity="low",
    kind="misconfiguration",
    remedy="Set `pids_limit` to a number, and take the unlimited `nproc` out of the default ulimits.",
    references=("https://man7.org/linux/man-pages/man5/containers.conf.5.html",),
    aliases=("CIS-Docker-2.8", "CIS-Docker-5.29"),
)


def check(engine: Engine) -> Outcome:
    """Only what somebody wrote."""
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said):
            lifted = [f"pids_limit = {said.pids_limit}"] if said.pids_limit is not None and said.pids_limit <= 0 else []
            lifted += [limit for limit in said.ulimits if limit.startswith("nproc=") and _unlimited(limit)]
            if not lifted:
                return Holds()
            return Broken(because=f"{engine.name} lifts limits: {', '.join(lifted)}", at=Location(path=engine.at.path))


def _unlimited(limit: str) -> bool:
    return limit.partition("=")[2].rpartition(":")[2] in ("-1", "unlimited")
