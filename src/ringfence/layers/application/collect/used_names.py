"""The package names that files use, each once, and which much-used names they may be taken for."""

from collections.abc import Iterable, Iterator

from ringfence.knowledge.popular_names import neighbours, popular
from ringfence.layers.application.evaluate.look_alike import resembles
from ringfence.layers.application.facts import Declaration, Manifest, UsedName
from ringfence.model.knowledge import Known
from ringfence.model.location import Location


def used_names(manifests: Iterable[Manifest], declarations: Iterable[Declaration]) -> Iterator[UsedName]:
    """Names from registries that there is a list of much-used names for."""
    seen: set[tuple[str, str]] = set()
    for ecosystem, name, at in _all(manifests, declarations):
        known = popular(ecosystem)
        if known and (ecosystem, name) not in seen:
            seen.add((ecosystem, name))
            other = resembles(name, known, neighbours(ecosystem))
            yield UsedName(ecosystem=ecosystem, name=name, resembles=Known(other), at=at)


def _all(manifests: Iterable[Manifest], declarations: Iterable[Declaration]) -> Iterator[tuple[str, str, Location]]:
    for declaration in declarations:
        for ask in declaration.asks:
            if ask.source == "registry":
                yield declaration.ecosystem, ask.name, Location(path=declaration.path, line=ask.line)
    for manifest in manifests:
        for item in manifest.dependencies:
            if item.source == "registry":
                yield item.ecosystem, item.name, item.at
