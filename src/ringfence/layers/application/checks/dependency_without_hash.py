"""A lock file does not say what its packages contain.

A version is only a name: a registry, a mirror or a proxy that gives other bytes under it goes unnoticed unless the lock file
has their hash. With hashes, what was reviewed once is what every later build installs.

It is legitimate where all packages come from a mirror whose content the organisation fixes itself.
"""

from ringfence.layers.application.facts import Dependency, Manifest
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="dependency-without-hash",
    severity="low",
    kind="integrity",
    remedy="Write the file again with hashes: `pip-compile --generate-hashes`, `uv lock`, or a current `npm install`.",
    references=("https://pip.pypa.io/en/stable/topics/secure-installs/",),
)
_ELSEWHERE = {
    "Go": "go.sum keeps the hashes of Go modules",
    "Maven": "Gradle keeps hashes in verification-metadata.xml, not in its lock",
}
MAX_SHOWN = 10
"""Dependencies named as evidence; the rest are counted."""


def check(subject: Manifest) -> Outcome:
    """Whether each dependency from a registry or an address has a hash."""
    if subject.ecosystem in _ELSEWHERE:
        return NotApplicable(why=_ELSEWHERE[subject.ecosystem])
    asked = [item for item in subject.dependencies if item.source in ("registry", "archive")]
    if not subject.lock or not asked:
        return NotApplicable(why="it locks nothing that could have a hash")
    without = [item for item in asked if item.hashed == Known(False)]
    if without:
        return Broken(
            because=f"{len(without)} of {len(asked)} packages have no hash",
            at=Location(path=subject.path, line=without[0].at.line),
            evidence=(*(_line(item) for item in without[:MAX_SHOWN]), *_more(len(without))),
        )
    for item in asked:
        match item.hashed:
            case Unknown(reason):
                return Undecided(why=f"{item.name}: {reason}")
            case Known():
                pass
    return Holds()


def _line(item: Dependency) -> str:
    return f"{item.at}: {item.name} {item.specifier}".rstrip()


def _more(count: int) -> tuple[str, ...]:
    return (f"and {count - MAX_SHOWN} more",) if count > MAX_SHOWN else ()
