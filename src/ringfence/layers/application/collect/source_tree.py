"""A source tree, or one lock file that the user named."""

import fnmatch
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ringfence.errors import LimitExceeded, RingfenceError, UnreadableInput
from ringfence.formats import declared_dependencies, go_mod
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.application.facts import Declaration, Facts, Manifest, ManifestReader
from ringfence.model.declare import Source
from ringfence.model.finding import Problem, Storey
from ringfence.model.knowledge import Known, Maybe, Unknown

SOURCE = Source(slug="source-tree", targets=("tree",))

SKIPPED = frozenset(
    {".git", ".hg", ".svn", "node_modules", ".venv", "venv", "site-packages", "__pycache__", ".tox", ".nox"}
    | {"dist", "build", "target", "vendor", ".mypy_cache", ".cache"}
)
"""Folders that hold what was installed, built or copied, not what the project says."""
MAX_FILES = 20_000
"""Manifests and lock files read in one tree."""
MAX_FILE_BYTES = 32 * 1024 * 1024
"""Bytes read of one manifest or lock file."""

LOCKS = {
    "PyPI": ("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"),
    "npm": ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
    "Go": ("go.sum",),
}
"""Names of lock files by ecosystem. Source: each tool's documentation."""
DECLARING = {"pyproject.toml": "PyPI", "package.json": "npm", "go.mod": "Go"}
"""Files in which a project declares what it wants."""
NOT_READ = frozenset({"pdm.lock", "Pipfile.lock", "pylock.toml", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"})
"""Lock files that there is no reader for yet: said, for their packages are not assessed."""


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One `Facts` for each folder with a manifest or lock file.

    Raises `UnreadableInput` if the target is not there, or is one file that cannot be read.
    """
    if target.kind != "tree":
        return
    readers = tuple(item for item in world.readers.get(Storey.APPLICATION, ()) if isinstance(item, ManifestReader))
    if os.path.isdir(target.ref):
        yield from _Walk(target.ref, readers, world).facts()
    elif os.path.isfile(target.ref):
        yield _one_file(target.ref, readers)
    else:
        raise UnreadableInput("is not there", where=target.ref, mend="name a folder or a lock file")


def _one_file(path: str, readers: Sequence[ManifestReader]) -> Facts:
    folder, name = os.path.split(path)
    reader = _reader_of(name, readers)
    if reader is None:
        known = ", ".join(sorted(pattern for item in readers for pattern in item.ECOSYSTEM.files if "*" not in pattern))
        raise UnreadableInput("is no lock file that can be read", where=path, mend=f"known are {known}")
    try:
        manifest = reader.manifest(name, Rooted(folder or ".").read(name, MAX_FILE_BYTES))
    except RingfenceError as cause:
        raise UnreadableInput(cause.wrong, where=path, mend=cause.mend or "make the file again") from cause
    return Facts(target=path, folder="", manifests=(manifest,))


def _reader_of(path: str, readers: Sequence[ManifestReader]) -> ManifestReader | None:
    name = path.rpartition("/")[2]
    for reader in readers:
        for pattern in reader.ECOSYSTEM.files:
            if fnmatch.fnmatchcase(path if "/" in pattern else name, pattern):
                return reader
    return None


@dataclass(slots=True)
class _Walk:
    """One walk over a tree. `read` keeps what was read, by path."""

    ref: str
    readers: Sequence[ManifestReader]
    world: World
    read: dict[str, Manifest] = field(default_factory=dict)
    declared: dict[str, Maybe[int]] = field(default_factory=dict)
    locks: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def facts(self) -> Iterator[Facts]:
        root = Rooted(self.ref)
        for entry in root.walk(skip=SKIPPED):
            if entry.is_file:
                self._look_at(root, entry.path)
        for path in tuple(self.read):
            self._follow(root, path)
        for path, manifest in self.read.items():
            if manifest.lock and _name(path) not in DECLARING:
                self._lock(path, manifest.ecosystem)
        folders = sorted({_folder(path) for path in (*self.read, *self.declared)})
        for folder in folders:
            yield Facts(
                target=self.ref,
                folder=folder,
                manifests=tuple(item for path, item in sorted(self.read.items()) if _folder(path) == folder),
                declarations=tuple(self._declaration(path) for path in sorted(self.declared) if _folder(path) == folder),
            )

    def _look_at(self, root: Rooted, path: str) -> None:
        name = _name(path)
        for ecosystem, names in LOCKS.items():
            if name in names:
                self._lock(path, ecosystem)
        if name in NOT_READ:
            self._report(path, "lock files of this form are not read yet: its packages are not assessed")
        reader = _reader_of(path, self.readers)
        if reader or name in DECLARING:
            self._read(root, path, reader)

    def _read(self, root: Rooted, path: str, reader: ManifestReader | None) -> None:
        if len(self.read) + len(self.declared) >= MAX_FILES:
            raise LimitExceeded("manifests of one tree", MAX_FILES, where=self.ref)
        try:
            data = root.read(path, MAX_FILE_BYTES)
            if _name(path) in DECLARING:
                self.declared[path] = _declares(_name(path), data)
            if reader:
                found = self.read[path] = reader.manifest(path, data)
                for line in found.unread:
                    self._report(f"{path}:{line}", "is no requirement that can be read")
        except RingfenceError as cause:
            if _name(path) in DECLARING:
                self.declared[path] = Unknown(f"{path} could not be read: {cause.wrong}")
            self._report(path, cause.wrong)

    def _follow(self, root: Rooted, path: str) -> None:
        """The files that a requirements file includes, as far as they lie in the tree."""
        # What is included may be called anything: it is read as the file that includes it.
        reader = _reader_of(path, self.readers)
        pending = [(path, include) for include in self.read[path].includes]
        while pending:
            here, include = pending.pop()
            there = _joined(_folder(here), include)
            if there is None or not root.exists(there):
                self._report(here, f"includes {include}, which is not in the tree: its packages are not assessed")
            elif there not in self.read:
                self._read(root, there, reader)
                if there in self.read:
                    pending.extend((there, more) for more in self.read[there].includes)

    def _declaration(self, path: str) -> Declaration:
        ecosystem = DECLARING[_name(path)]
        found: list[str] = []
        folder = _folder(path)
        while True:
            found.extend(lock for kind, lock in self.locks.get(folder, ()) if kind == ecosystem)
            if not folder:
                break
            folder = _folder(folder)
        return Declaration(path=path, ecosystem=ecosystem, declares=self.declared[path], locks=tuple(found))

    def _lock(self, path: str, ecosystem: str) -> None:
        known = self.locks.setdefault(_folder(path), [])
        if (ecosystem, path) not in known:
            known.append((ecosystem, path))

    def _report(self, path: str, why: str) -> None:
        self.world.report(Problem(where=f"{self.ref.rstrip('/')}/{path}", why=why))


def _declares(name: str, data: bytes) -> Known[int]:
    match name:
        case "pyproject.toml":
            return Known(declared_dependencies.of_pyproject(data))
        case "package.json":
            return Known(declared_dependencies.of_package_json(data))
        case _:
            return Known(len(go_mod.parse(data).requires))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _joined(folder: str, path: str) -> str | None:
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
