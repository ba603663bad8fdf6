"""What one folder of a source tree says about dependencies."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from ringfence.model.declare import Ecosystem
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.package import Package
from ringfence.model.workload import Workload

NOT_TOLD = Unknown("this file does not say")
"""The default of what a file's format has no place for."""


class Dependency(Fact):
    """A dependency as one file states it.

    `source` is `registry`, `git`, `archive` (a file at an address) or `path`; `reference` is the git reference. `pinned`
    says whether exactly one version fits, `hashed` whether the file fixes its content, `install_script` whether installing
    it runs code of its own.
    """

    name: str
    ecosystem: str
    specifier: str = ""
    pinned: Maybe[bool] = NOT_TOLD
    hashed: Maybe[bool] = NOT_TOLD
    install_script: Maybe[bool] = NOT_TOLD
    source: str = "registry"
    url: str = ""
    reference: str = ""
    immutable: Maybe[bool] = NOT_TOLD
    marker: str = ""
    dev: bool = False
    at: Location = Location()


class PackageIndex(Fact):
    """Where a file tells the installer to look: `kind` is `index`, `extra-index`, `trusted-host` or `find-links`."""

    kind: str
    url: str
    at: Location = Location()


class Replacement(Fact):
    """A module that go.mod puts in another's place; `local` if it is a folder."""

    module: str
    by: str
    local: bool
    at: Location = Location()


class Manifest(Fact):
    """One file that was read. `lock` says that its form fixes versions; `includes` are files it names besides."""

    path: str
    ecosystem: str
    lock: bool
    packages: tuple[Package, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    indexes: tuple[PackageIndex, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    includes: tuple[str, ...] = ()
    unread: tuple[int, ...] = ()


class Declaration(Fact):
    """A project's own file (pyproject.toml, package.json, go.mod): how many dependencies it declares, and which lock
    files stand beside it or above it in the tree.
    """

    path: str
    ecosystem: str
    declares: Maybe[int]
    locks: tuple[str, ...] = ()


class Facts(Fact):
    """One folder of one source tree. Paths are relative to the tree's root."""

    target: str
    folder: str
    manifests: tuple[Manifest, ...] = ()
    declarations: tuple[Declaration, ...] = ()

    @property
    def packages(self) -> tuple[Package, ...]:
        """Every package at a fixed version, once for each file that names it."""
        return tuple(package for manifest in self.manifests for package in manifest.packages)

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """None: a source tree runs nothing."""
        return ()

    @property
    def about(self) -> str:
        """Nothing narrower than the target itself."""
        return ""

    def subjects(self) -> Iterator[object]:
        """Everything a check may be asked about."""
        yield self
        yield from self.declarations
        for manifest in self.manifests:
            yield manifest
            yield from manifest.dependencies
            yield from manifest.indexes
            yield from manifest.replacements


@runtime_checkable
class ManifestReader(Protocol):
    """A package reader of this storey: besides packages it gives everything else its file says."""

    ECOSYSTEM: Ecosystem

    @staticmethod
    def manifest(path: str, data: bytes) -> Manifest:
        """The file at `path`. Pure; raises only `Malformed` and `LimitExceeded`."""


def known(value: bool | None) -> Known[bool] | Unknown:
    """A parser's answer, where None means that the format does not say."""
    return NOT_TOLD if value is None else Known(value)
