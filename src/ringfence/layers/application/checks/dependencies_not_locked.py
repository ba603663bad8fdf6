"""A project declares dependencies and has no lock file.

Only a lock file fixes what dependencies of dependencies get installed. Without one a build takes what the registry offers
that day, so a hijacked package five steps away reaches the next image, and no scan of the source can tell what is in it.

It is legitimate for a library that others install: its users lock. Whatever becomes an image is none.
"""

from ringfence.layers.application.facts import Declaration
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="dependencies-not-locked",
    severity="medium",
    kind="misconfiguration",
    remedy="Write the lock file of your package manager and commit it (`uv lock`, `npm install --package-lock-only`, ...).",
    references=("https://slsa.dev/spec/v1.0/threats", "https://docs.npmjs.com/cli/configuring-npm/package-lock-json"),
)


def check(subject: Declaration) -> Outcome:
    """Whether a lock file stands beside the declaration or above it."""
    if subject.locks:
        return Holds()
    if not subject.locking:
        return NotApplicable(why="files of this form have no lock file in common use")
    match subject.declares:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(0):
            return NotApplicable(why="it declares no dependencies")
        case Known(count):
            return Broken(
                because=f"it declares {count} dependencies and there is no lock file for {subject.ecosystem}",
                at=Location(path=subject.path),
            )
