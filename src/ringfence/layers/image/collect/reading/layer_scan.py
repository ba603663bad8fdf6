"""One pass over one layer: everything that is looked for, read as it goes by."""

from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import debian_copyright, file_capability, nested_archive, os_release, unix_accounts
from ringfence.formats.secret_patterns import SecretScanner, is_text
from ringfence.formats.tar import Kind, Member, MemberReader
from ringfence.knowledge.build_tools import BuildTools
from ringfence.knowledge.unneeded_files import UnneededFolders
from ringfence.layers.image.collect.reading import layer_record, ownership
from ringfence.layers.image.collect.reading.dispatch import Dispatch
from ringfence.layers.image.collect.reading.file_sizes import SizeLog
from ringfence.layers.image.collect.reading.layer_record import (
    AccountFile,
    Database,
    FileList,
    LayerRecord,
    Licences,
    Link,
    Open,
    Program,
    RecordedMark,
    Release,
    Rights,
    Secrets,
    What,
    name_mark,
)
from ringfence.layers.image.collect.reading.links import Links
from ringfence.model.declare import FileLister, PackageReader
from ringfence.model.os_release import OsRelease

MAX_SEARCHED_BYTES = 1024 * 1024
"""Size up to which a file is searched for secrets: keys and settings are small."""
MAX_ARCHIVE_BYTES = 32 * 1024 * 1024
"""Size up to which an archive in a layer is searched for secrets."""
MAX_DATABASE_BYTES = 64 * 1024 * 1024
"""Most that is read of one package database; 658 Debian packages take 0.6 MB."""
MAX_EXECUTABLE_BYTES = 136 * 1024 * 1024
"""Most that is read of one program; Kubernetes' own are 70 to 120 MB, Node.js is 120."""
MIN_EXECUTABLE_BYTES = 256 * 1024
"""No Go or Rust program is smaller."""
MAX_WAITING_BYTES = 128 * 1024 * 1024
"""Databases of one layer that wait for its os-release; beyond, they are read with what is known of it by then."""
MAX_LIST_BYTES = 64 * 1024 * 1024
"""Lists of packages' files kept of a whole image; 658 Debian packages have 6 MB."""
MAX_MARKS = 300_000
"""Things noted of one image."""
MAX_NOTES = 100
"""Files of one layer that are named because they could not be read."""

RELEASE_FILES = ("etc/os-release", "usr/lib/os-release")
"""os-release(5): the first that is there counts."""
KNOWN_FILES = (*RELEASE_FILES, "etc/passwd", "etc/shadow")
"""Files of these very paths that are read for what they say."""
LINKED_FOLDERS = frozenset({"var/lib", "usr/lib", "usr/share", "usr/local", "usr/share/doc"})
"""Where, beside the root and its folders, distributions put links in the place of folders."""
MAX_LINKED_FOLDERS = 10_000
"""Links of one layer that are followed; Debian's usr merge makes 5."""
MAX_OPEN = 10_000
"""Files of one layer noted because everybody may write to them."""
_EXECUTABLE_BITS = 0o6000
ELF_MAGIC = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class Searchers:
    """What every layer is searched with."""

    dispatch: Dispatch
    secrets: SecretScanner
    tools: BuildTools
    unneeded: UnneededFolders


@dataclass(slots=True)
class Budget:
    """What has been used up of the limits of one image. `take` raises `LimitExceeded`."""

    list_bytes: int = 0
    marks: int = 0

    def take(self, *, list_bytes: int = 0, marks: int = 0) -> None:
        """Uses up some of it."""
        self.list_bytes += list_bytes
        self.marks += marks
        if self.list_bytes > MAX_LIST_BYTES:
            raise LimitExceeded("bytes of packages' file lists", MAX_LIST_BYTES)
        if self.marks > MAX_MARKS:
            raise LimitExceeded("things noted of one image", MAX_MARKS)


class LayerScan:
    """The pass over one layer. Whatever a broken stream gave before it broke stays noted.

    `inherited` is the release that layers below say, for databases of a layer that has no os-release of its own.
    """

    def __init__(self, searchers: Searchers, budget: Budget, inherited: OsRelease | None) -> None:
        self._searchers = searchers
        self._budget = budget
        self._inherited = inherited
        self._by_path: dict[str, list[What]] = {}
        self._overwritten: list[RecordedMark] = []
        self._gone: list[str] = []
        self._opaque: list[str] = []
        self._files, self._folders = bytearray(), bytearray()
        self._sizes = SizeLog(searchers.unneeded)
        self._links: list[tuple[str, str]] = []
        self._notes: list[tuple[str, str]] = []
        self._waiting: dict[str, tuple[PackageReader, bytes]] = {}
        self._waiting_bytes = 0
        self._linked = self._opened = 0
        self._strays: dict[str, bytes] = {}

    def run(self, reader: MemberReader) -> None:
        """Reads to the end. Raises `Malformed` or `LimitExceeded` as the stream does; what came before stays."""
        folders, tool_kind = self._searchers.tools.folders, self._searchers.tools.kind
        for member in reader.members():
            path = member.path
            folder, _, name = path.rpartition("/")
            if member.escapes:
                self.note(path, "leads out of the root and was left out")
                continue
            if member.whiteout or name.startswith(".wh."):
                self._whiteout(folder, name, member)
                continue
            if member.opaque:
                self._opaque.append(path)
            if path in self._by_path or path in self._waiting:
                self._forget(path)
            if member.mode & 0o002 or member.kind is Kind.DEVICE:
                self._open(member)
            if member.kind is Kind.DIRECTORY:
                self._folders += name_mark(path)
                continue
            self._files += name_mark(path)
            self._sizes.add(path, folder, member.size)
            if member.kind is Kind.FILE:
                self._file(member, folder, name, reader)
            elif member.kind is Kind.HARDLINK:
                self._hard_link(member)
            elif member.kind is Kind.SYMLINK and (folder in LINKED_FOLDERS or "/" not in folder):
                self._link(member)
            if folder in folders and (kind := tool_kind(name)):
                self._add(path, Program(kind=kind, size=member.size))

    def note(self, path: str, why: str) -> None:
        """Something of the layer that could not be read: the place, and why."""
        if len(self._notes) < MAX_NOTES:
            self._notes.append((path, why))

    def record(self, size: int = 0) -> LayerRecord:
        """What was found, the databases that waited for the release read; `size` is that of the tar."""
        self._find_strays()
        self._read_waiting()
        marks = [RecordedMark(path=path, what=what) for path, found in self._by_path.items() for what in found]
        here = layer_record.numbers(bytes(self._files)) if self._links else frozenset()
        return LayerRecord(
            marks=(*self._overwritten, *marks),
            gone=tuple(self._gone),
            opaque=tuple(self._opaque),
            files=bytes(self._files),
            folders=bytes(self._folders),
            links=tuple(link for link in self._links if not layer_record.is_in((link[1],), here)),
            notes=tuple(self._notes),
            size=size,
            sizes=self._sizes.sizes(),
        )

    def _whiteout(self, folder: str, name: str, member: Member) -> None:
        if member.whiteout:
            self._gone.append(member.path)
        elif name == ".wh..wh..opq":
            self._opaque.append(folder)
        elif not name.startswith(".wh..wh."):  # the rest of that prefix is aufs' own bookkeeping
            hidden = name[len(".wh.") :]
            self._gone.append(f"{folder}/{hidden}" if folder else hidden)

    def _forget(self, path: str) -> None:
        """A second entry of the same path: the first can only be read in the layer itself."""
        self._waiting.pop(path, None)
        self._overwritten += [RecordedMark(path=path, what=what, overwritten=True) for what in self._by_path.pop(path, ())]

    def _file(self, member: Member, folder: str, name: str, reader: MemberReader) -> None:
        path, searchers = member.path, self._searchers
        if member.mode & _EXECUTABLE_BITS or member.capability:
            self._rights(member)
        package_reader = searchers.dispatch.reader_of(path, name)
        is_list = ownership.is_list(folder, name)
        searched = 8 <= member.size <= MAX_SEARCHED_BYTES and not is_list and not searchers.secrets.skips(path)
        if package_reader is not None or is_list or path in KNOWN_FILES or _is_copyright(folder, name):
            if member.size > MAX_DATABASE_BYTES or member.sparse:
                self.note(path, f"is larger than {MAX_DATABASE_BYTES:,} bytes or sparse, and was not read")
                return
            data = reader.content(member.size)
            self._known_file(path, name, data, package_reader)
            self._search_archive(path, name, data)
        elif name in searchers.dispatch.fixed_names and member.size <= MAX_DATABASE_BYTES and not member.sparse:
            self._strays[path] = data = reader.content(member.size)
        elif member.mode & 0o111 and member.size >= MIN_EXECUTABLE_BYTES and not member.sparse:
            data = self._executable(member, reader)
        elif searched and not member.sparse:
            data = reader.content(member.size)
            self._search_archive(path, name, data)
        elif (
            name.endswith(nested_archive.ENDS)
            and MAX_SEARCHED_BYTES < member.size <= MAX_ARCHIVE_BYTES
            and not member.sparse
        ):
            self._search_archive(path, name, reader.content(member.size))
            return
        else:
            return
        if searched and is_text(data) and (matches := searchers.secrets.scan(data, path)):
            self._add(path, Secrets(matches=matches))

    def _search_archive(self, path: str, name: str, data: bytes) -> None:
        """What is in an archive in the layer is as readable as the layer."""
        secrets = self._searchers.secrets
        if not name.endswith(nested_archive.ENDS) or secrets.skips(path):
            return
        for inside, text in nested_archive.files(data, MAX_SEARCHED_BYTES):
            if len(text) >= 8 and is_text(text) and not secrets.skips(f"{path}/{inside}"):
                matches = secrets.scan(text, inside or path)
                if matches:
                    self._add(path, Secrets(matches=matches, within=inside))

    def _executable(self, member: Member, reader: MemberReader) -> bytes:
        """Reads a program of this size only if it is one: its first bytes tell."""
        data = reader.content(4)
        if data != ELF_MAGIC:
            small = member.size <= MAX_SEARCHED_BYTES
            return data + reader.content(member.size - len(data)) if small else b""
        if member.size > MAX_EXECUTABLE_BYTES:
            self.note(member.path, f"is a program larger than {MAX_EXECUTABLE_BYTES:,} bytes, and was not looked into")
            return b""
        data += reader.content(member.size - len(data))
        for package_reader in self._searchers.dispatch.of_executables:
            self._packages(package_reader, member.path, data, None)
        return b""

    def _known_file(self, path: str, name: str, data: bytes, reader: PackageReader | None) -> None:
        if path in RELEASE_FILES:
            try:
                self._add(path, Release(release=os_release.parse(data)))
            except Malformed as cause:
                if data:
                    self.note(path, cause.wrong)
        elif path in KNOWN_FILES:
            users = unix_accounts.parse_passwords(data)
            empty = tuple(user.name for user in users if user.empty)
            self._add(path, AccountFile(users=tuple((user.name, user.number) for user in users), empty=empty))
        folder = path.rpartition("/")[0]
        if ownership.is_list(folder, name):
            self._list(path, [ownership.file_list(name, data)])
        elif _is_copyright(folder, name) and (names := debian_copyright.licences(data)):
            self._add(path, Licences(names=names))
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
                self.note(member.path, cause.wrong)
        if capabilities or member.mode & _EXECUTABLE_BITS:
            rights = Rights(mode=member.mode, uid=member.uid, gid=member.gid, capabilities=capabilities)
            self._add(member.path, rights)

    def _hard_link(self, member: Member) -> None:
        """A second name of a file of this layer or one below: what is known of the one is true of the other."""
        if waiting := self._waiting.get(member.link):
            self._waiting[member.path] = waiting
        found = self._by_path.get(member.link)
        if found is None and waiting is None:
            self._links.append((member.path, member.link))
        for what in found or ():
            if not isinstance(what, Program | FileList | Release):
                self._add(member.path, what)

    def _open(self, member: Member) -> None:
        """A sticky folder (/tmp) is meant to be written to; a link's own mode means nothing."""
        kind = "world-writable" if member.kind is Kind.FILE else "device" if member.kind is Kind.DEVICE else ""
        if member.kind is Kind.DIRECTORY and not member.mode & 0o1000:
            kind = "world-writable"
        if kind and self._opened < MAX_OPEN:
            self._opened += 1
            self._add(member.path, Open(kind=kind, mode=member.mode))

    def _link(self, member: Member) -> None:
        self._linked += 1
        if self._linked <= MAX_LINKED_FOLDERS:
            self._add(member.path, Link(target=member.link))

    def _add(self, path: str, what: What) -> None:
        self._budget.take(marks=1)
        self._by_path.setdefault(path, []).append(what)

    def _read_waiting(self) -> None:
        release = self._release()
        waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        for path, (reader, data) in waiting.items():
            self._packages(reader, path, data, release)

    def _find_strays(self) -> None:
        """Databases whose folder has its usual name by a link alone (`/var/lib/rpm` to `/srv/rpm`)."""
        pairs = [(path, what.target) for path, found in self._by_path.items() for what in found if isinstance(what, Link)]
        links = Links(pairs)
        strays, self._strays = (self._strays if pairs else {}), {}
        for path, data in strays.items():
            for name in links.other_names(path):
                if reader := self._searchers.dispatch.reader_of(name, name.rpartition("/")[2]):
                    self._waiting.setdefault(path, (reader, data))

    def _packages(self, reader: PackageReader, path: str, data: bytes, release: OsRelease | None) -> None:
        try:
            packages = reader.read(path, data, release)
            lists = ownership.file_lists(reader.owned(path, data)) if isinstance(reader, FileLister) else ()
        except (Malformed, LimitExceeded) as cause:
            self.note(path, cause.wrong)
            return
        if packages:
            self._add(path, Database(ecosystem=reader.ECOSYSTEM.slug, packages=packages))
        self._list(path, lists)

    def _list(self, path: str, lists: Iterable[FileList]) -> None:
        for item in lists:
            self._budget.take(list_bytes=len(item.data))
            self._add(path, item)

    def _release(self) -> OsRelease | None:
        for path in RELEASE_FILES:
            for what in self._by_path.get(path, ()):
                if isinstance(what, Release):
                    return what.release
        return self._inherited


def _is_copyright(folder: str, name: str) -> bool:
    """Debian policy 12.5: `/usr/share/doc/PACKAGE/copyright`."""
    return name == "copyright" and folder.startswith("usr/share/doc/") and folder.count("/") == 3
