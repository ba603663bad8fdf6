"""A dependency is not pinned to one version.

What gets installed is then decided on the day of the build, by whoever published last: two builds of the same source differ,
and a hijacked release of the dependency is in production with the next build. Nor can anybody tell which advisories apply.

It is legitimate in a library's own declaration, where a range is right; a requirements file is not one, it installs.
"""

from ringfence.layers.application.facts import Dependency
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="dependency-not-pinned",
    severity="medium",
    kind="misconfiguration",
    remedy="Pin it with `==`, best by a tool that also writes hashes (`pip-compile --generate-hashes`, `uv pip compile`).",
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
            wanted = f"{subject.name}{subject.specifier}" if subject.specifier else f"{subject.name} in any version"
            return Broken(because=f"it asks for {wanted}: the day of the build decides", at=subject.at)
