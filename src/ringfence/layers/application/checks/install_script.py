"""Installing a dependency runs code of its own.

A package's install script runs with all rights of whoever builds: it can read the build's secrets and change what is built.
Most attacks through npm use it, because it needs no call from the application at all.

It is legitimate for packages that compile native code or fetch a binary; the point is to know these few and allow no others.
"""

from ringfence.layers.application.facts import Dependency
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="install-script",
    severity="low",
    kind="integrity",
    remedy="Install with `npm ci --ignore-scripts` and run the few scripts you need by name.",
    references=("https://docs.npmjs.com/cli/using-npm/scripts#npm-install",),
)


def check(subject: Dependency) -> Outcome:
    """Whether the lock file marks the package as one with an install script."""
    if subject.ecosystem != "npm":
        return NotApplicable(why="only npm's lock files speak of install scripts")
    match subject.install_script:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Broken(because=f"{subject.name} {subject.specifier} runs a script when it is installed", at=subject.at)
        case Known():
            return Holds()
