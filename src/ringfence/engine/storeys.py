"""What the engine knows of a storey: that it has facts, relations, sources and checks. Never what they are about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from ringfence.engine.index import Plugin, plugins
from ringfence.io.world import Target, World
from ringfence.model.declare import PackageReader
from ringfence.model.finding import Storey
from ringfence.model.node import Relations
from ringfence.model.outcome import Outcome
from ringfence.model.package import Package
from ringfence.model.workload import Workload


class StoreyFacts(Protocol):
    """What one source found in one target, whatever the storey."""

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages in it."""

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """The containers in it."""

    @property
    def about(self) -> str:
        """What the facts are about, where that is narrower than the target that was looked at; else empty."""

    def subjects(self) -> Iterator[object]:
        """Everything a check may be asked about."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts with where they came from: what a `Section` of the Stack is, decoded."""

    storey: Storey
    source: str
    target: str
    facts: StoreyFacts


@dataclass(frozen=True, slots=True)
class LoadedCheck:
    """A check ready to be asked: `subject` is the type its parameter is annotated with."""

    plugin: Plugin
    subject: type
    ask: Callable[[object], Outcome]


def facts_type(storey: Storey) -> type[StoreyFacts]:
    """The storey's `Facts`."""
    return cast("type[StoreyFacts]", import_module(f"ringfence.layers.{storey.value}.facts").Facts)


def relations(gathered: Gathered) -> Relations:
    """What the storey says these facts are to each other."""
    module = import_module(f"ringfence.layers.{gathered.storey.value}.relations")
    return cast("Callable[[StoreyFacts], Relations]", module.relations)(gathered.facts)


def collect_of(source: Plugin) -> Callable[[Target, World], Iterator[StoreyFacts]]:
    """The `collect` of a source plug-in."""
    return cast("Callable[[Target, World], Iterator[StoreyFacts]]", source.load().collect)


class _Readers(Mapping[Storey, tuple[PackageReader, ...]]):
    """By storey, imported when a storey asks for its own."""

    def __init__(self) -> None:
        self._found: dict[Storey, tuple[PackageReader, ...]] = {}

    def __getitem__(self, storey: Storey) -> tuple[PackageReader, ...]:
        if storey not in self._found:
            self._found[storey] = tuple(cast("PackageReader", item.load()) for item in plugins("ECOSYSTEM", storey.value))
        return self._found[storey]

    def __iter__(self) -> Iterator[Storey]:
        return iter(Storey)

    def __len__(self) -> int:
        return len(Storey)


def readers() -> Mapping[Storey, tuple[PackageReader, ...]]:
    """The package readers of each storey."""
    return _Readers()


def checks(types: Iterable[type] | None = None) -> tuple[LoadedCheck, ...]:
    """Every check, imported, with the type of its subject; of these `types` of subjects alone, if they are given.

    A storey's own facts can only be the subject of its own checks, for no storey knows another's (see `.importlinter`).
    """
    wanted = {_storey_of(item) for item in types} if types is not None else {""}
    return tuple(_loaded(item) for item in plugins("CHECK") if "" in wanted or item.storey in wanted)


def _storey_of(subject: type) -> str:
    """The storey whose facts a type is of; empty for one that all storeys share."""
    parts = subject.__module__.split(".")
    return parts[2] if parts[:2] == ["ringfence", "layers"] and len(parts) > 2 else ""


def _loaded(item: Plugin) -> LoadedCheck:
    ask = cast("Callable[[object], Outcome]", item.load().check)
    subject = next(hint for name, hint in ask.__annotations__.items() if name != "return")
    return LoadedCheck(item, cast("type", subject), ask)
