"""A package that looks internal may be taken from the public registry.

Whoever registers the name of an internal package on the public registry, with a higher version, gets run in the build of
everybody whose tool asks there too. That is how the code of dozens of companies was entered in 2021.

A scope of the project's own that no `.npmrc` binds to a registry, and a name that calls itself internal, are what attackers
look for. It is legitimate where the scope or the name is yours on the public registry.
"""

import re

from ringfence.formats.declared import Declared
from ringfence.layers.application.facts import Declaration
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="dependency-confusion",
    severity="high",
    kind="integrity",
    remedy="Bind the scope to your registry (`@scope:registry=` in .npmrc), or use one index that holds both.",
    references=(
        "https://medium.com/@alex.birsan/dependency-confusion-4a5d60fec610",
        "https://docs.npmjs.com/cli/using-npm/scope",
    ),
    confidence="medium",
)
PUBLIC = ("registry.npmjs.org", "registry.yarnpkg.com", "pypi.org", "rubygems.org", "repo.packagist.org")
"""Hosts of public registries, which anybody may publish to."""

_ASKED_TWICE = frozenset({"npm", "PyPI"})
"""Ecosystems whose tools take any name from the public registry unless told otherwise."""

_INTERNAL = re.compile(r"(?:^|[-_./])(?:internal|intranet|inhouse|in-house|private|corp|confidential)(?:[-_./]|$)")


def check(subject: Declaration) -> Outcome:
    """Whether a name that looks internal is asked for where the public registry answers."""
    if isinstance(subject.declares, Unknown):
        return Undecided(why=subject.declares.reason)
    if subject.ecosystem not in _ASKED_TWICE:
        return NotApplicable(why="its tool asks one registry, and names are not taken from another")
    asked = [item for item in subject.asks if item.source == "registry" and item.name not in subject.siblings]
    if not asked:
        return NotApplicable(why="it asks for nothing from a registry")
    if any(item.kind == "index" and not _public(item.url) for item in subject.registries) and not any(
        item.kind == "extra-index" for item in subject.registries
    ):
        return Holds()
    bound = {item.scope for item in subject.registries if item.kind == "scope"}
    own = {_scope(name) for name in (*subject.siblings, subject.name) if _scope(name)}
    wrong = [(item, why) for item in asked if (why := _why(item, own - bound, bound))]
    if not wrong:
        return Holds()
    first, why = wrong[0]
    return Broken(
        because=f"{first.name} {why}",
        at=Location(path=subject.path, line=first.line),
        evidence=tuple(f"{item.name} {said}" for item, said in wrong[1:10]),
    )


def _why(item: Declared, unbound: set[str], bound: set[str]) -> str:
    scope = _scope(item.name)
    if scope in unbound:
        return f"is of the project's own scope {scope}, is not in the tree, and no registry is set for that scope"
    if scope not in bound and _INTERNAL.search(item.name):
        return "calls itself internal, and is asked for at the public registry"
    return ""


def _scope(name: str) -> str:
    return name.partition("/")[0] if name.startswith("@") and "/" in name else ""


def _public(url: str) -> bool:
    return any(host in url for host in PUBLIC)
