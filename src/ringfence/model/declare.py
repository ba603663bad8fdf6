"""How a plug-in says what it is: one module-level constant, written with literals only.

The engine's index reads these from the source text without importing the module, so every argument must be a literal.
The slug is the file's name with dashes; the first line of the module's docstring is the title.
"""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from ringfence.model.fact import Fact
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package


class Check(Fact):
    """A fault one can look for: module constant `CHECK`, beside `def check(subject) -> Outcome`.

    The annotation of `subject` says which facts the check reads; the engine walks everything a storey yields and asks the
    check about each value of that type. The slug names the fault, not the remedy.
    """

    slug: str
    severity: str
    kind: str
    remedy: str
    references: tuple[str, ...]
    since: str = "0.1"
    aliases: tuple[str, ...] = ()
    confidence: str = "high"


class Source(Fact):
    """A place facts come from: module constant `SOURCE`, beside `def collect(target, world) -> Iterator[Facts]`.

    `targets` are the kinds of target it can look at: `host`, `image`, `manifests`, `tree`.
    """

    slug: str
    targets: tuple[str, ...]


class Ecosystem(Fact):
    """A package format: module constant `ECOSYSTEM`, beside `def read(path, data, release) -> tuple[Package, ...]`.

    `files` are glob patterns of paths relative to the target's root, matched like gitignore's: a pattern without a slash
    matches the base name, one with a slash the whole path (`fnmatch` rules, `*` crosses slashes). With `executables` every
    program (an ELF file that may be executed) is read too; it is looked at at once, whatever the release.
    """

    slug: str
    files: tuple[str, ...]
    executables: bool = False


class Scheme(Fact):
    """An order of versions: module constant `SCHEME`, beside `def key(version)`, a sort key; `Malformed` if it is none.

    `ecosystems` are OSV's names without their `:release` suffix.
    """

    slug: str
    ecosystems: tuple[str, ...]


class Feed(Fact):
    """A source of advisories: module constant `FEED`. `url` is where the world gets it.

    `authority` is 2 for what a distribution publishes about its own packages, 1 for what others make of it, 0 for evidence
    that decides nothing alone (`model.advisory.Authority`). `usual` feeds are fetched unless others are named.
    """

    slug: str
    url: str
    licence: str
    authority: int = 1
    usual: bool = False


class ReportFormat(Fact):
    """A form a report can take: module constant `REPORT`, beside `def render(report, style) -> str`.

    `reissued` says that a document of it can take an earlier one's place.
    """

    slug: str
    reissued: bool = False


class PackageReader(Protocol):
    """A module that declares an `Ecosystem`. `read` is pure and raises only `Malformed`."""

    ECOSYSTEM: Ecosystem

    @staticmethod
    def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:
        """The packages that the file at `path` declares; `release` is the distribution of the target, if it has one."""


@runtime_checkable
class FileLister(Protocol):
    """A package reader whose files also say which files are whose."""

    @staticmethod
    def owned(path: str, data: bytes) -> Iterator[tuple[str, str]]:
        """Pairs of (package, file), the file's path with or without a slash before it. Raises only `Malformed`."""
