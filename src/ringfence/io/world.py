"""What a collector is given: the target it shall look at, and the doors it may use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.formats.ocicrypt import WrappedKey, schemes
from ringfence.io import process
from ringfence.io.result_cache import ResultCache
from ringfence.io.rooted import Rooted
from ringfence.model.declare import PackageReader
from ringfence.model.finding import Problem, Storey


@dataclass(frozen=True, slots=True)
class Target:
    """What to look at: `kind` is `host`, `image`, `manifests` or `tree`; `ref` is what the user wrote.

    `platform` is `OS/ARCHITECTURE[/VARIANT]` of an image for several; empty: this machine's.
    """

    kind: str
    ref: str
    platform: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """The doors, with what is the same for a whole run.

    `readers` are the package readers the engine found, by storey. `cache` keeps results for the next run, if there is one.
    `offline` says that nothing may be asked of the network, `list_files` that the files of packages are wanted one by one.
    `report` takes what could not be done (it makes the run partial), `progress` one line about long work. `host` is the
    host's file system; tests give another. `recipients` says for whom the keys of an encrypted layer are wrapped.
    """

    node: str
    today: str
    host: Rooted = field(default_factory=lambda: Rooted("/"))
    ask: Callable[[Sequence[str]], bytes] = process.ask
    readers: Mapping[Storey, tuple[PackageReader, ...]] = field(default_factory=dict)
    cache: ResultCache | None = None
    offline: bool = False
    list_files: bool = False
    recipients: Callable[[tuple[WrappedKey, ...]], tuple[str, ...]] = schemes
    report: Callable[[Problem], None] = lambda _problem: None
    progress: Callable[[str], None] = lambda _line: None
