"""One pass over one layer: everything that is looked for, read as it goes by."""

from dataclasses import dataclass, field

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import file_capability, os_release
from ringfence.formats.secret_patterns import SecretMatch, SecretScanner, is_text
from ringfence.formats.tar import Kind, Member, MemberReader
from ringfence.knowledge.build_tools import BuildTools
from ringfence.layers.image.collect.reading.dispatch import Dispatch
from ringfence.layers.image.collect.reading.tree import LayerMarks, Tree
from ringfence.model.declare import PackageReader
from ringfence.model.fact import Fact
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

MAX_SEARCHED_BYTES = 1024 * 1024
"""Size up to which a file is searched for secrets: keys and settings are small."""
MAX_DATABASE_BYTES = 64 * 1024 * 1024
"""Most that is read of one package database; 658 Debian packages take 0.6 MB."""
MAX_WAITING_BYTES = 128 * 1024 * 1024
"""Databases of one layer that wait for its os-release; beyond, they are read with what is known of it by then."""
MAX_LIST_BYTES = 64 * 1024 * 1024
"""Lists of packages' files kept of a whole image; 658 Debian packages have 6 MB."""
MAX_MARKS = 300_000
"""Things noted of one image."""

RELEASE_FILES = ("etc/os-release", "usr/lib/os-release")
"""os-release(5): the first that is there counts."""
APK_DATABASES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_LISTS = "var/lib/dpkg/info/"
_EXECUTABLE_BITS = 0o6000


class Database(Fact):
    """A package database or metadata file with the packages it declares."""

    ecosystem: str
    packages: tuple[Package, ...]


class Release(Fact):
    """An os-release file."""

    release: OsRelease


class FileList(Fact):
    """Files that packages own: of the dpkg package `package`, or of all if that is empty (apk's database)."""

    package: str
    data: bytes


class Rights(Fact):
    """A file that gives rights to who runs it."""

    mode: int
    uid: int
    gid: int
    capabilities: int


class Program(Fact):
    """A program that a running container does not need."""

    kind: str


class Secrets(Fact):
    """Secrets in a file."""

    matches: tuple[SecretMatch, ...]


@dataclass(slots=True)
class Searchers:
    """What every layer is searched with, and what has been used up of the limits of one image."""

    dispatch: Dispatch
    secrets: SecretScanner
    tools: BuildTools
    list_bytes: int = 0
    marks: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)

    def note(self, path: str, why: str) -> None:
        """Something of a layer that could not be read: the place, and why."""
        if len(self.notes) < 100:
            self.notes.append((path, why))


class LayerScan:
    """The pass over one layer. Whatever a broken stream gave before it broke stays noted."""

    def __init__(self, marks: LayerMarks, tree: Tree, searchers: Searchers) -> None:
        self.marks = marks
        self._tree = tree
        self._searchers = searchers
        self._waiting: dict[str, tuple[PackageReader, bytes]] = {}
        self._waiting_bytes = 0

    def run(self, reader: MemberReader) -> None:
        """Reads to the end. Raises `Malformed` or `LimitExceeded` as the stream does; `finish` is due in any case."""
        marks, tree, folders = self.marks, self._tree, self._searchers.tools.folders
        for member in reader.members():
            path = member.path
            folder, _, name = path.rpartition("/")
            if member.escapes:
                self._searchers.note(path, "leads out of the root and was left out")
                continue
            if name.startswith(".wh.") or member.whiteout:
                self._whiteout(folder, name, member)
                continue
            if member.opaque:
                marks.opaque.add(path)
            kind = member.kind
            if path in marks.by_path:
                marks.forget(path)
            if tree.concerns(path) and (kind is not Kind.DIRECTORY or tree.at(path)):
                marks.replaced.add(path)
            if kind is Kind.FILE:
                self._file(member, folder, name, reader)
            elif kind is Kind.HARDLINK:
                self._hard_link(member)
            if folder in folders and kind is not Kind.DIRECTORY and (tool := self._searchers.tools.kind(name)):
                self._add(path, Program(kind=tool))

    def finish(self) -> None:
        """Reads the databases that waited for the release, and lays the layer onto the tree."""
        self._read_waiting()
        self._tree.lay(self.marks)

    def _whiteout(self, folder: str, name: str, member: Member) -> None:
        if member.whiteout:
            self.marks.gone.add(member.path)
        elif name == ".wh..wh..opq":
            self.marks.opaque.add(folder)
        elif not name.startswith(".wh..wh."):  # the rest of that prefix is aufs' own bookkeeping
            hidden = name[len(".wh.") :]
            self.marks.gone.add(f"{folder}/{hidden}" if folder else hidden)

    def _file(self, member: Member, folder: str, name: str, reader: MemberReader) -> None:
        path, searchers = member.path, self._searchers
        if member.mode & _EXECUTABLE_BITS or member.capability:
            self._rights(member)
        package_reader = searchers.dispatch.reader_of(path, name)
        is_list = folder == "var/lib/dpkg/info" and name.endswith(".list")
        if package_reader is not None or is_list or path in RELEASE_FILES:
            if member.size > MAX_DATABASE_BYTES or member.sparse:
                searchers.note(path, f"is larger than {MAX_DATABASE_BYTES:,} bytes or sparse, and was not read")
                return
            data = reader.content(member.size)
            self._known_file(path, name, data, package_reader)
        elif 8 <= member.size <= MAX_SEARCHED_BYTES and not member.sparse and not searchers.secrets.skips(path):
            data = reader.content(member.size)
        else:
            return
        if len(data) <= MAX_SEARCHED_BYTES and not is_list and not searchers.secrets.skips(path) and is_text(data):
            matches = searchers.secrets.scan(data, path)
            if matches:
                self._add(path, Secrets(matches=matches))

    def _known_file(self, path: str, name: str, data: bytes, reader: PackageReader | None) -> None:
        if path in RELEASE_FILES:
            try:
                self._add(path, Release(release=os_release.parse(data)))
            except Malformed as cause:
                if data:
                    self._searchers.note(path, cause.wrong)
        if path in APK_DATABASES or path.startswith(_LISTS):
            self._searchers.list_bytes += len(data)
            if self._searchers.list_bytes > MAX_LIST_BYTES:
                raise LimitExceeded("bytes of packages' file lists", MAX_LIST_BYTES)
            package = "" if path in APK_DATABASES else name.removesuffix(".list").partition(":")[0]
            self._add(path, FileList(package=package, data=data))
        if reader is not None:
            self._waiting[path] = (reader, data)
            self._waiting_bytes += len(data)
            if self._waiting_bytes > MAX_WAITING_BYTES:
                self._read_waiting()

    def _rights(self, member: Member) -> None:
        capabilities = 0
        if member.capability:
            try:
                capabilities = file_capability.parse(member.capability).permitted
            except Malformed as cause:
                self._searchers.note(member.path, cause.wrong)
        if capabilities or member.mode & _EXECUTABLE_BITS:
            rights = Rights(mode=member.mode, uid=member.uid, gid=member.gid, capabilities=capabilities)
            self._add(member.path, rights)

    def _hard_link(self, member: Member) -> None:
        """A second name of a file of this layer or one below: what is known of the one is true of the other."""
        if waiting := self._waiting.get(member.link):
            self._waiting[member.path] = waiting
        for mark in self.marks.by_path.get(member.link) or self._tree.at(member.link):
            if not isinstance(mark.what, Program | FileList | Release):
                self._add(member.path, mark.what)

    def _add(self, path: str, what: object) -> None:
        self._searchers.marks += 1
        if self._searchers.marks > MAX_MARKS:
            raise LimitExceeded("things noted of one image", MAX_MARKS)
        self.marks.add(path, what)

    def _read_waiting(self) -> None:
        release = self._release()
        waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        for path, (reader, data) in waiting.items():
            try:
                packages = reader.read(path, data, release)
            except Malformed as cause:
                self._searchers.note(path, cause.wrong)
            except LimitExceeded as cause:
                self._searchers.note(path, cause.wrong)
            else:
                self.marks.add(path, Database(ecosystem=reader.ECOSYSTEM.slug, packages=packages))

    def _release(self) -> OsRelease | None:
        for path in RELEASE_FILES:
            for mark in self.marks.by_path.get(path) or self._tree.at(path):
                if isinstance(mark.what, Release):
                    return mark.what.release
        return None
