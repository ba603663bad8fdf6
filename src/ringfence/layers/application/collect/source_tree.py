"""A source tree, or one lock file that the user named."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from ringfence.errors import LimitExceeded, RingfenceError, Unavailable, UnreadableInput
from ringfence.formats import dockerfile, pipeline
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.application.collect.code_imports import code_imports
from ringfence.layers.application.collect.installed_trees import INSTALLED, installed
from ringfence.layers.application.collect.manifest_readers import Readers
from ringfence.layers.application.collect.used_names import used_names
from ringfence.layers.application.evaluate.chains import settled
from ringfence.layers.application.evaluate.locking import asking, constrained, covers, held
from ringfence.layers.application.facts import (
    Declaration,
    DeclarationReader,
    Facts,
    JoiningReader,
    Manifest,
    ManifestReader,
    PackageIndex,
    Reader,
)
from ringfence.model.declare import Source
from ringfence.model.finding import Problem, Storey
from ringfence.model.knowledge import Unknown
from ringfence.model.package import Package

SOURCE = Source(slug="source-tree", targets=("tree",))

SKIPPED = INSTALLED | frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".tox", ".nox"} | {"dist", "build", "target", "vendor", ".mypy_cache", ".cache"}
)
"""Folders that hold what was installed, built or copied, not what the project says."""
MAX_FILES = 20_000
"""Manifests and lock files read in one tree."""
MAX_FILE_BYTES = 32 * 1024 * 1024
"""Bytes read of one manifest or lock file."""
VENDORED = ".cargo-checksum.json"
"""What `cargo vendor` leaves in the folder of each crate it copied: such a crate's own files are not the project's."""
SOURCES = (".py", ".pyw", ".go")
"""Endings of the source files whose imports are read."""


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One `Facts` for each folder with a manifest or lock file.

    Raises `UnreadableInput` if the target is not there, or is one file that cannot be read.
    """
    if target.kind != "tree":
        return
    readers = Readers(world.readers.get(Storey.APPLICATION, ()))
    if os.path.isdir(target.ref):
        yield from _Walk(target.ref, readers, world).facts()
    elif os.path.isfile(target.ref) and not _judged_otherwise(target.ref):
        yield _one_file(target.ref, readers)
    elif not os.path.exists(target.ref):
        raise UnreadableInput("is not there", where=target.ref, mend="name a folder or a lock file")


def _judged_otherwise(path: str) -> bool:
    """Whether a file is none with dependencies, but a recipe or a pipeline of GitLab."""
    return dockerfile.is_name(os.path.basename(path)) or pipeline.is_gitlab(os.path.abspath(path))


def _one_file(path: str, readers: Readers) -> Facts:
    folder, name = os.path.split(path)
    # Workflows are known by their folder.
    reader = readers.of(name) or readers.of(os.path.abspath(path))
    if reader is None:
        raise UnreadableInput("is no lock file that can be read", where=path, mend=f"known are {readers.names()}")
    root = Rooted(folder or ".")
    manifests: tuple[Manifest, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    try:
        data = root.read(name, MAX_FILE_BYTES)
        if isinstance(reader, DeclarationReader):
            declarations = (reader.declaration(name, data),)
        if isinstance(reader, ManifestReader):
            manifests = (_manifest(reader, name, data, root),)
    except RingfenceError as cause:
        raise UnreadableInput(cause.wrong, where=path, mend=cause.mend or "make the file again") from cause
    return Facts(
        target=path,
        folder="",
        names=tuple(used_names(manifests, declarations)),
        manifests=tuple(settled(item, declarations) for item in manifests),
        # That no lock lies beside it was not looked at.
        declarations=() if manifests else declarations,
    )


def _manifest(reader: ManifestReader, path: str, data: bytes, root: Rooted) -> Manifest:
    if not isinstance(reader, JoiningReader):
        return reader.manifest(path, data)

    def beside(there: str) -> bytes | None:
        try:
            return root.read(there, MAX_FILE_BYTES)
        except Unavailable:
            return None

    return reader.joined(path, data, beside)


@dataclass(slots=True)
class _Walk:
    """One walk over a tree. `read` keeps what was read, by path."""

    ref: str
    readers: Readers
    world: World
    read: dict[str, Manifest] = field(default_factory=dict)
    declared: dict[str, Declaration] = field(default_factory=dict)
    locks: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    trees: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    vendored: set[str] = field(default_factory=set)

    def facts(self) -> Iterator[Facts]:
        root = Rooted(self.ref)
        if os.path.basename(os.path.abspath(self.ref)) in INSTALLED or root.exists("pyvenv.cfg"):
            self.trees.append("")
        else:
            self._walk(root)
        self._leave_vendored()
        for path in tuple(self.read):
            self._follow(root, path)
        for path, manifest in tuple(self.read.items()):
            if manifest.constraints:
                self.read[path] = self._constrained(root, manifest)
        for path, manifest in self.read.items():
            if manifest.lock and path not in self.declared:
                self._lock(path, manifest.ecosystem)
        self._installed(root)
        declarations = {path: self._declaration(item) for path, item in self.declared.items()}
        manifests = {path: self._settled(item, declarations) for path, item in self.read.items()}
        self.world.progress(f"application: what {len(self.sources):,} source files import")
        code = tuple(code_imports(root, self.sources, manifests.values()))
        for folder in sorted({_folder(path) for path in (*manifests, *declarations)}):
            here = tuple(item for path, item in sorted(manifests.items()) if _folder(path) == folder)
            asking_here = tuple(item for path, item in sorted(declarations.items()) if _folder(path) == folder)
            yield Facts(
                target=self.ref,
                folder=folder,
                manifests=here,
                declarations=asking_here,
                names=tuple(used_names(here, asking_here)),
                code=code,
            )
            code = ()  # it is the whole tree's: the first folder tells it

    def _walk(self, root: Rooted) -> None:
        for entry in root.walk(skip=SKIPPED):
            if not entry.is_file:
                name = _name(entry.path)
                if name in INSTALLED:
                    self.trees.append(entry.path)
                elif name == "vendor" and root.exists(f"{entry.path}/modules.txt"):
                    self._look_at(root, f"{entry.path}/modules.txt")
                continue
            if _name(entry.path) == VENDORED:
                self.vendored.add(_folder(entry.path))
            if entry.path.endswith(SOURCES):
                self.sources.append(entry.path)
            self._look_at(root, entry.path)

    def _leave_vendored(self) -> None:
        """Copies of others' crates have manifests and locks of their own, which say nothing about this project."""

        def own(path: str) -> bool:
            return self.vendored.isdisjoint(upwards(_folder(path)))

        self.read = {path: item for path, item in self.read.items() if own(path)}
        self.declared = {path: item for path, item in self.declared.items() if own(path)}

    def _look_at(self, root: Rooted, path: str) -> None:
        reader = self.readers.of(path)
        if reader:
            self._read(root, path, reader)
        elif _name(path) == "bun.lockb":
            self._report(path, "bun's binary lock is not read: its packages are not assessed; 'bun install' writes bun.lock")

    def _read(self, root: Rooted, path: str, reader: Reader) -> None:
        if len(self.read) + len(self.declared) >= MAX_FILES:
            raise LimitExceeded("manifests of one tree", MAX_FILES, where=self.ref)
        try:
            data = root.read(path, MAX_FILE_BYTES)
            if isinstance(reader, DeclarationReader):
                self.declared[path] = reader.declaration(path, data)
            if isinstance(reader, ManifestReader):
                found = self.read[path] = _manifest(reader, path, data, root)
                for line in found.unread:
                    self._report(f"{path}:{line}", "is nothing that can be read as a dependency")
                self._report_untold(path, found)
        except RingfenceError as cause:
            if isinstance(reader, DeclarationReader):
                why = Unknown(f"{path} could not be read: {cause.wrong}")
                self.declared[path] = Declaration(path=path, ecosystem="", declares=why)
            self._report(path, cause.wrong)

    def _report_untold(self, path: str, found: Manifest) -> None:
        """One line a file: a project may take every version from a parent that is elsewhere."""
        if found.untold:
            line, why = found.untold[0]
            more = f"; so it is with {len(found.untold) - 1} more" if len(found.untold) > 1 else ""
            self._report(f"{path}:{line}" if line else path, f"{why}: not assessed{more}")

    def _follow(self, root: Rooted, path: str) -> None:
        """The files that a requirements file includes, as far as they lie in the tree."""
        # What is included may be called anything: it is read as the file that includes it.
        reader = self.readers.of(path)
        pending = [(path, include) for include in self.read[path].includes]
        while pending and reader:
            here, include = pending.pop()
            there = joined(_folder(here), include)
            if there is None or not root.exists(there):
                self._report(here, f"includes {include}, which is not in the tree: its packages are not assessed")
            elif there not in self.read:
                self._read(root, there, reader)
                if there in self.read:
                    pending.extend((there, more) for more in self.read[there].includes)

    def _constrained(self, root: Rooted, manifest: Manifest) -> Manifest:
        """What a requirements file leaves open, its constraints may pin."""
        # Files that others include may be called anything.
        reader = self.readers.of(manifest.path) or self.readers.of("requirements.txt")
        pins: dict[str, Package] = {}
        for name in manifest.constraints:
            there = joined(_folder(manifest.path), name)
            if there is None or not root.exists(there) or not isinstance(reader, ManifestReader):
                self._report(manifest.path, f"is constrained by {name}, which is not in the tree: what it pins is not told")
                continue
            try:
                found = self.read.get(there) or reader.manifest(there, root.read(there, MAX_FILE_BYTES))
            except RingfenceError as cause:
                self._report(there, cause.wrong)
                continue
            pins.update((package.name, package) for package in found.packages)
        return constrained(manifest, pins)

    def _installed(self, root: Rooted) -> None:
        """What is installed speaks only where no lock file does: it is a copy of what that says."""
        for path in self.trees:
            for manifest in installed(root, path, self._report):
                if not self._locks_at(_folder(path), manifest.ecosystem):
                    self.read[manifest.path] = manifest

    def _locks_at(self, folder: str, ecosystem: str) -> list[str]:
        """Lock files of an ecosystem in a folder or above it, the nearest first."""
        return [lock for here in upwards(folder) for kind, lock in self.locks.get(here, ()) if kind == ecosystem]

    def _declaration(self, item: Declaration) -> Declaration:
        locks = tuple(self._locks_at(_folder(item.path), item.ecosystem))
        mine = [self.read[path] for path in locks if path in self.read and covers(self.read[path], item)]
        return msgspec.structs.replace(
            item,
            locks=locks,
            held=held(item, mine),
            covered=bool(mine),
            registries=(*item.registries, *self._registries(item)),
            siblings=tuple(
                sorted({other.name for other in self.declared.values() if other.name and other.ecosystem == item.ecosystem})
            ),
        )

    def _registries(self, item: Declaration) -> Iterator[PackageIndex]:
        folders = set(upwards(_folder(item.path)))
        for path, manifest in self.read.items():
            if manifest.ecosystem == item.ecosystem and _folder(path) in folders:
                yield from manifest.indexes

    def _settled(self, manifest: Manifest, declarations: dict[str, Declaration]) -> Manifest:
        own = declarations.get(manifest.path)
        if own and own.locks and not manifest.lock:
            # The lock says it better: the packages of a project file are only its direct ones.
            return msgspec.structs.replace(manifest, packages=())
        return settled(manifest, asking(manifest, declarations.values()))

    def _lock(self, path: str, ecosystem: str) -> None:
        known = self.locks.setdefault(_folder(path), [])
        if (ecosystem, path) not in known:
            known.append((ecosystem, path))

    def _report(self, path: str, why: str) -> None:
        self.world.report(Problem(where=f"{self.ref.rstrip('/')}/{path}", why=why))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def upwards(folder: str) -> Iterator[str]:
    """A folder and those above it, up to the root of the tree, which is empty."""
    while folder:
        yield folder
        folder = _folder(folder)
    yield ""


def joined(folder: str, path: str) -> str | None:
    """`path` as seen from `folder`, relative to the root; None if it is an address or leads out of the tree."""
    if "://" in path or path.startswith("/"):
        return None
    parts = folder.split("/") if folder else []
    for part in path.split("/"):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
