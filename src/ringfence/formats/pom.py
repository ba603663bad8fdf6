"""pom.xml of Maven, with the parents and imported managements that are at hand.

Source: maven.apache.org "POM Reference", "Introduction to the Dependency Mechanism" (management, import scope),
"Introduction to the POM" (inheritance and interpolation).
"""

import re
from collections.abc import Iterator, Mapping

from ringfence.formats import xml_tree
from ringfence.formats.xml_tree import Element
from ringfence.model.fact import Fact

MAX_ROUNDS = 20
"""Properties within properties."""
MAX_VALUE = 2_000
"""Characters of a value with its properties filled in: properties that double each other end here."""

_PROPERTY = re.compile(r"\$\{([^${}]+)\}")


class PomDependency(Fact):
    """A dependency or a managed one, as written: properties are not filled in."""

    group: str
    artifact: str
    version: str = ""
    scope: str = ""
    kind: str = ""
    optional: bool = False
    line: int | None = None


class Pom(Fact):
    """A pom as written. `parent` is group, artifact, version and relative path; empty if there is none."""

    group: str = ""
    artifact: str = ""
    version: str = ""
    parent: tuple[str, str, str, str] = ("", "", "", "")
    properties: tuple[tuple[str, str], ...] = ()
    dependencies: tuple[PomDependency, ...] = ()
    managed: tuple[PomDependency, ...] = ()
    plugins: tuple[PomDependency, ...] = ()
    modules: tuple[str, ...] = ()
    repositories: tuple[tuple[str, int], ...] = ()


def parse(data: bytes) -> Pom:
    """The pom in `data`. Raises `Malformed`, `LimitExceeded`."""
    root = xml_tree.parse(data, "pom.xml")
    parent = root.child("parent")
    place = parent.child("relativePath") if parent else None
    properties = root.child("properties")
    return Pom(
        group=root.said("groupId") or root.said("parent", "groupId"),
        artifact=root.said("artifactId"),
        version=root.said("version") or root.said("parent", "version"),
        parent=(
            root.said("parent", "groupId"),
            root.said("parent", "artifactId"),
            root.said("parent", "version"),
            "" if parent is None else place.text if place else "../pom.xml",
        ),
        properties=tuple((item.tag, item.text) for item in (properties.children if properties else ())),
        dependencies=tuple(_dependencies(root.all("dependencies", "dependency"))),
        managed=tuple(_dependencies(root.all("dependencyManagement", "dependencies", "dependency"))),
        plugins=tuple(_dependencies(root.all("build", "plugins", "plugin"))),
        modules=tuple(item.text for item in root.all("modules", "module")),
        repositories=tuple(
            (item.said("url"), item.line)
            for item in (*root.all("repositories", "repository"), *root.all("pluginRepositories", "pluginRepository"))
        ),
    )


def _dependencies(found: list[Element]) -> Iterator[PomDependency]:
    for item in found:
        yield PomDependency(
            group=item.said("groupId"),
            artifact=item.said("artifactId"),
            version=item.said("version"),
            scope=item.said("scope"),
            kind=item.said("type"),
            optional=item.said("optional") == "true",
            line=item.line,
        )


def filled(text: str, properties: Mapping[str, str]) -> str:
    """`text` with its properties; one that is not known, or that never ends, stays as `${name}`."""
    for _ in range(MAX_ROUNDS):
        made = _PROPERTY.sub(lambda seen: properties.get(seen[1].strip(), seen[0]), text)
        if made == text or len(made) > MAX_VALUE:
            break
        text = made
    return text
