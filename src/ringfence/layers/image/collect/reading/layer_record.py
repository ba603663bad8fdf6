"""What is known of one layer by itself: small, frozen, and fit to be kept for the next image that has the same layer."""

import hashlib
from array import array
from collections.abc import Iterable

import msgspec

from ringfence.formats.secret_patterns import SecretMatch
from ringfence.model.fact import Fact
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

NAME_BYTES = 8
"""Bytes of a path's mark in a layer's list of names: a false one among 3 million is a matter of one in 10^12."""


class Database(Fact, tag="database"):
    """A package database or metadata file with the packages it declares."""

    ecosystem: str
    packages: tuple[Package, ...]


class Release(Fact, tag="release"):
    """An os-release file."""

    release: OsRelease


class FileList(Fact, tag="file-list"):
    """Files that the package `package` owns: their paths with a slash before them, a line each."""

    package: str
    data: bytes


class Rights(Fact, tag="rights"):
    """A file that gives rights to who runs it."""

    mode: int
    uid: int
    gid: int
    capabilities: int


class Program(Fact, tag="program"):
    """A program that a running container does not need. `size` is in bytes, 0 for a link."""

    kind: str
    size: int = 0


class Open(Fact, tag="open"):
    """A file that everybody may write to (`world-writable`), or a `device`."""

    kind: str
    mode: int


class AccountFile(Fact, tag="accounts"):
    """`/etc/passwd` or `/etc/shadow`: its users with their numbers (-1: it has none), and who needs no password."""

    users: tuple[tuple[str, int], ...]
    empty: tuple[str, ...]


class Licences(Fact, tag="licences"):
    """What a Debian package's `copyright` file says, in Debian's short names."""

    names: tuple[str, ...]


class Link(Fact, tag="link"):
    """A symbolic link where folders are linked, as it is written."""

    target: str


class Secrets(Fact, tag="secrets"):
    """Secrets in a file; `within` is the path inside, if the file is an archive."""

    matches: tuple[SecretMatch, ...]
    within: str = ""


What = Database | Release | FileList | Rights | Program | Link | Licences | Open | AccountFile | Secrets


class RecordedMark(Fact, array_like=True):
    """Something known of the file at `path`. `overwritten` says that a later entry of the same layer took its place."""

    path: str
    what: What
    overwritten: bool = False


class FileSizes(Fact):
    """Columns in step with `LayerRecord.files`: `sizes` in bytes (64 bits), `folders` and `places` (32 bits each).

    A folder is an index into `tree` (numbers of paths, the root first, parents before what is in them) and `parents`. A
    place is an index into `kinds`, pairs of (kind, folder) of unneeded files; 0 for files that may be needed. `large` are
    pairs of (index, path).
    """

    sizes: bytes = b""
    folders: bytes = b""
    places: bytes = b""
    tree: bytes = b""
    parents: bytes = b""
    kinds: tuple[tuple[str, str], ...] = ()
    large: tuple[tuple[int, str], ...] = ()


class LayerRecord(Fact):
    """One layer.

    `gone` are whiteouts, `opaque` folders whose lower content is hidden. `files` and `folders` are the marks (see
    `name_mark`) of every path that the layer has an entry at. `links` are hard links (path, target) to files of layers
    below. `notes` are (path, why) of what could not be read. `size` is in bytes of the tar, 0 for a directory.
    """

    marks: tuple[RecordedMark, ...] = ()
    gone: tuple[str, ...] = ()
    opaque: tuple[str, ...] = ()
    files: bytes = b""
    folders: bytes = b""
    links: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    size: int = 0
    sizes: FileSizes = FileSizes()

    @property
    def list_bytes(self) -> int:
        """Bytes of packages' file lists that it holds."""
        return sum(len(mark.what.data) for mark in self.marks if isinstance(mark.what, FileList))


def name_mark(path: str) -> bytes:
    """The mark of a path in a list of names."""
    return hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=NAME_BYTES).digest()


def name_number(path: str) -> int:
    """The same as a number of `numbers`."""
    return array("Q", name_mark(path))[0]


def numbers(names: bytes) -> frozenset[int]:
    """A list of names, to be asked whether one is in it."""
    return frozenset(array("Q", names))


def encode(record: LayerRecord) -> bytes:
    """The record as bytes (MessagePack)."""
    return msgspec.msgpack.encode(record)


def decode(data: bytes) -> LayerRecord | None:
    """The record in bytes that `encode` gave; None if they are none."""
    try:
        return msgspec.msgpack.decode(data, type=LayerRecord)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def is_in(paths: Iterable[str], names: frozenset[int]) -> bool:
    """Whether a list of names has one of `paths`."""
    return any(name_number(path) in names for path in paths)
