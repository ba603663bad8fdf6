"""What one folder of a source tree says: its dependencies, and how images are built of it."""

from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

import msgspec

from ringfence.formats.build_recipe import Recipe
from ringfence.formats.declared import Declared
from ringfence.formats.locked import Member, Need
from ringfence.formats.pipeline import Pipeline
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
    it runs code of its own. `key`, `needs` and `answers` are as in `formats.locked`: who brings in whom. `direct` says
    whether the project asks for it itself, `withdrawn` why its publisher wants it used no more.
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
    key: str = ""
    needs: tuple[Need, ...] = ()
    answers: tuple[str, ...] = ()
    direct: Maybe[bool] = NOT_TOLD
    withdrawn: str = ""
    at: Location = Location()


class PackageIndex(Fact):
    """Where a file tells the installer to look: `kind` is `index`, `extra-index`, `trusted-host`, `find-links` or `scope`.

    `scope` is what alone is looked for there (`@acme`), where `kind` is that.
    """

    kind: str
    url: str
    scope: str = ""
    at: Location = Location()


class Replacement(Fact):
    """A module that go.mod puts in another's place; `local` if it is a folder."""

    module: str
    by: str
    local: bool
    at: Location = Location()


class UsedName(Fact):
    """A package name that a folder's files use; `resembles` is the much-used name it may be taken for, or empty."""

    ecosystem: str
    name: str
    resembles: Maybe[str]
    at: Location = Location()


class CodeImport(Fact, gc=False):
    """A module or package that a source file imports, with the names it takes out of it; `packages` are whose it may be."""

    module: str
    names: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    at: Location = Location()


class CodeImports(Fact):
    """What the code of a tree imports, in one language; only of packages that the lock files name.

    `files` is how many source files there are, `dynamic` the places that import what only a run would tell, `unread` files
    that could not be read, `known` packages whose modules are known, `compiled` packages that vendoring copied.
    """

    ecosystem: str
    files: int
    imports: tuple[CodeImport, ...] = ()
    dynamic: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()


class Manifest(Fact):
    """One file that was read. `lock` says that its form fixes versions; `includes` are files it names besides,
    `constraints` those that only bound its versions, `members`
    the projects it is for, with what they ask for themselves; `hashes_for` the packages (`name@version`) whose content it
    fixes for another file, `compiled` the packages of modules it says are built; `unread` the lines that no rule of the form
    explains, `untold` those whose package has a version that the tree does not tell, and why.
    """

    path: str
    ecosystem: str
    lock: bool
    packages: tuple[Package, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    members: tuple[Member, ...] = ()
    indexes: tuple[PackageIndex, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    includes: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    hashes_for: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()
    unread: tuple[int, ...] = ()
    untold: tuple[tuple[int, str], ...] = ()


class Declaration(Fact):
    """A project's own file (pyproject.toml, package.json, go.mod): how many dependencies it declares for running and
    developing, which they are, and which lock files stand beside it or above it in the tree.

    `covered` says that one of these is for this very project, not for another above it; `held` is the version that it keeps
    of each name declared, `registries` where the installer is told to look here, `siblings` the names of all projects of the
    tree. `locking` says that a lock is usual for files of this form.
    """

    path: str
    ecosystem: str
    declares: Maybe[int]
    locks: tuple[str, ...] = ()
    name: str = ""
    asks: tuple[Declared, ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    covered: bool = True
    registries: tuple[PackageIndex, ...] = ()
    siblings: tuple[str, ...] = ()
    locking: bool = True


class Facts(Fact):
    """One folder of one source tree. Paths are relative to the tree's root."""

    target: str
    folder: str
    manifests: tuple[Manifest, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    names: tuple[UsedName, ...] = ()
    code: tuple[CodeImports, ...] = ()
    recipes: tuple[Recipe, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()

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

    def without_dev(self) -> "Facts":
        """The same without packages and dependencies that only development needs."""
        kept = tuple(
            msgspec.structs.replace(
                item,
                packages=tuple(package for package in item.packages if not package.dev),
                dependencies=tuple(one for one in item.dependencies if not one.dev),
            )
            for item in self.manifests
        )
        return msgspec.structs.replace(self, manifests=kept)

    def subjects(self) -> Iterator[object]:
        """Everything a check may be asked about."""
        yield self
        for declaration in self.declarations:
            yield declaration
            yield from (item for item in declaration.registries if item.at.path == declaration.path)
        yield from self.names
        for recipe in self.recipes:
            yield recipe
            yield from (*recipe.bases, *recipe.steps, *recipe.copies)
            yield from (*recipe.variables, *recipe.commands, *recipe.credentials)
        for pipeline in self.pipelines:
            yield pipeline
            yield from (*pipeline.includes, *pipeline.credentials)
            for job in pipeline.jobs:
                yield job
                yield from (*job.steps, *job.images)
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


Beside = Callable[[str], bytes | None]
"""Another file of the tree, by its path from the root; None if it is not there."""


@runtime_checkable
class JoiningReader(Protocol):
    """A manifest reader whose file is understood only with others of the tree: parents, central versions."""

    @staticmethod
    def joined(path: str, data: bytes, beside: Beside) -> Manifest:
        """The file at `path` with what it takes from others. Raises as `ManifestReader.manifest`."""


@runtime_checkable
class DeclarationReader(Protocol):
    """A package reader of this storey whose file declares what a project wants."""

    ECOSYSTEM: Ecosystem

    @staticmethod
    def declaration(path: str, data: bytes) -> Declaration:
        """What the file at `path` declares. Pure; raises only `Malformed` and `LimitExceeded`."""


Reader = ManifestReader | DeclarationReader
"""Whatever reads a file of a source tree."""


def known(value: bool | None) -> Known[bool] | Unknown:
    """A parser's answer, where None means that the format does not say."""
    return NOT_TOLD if value is None else Known(value)
