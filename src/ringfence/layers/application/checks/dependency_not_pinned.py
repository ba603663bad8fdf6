"""A dependency is not pinned to one version.

What gets installed is then decided on the day of the build, by whoever published last: two builds of the same source differ,
and a hijacked release of the dependency is in production with the next build. Nor can anybody tell which advisories apply.

It is legitimate in a library's own declaration, where a range is right. A requirements file, an environment of conda, a
project file of .NET and a pom are none: they install.
"""

from ringfence.layers.application.facts import Dependency
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="dependency-not-pinned",
    severity="medium",
    kind="misconfiguration",
    remedy="Pin it to one version, best by a tool that also writes hashes (`pip-compile --generate-hashes`, a lock file).",
    references=("https://pip.pypa.io/en/stable/topics/repeatable-installs/",),
)


def check(subject: Dependency) -> Outcome:
    """Whether exactly one version fits."""
    if subject.source != "registry":
        return NotApplicable(why="it does not come from a registry")
    match subject.pinned:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Holds()
        case Known():
            gap = "" if subject.specifier[:1] in "<>=!~" else " "
            wanted = f"{subject.name}{gap}{subject.specifier}" if subject.specifier else f"{subject.name} in any version"
            return Broken(because=f"it asks for {wanted}: the day of the build decides", at=subject.at)
