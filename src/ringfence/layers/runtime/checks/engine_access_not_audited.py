"""Nobody would see that a container engine's files were used or changed.

Whoever commands the engine is root of the host, and whoever changes its programs or settings decides what every container
gets. The kernel's audit system writes down who did, if a rule tells it to; without one an attack leaves no trace that the
engine itself could not remove.

Another agent that watches files or processes (Falco, Tetragon, a vendor's) does as well and is not seen here; nor are rules
that were loaded by hand and are in no file.
"""

from ringfence.layers.runtime.facts import EngineAudit
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="engine-access-not-audited",
    severity="negligible",
    kind="misconfiguration",
    remedy="Write `-w PATH -p wa -k containers` for each into /etc/audit/rules.d/containers.rules; run `augenrules --load`.",
    references=("https://man7.org/linux/man-pages/man7/audit.rules.7.html",),
    aliases=(
        "CIS-Docker-1.1.3",
        "CIS-Docker-1.1.4",
        "CIS-Docker-1.1.5",
        "CIS-Docker-1.1.6",
        "CIS-Docker-1.1.7",
        "CIS-Docker-1.1.8",
        "CIS-Docker-1.1.9",
        "CIS-Docker-1.1.10",
        "CIS-Docker-1.1.11",
        "CIS-Docker-1.1.12",
        "CIS-Docker-1.1.13",
        "CIS-Docker-1.1.14",
        "CIS-Docker-1.1.15",
        "CIS-Docker-1.1.16",
        "CIS-Docker-1.1.17",
        "CIS-Docker-1.1.18",
    ),
)


def check(audit: EngineAudit) -> Outcome:
    """A watch on a folder is one on all that is in it."""
    match audit.watched:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(watched):
            missing = [path for path in audit.paths if not any(_covers(watch, path) for watch in watched)]
            if not missing:
                return Holds()
            first = ", ".join(missing[:3]) + (f" and {len(missing) - 3} others" if len(missing) > 3 else "")
            return Broken(because=f"no audit rule watches {first}", at=audit.at, evidence=tuple(missing))


def _covers(watch: str, path: str) -> bool:
    return path == watch or path.startswith(f"{watch.rstrip('/')}/")
