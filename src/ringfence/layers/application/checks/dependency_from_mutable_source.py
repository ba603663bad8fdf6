"""A dependency comes from a branch, a tag or an address whose content can change.

Whoever can push to the branch, move the tag or replace the file decides what the next build runs, and no version number will
show it. Such a dependency also escapes advisories, which speak of released versions.

It is legitimate for a short time while a fix waits for its release; then the commit should be named.
"""

from ringfence.layers.application.facts import Dependency
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="dependency-from-mutable-source",
    severity="high",
    kind="integrity",
    remedy="Name a whole commit id, or add the file's hash; better, use a released version from the registry.",
    references=("https://pip.pypa.io/en/stable/topics/vcs-support/", "https://slsa.dev/spec/v1.0/threats"),
)


def check(subject: Dependency) -> Outcome:
    """Whether what a git reference or an address gives can change."""
    if subject.source not in ("git", "archive"):
        return NotApplicable(why="it comes from a registry or from the tree itself")
    match subject.immutable:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Holds()
        case Known():
            place = (
                f"{subject.url} at {subject.reference or 'its default branch'}" if subject.source == "git" else subject.url
            )
            what = (
                "a reference that can be moved" if subject.source == "git" else "an address, and no hash fixes the content"
            )
            # An action's tag is what its users are told to write; a commit is better, and a tag no branch.
            action = subject.ecosystem == "GitHub Actions"
            return Broken(
                because=f"{subject.name} comes from {place}: {what}",
                at=subject.at,
                severity=Severity.MEDIUM if action else None,
            )
