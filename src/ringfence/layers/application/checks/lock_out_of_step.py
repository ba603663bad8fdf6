"""A lock file does not have what the manifest asks for.

Somebody changed the one and not the other. The next install either fails, or silently takes what the registry offers that
day and writes a new lock: then what was reviewed and scanned is not what is built.

It is legitimate for dependencies of other platforms in tools that leave these out of their lock.
"""

from ringfence.formats.declared import Declared
from ringfence.layers.application.facts import Declaration
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided
from ringfence.versions.admits import admits

CHECK = Check(
    slug="lock-out-of-step",
    severity="medium",
    kind="integrity",
    remedy="Write the lock again, review what changes, and install with what refuses to differ (`npm ci`, `--frozen`).",
    references=("https://docs.npmjs.com/cli/commands/npm-ci", "https://docs.astral.sh/uv/concepts/projects/sync/"),
)
MAX_SHOWN = 10
"""Dependencies named as evidence; the rest are counted."""

_PARTIAL = frozenset({"RubyGems", "Maven", "NuGet", "SwiftURL", "ConanCenter", "vcpkg", "conda"})
"""Ecosystems whose locks leave out what another platform or framework needs, or name it otherwise."""


def check(subject: Declaration) -> Outcome:
    """Whether each dependency is in the lock, at a version that its range lets in."""
    if isinstance(subject.declares, Unknown):
        return Undecided(why=subject.declares.reason)
    if not subject.locks:
        return NotApplicable(why="there is no lock file")
    if not subject.covered:
        return NotApplicable(why="the lock file above it is another project's")
    asked = [item for item in subject.asks if item.source == "registry"]
    if not asked:
        return NotApplicable(why="it asks for nothing from a registry")
    versions: dict[str, list[str]] = {}
    for name, version in subject.held:
        versions.setdefault(name, []).append(version)
    # A pinned requirements file is made for one purpose: extras and development may be in another.
    whole = subject.ecosystem not in _PARTIAL and not all(
        "requirements" in path or path.endswith(".txt") for path in subject.locks
    )
    wrong = [said for item in asked if (said := _fault(subject.ecosystem, item, versions.get(item.name, []), whole=whole))]
    if not wrong:
        return Holds()
    more = (f"and {len(wrong) - MAX_SHOWN} more",) if len(wrong) > MAX_SHOWN else ()
    return Broken(
        because=f"{subject.locks[0]} is out of step with {subject.path}: {wrong[0]}",
        at=Location(path=subject.path, line=_line(subject, wrong[0])),
        evidence=(*wrong[1:MAX_SHOWN], *more),
    )


def _fault(ecosystem: str, item: Declared, held: list[str], *, whole: bool) -> str:
    if not held:
        wanted = whole and item.group != "optional"
        return f"{item.name} {item.specifier}".rstrip() + " is not in it" if wanted else ""
    if any(admits(ecosystem, item.specifier, version) is not False for version in held):
        return ""
    return f"{item.name} is at {held[0]}, and {item.specifier} is asked for"


def _line(subject: Declaration, said: str) -> int | None:
    return next((item.line for item in subject.asks if said.startswith(f"{item.name} ")), None)
