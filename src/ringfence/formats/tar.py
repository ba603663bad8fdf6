"""tar, read as a stream: ustar, GNU long names and sparse files, PAX.

Sources: POSIX.1-2017 pax(1) "ustar Interchange Format" and "pax Header Block"; the GNU tar manual, "Basic Tar Format" and
"Sparse Formats"; star(5) for `SCHILY.xattr.`. Which types carry no data whatever their size field says, and that an archive
may end without its two zero blocks, follow archive/tar of Go, with which container engines write and read layers.
"""

import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

BLOCK = 512
"""Bytes of a header and the unit that data is padded to."""
MAX_MEMBERS = 5_000_000
"""Members of one archive: beyond any layer seen (3 million), below what takes hours."""
MAX_NAME_BYTES = 32 * 1024
"""Bytes of a GNU long name; the kernel takes 4,096 (PATH_MAX)."""
MAX_PAX_BYTES = 1024 * 1024
"""Bytes of the PAX records before one member. Extended attributes are at most 64 KiB each on Linux."""
MAX_NUMBER = 1 << 62
"""Largest size, uid or device number taken: larger than any file system holds, and still a machine's number."""
MAX_SPARSE_BLOCKS = 100_000
"""Extension blocks of an old GNU sparse map: 2.1 million holes."""

_ZERO = bytes(BLOCK)
_CAPABILITY = "SCHILY.xattr.security.capability"
_OPAQUE = ("SCHILY.xattr.trusted.overlay.opaque", "SCHILY.xattr.user.overlay.opaque")


class Kind(StrEnum):
    """What a member is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    DEVICE = "device"
    OTHER = "other"


_KINDS = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"7": Kind.FILE,
    b"S": Kind.FILE,
    b"1": Kind.HARDLINK,
    b"2": Kind.SYMLINK,
    b"3": Kind.DEVICE,
    b"4": Kind.DEVICE,
    b"5": Kind.DIRECTORY,
    b"6": Kind.OTHER,
}
_WITHOUT_DATA = frozenset(b"123456")
_EXTENSIONS = frozenset(b"xgLK")


class Member(Fact):
    """One entry of an archive or of a directory read as a layer.

    `path` and, for a hard link, `link` are relative to the root, without `.` parts and without surrounding slashes; bytes
    that are not UTF-8 are written as backslash escapes. `mode` has the permission bits with setuid, setgid and sticky.
    `size` is in bytes, `offset` the place of the data in the stream. `capability` is the raw `security.capability`
    attribute. `whiteout` is a character device 0/0, `opaque` an overlay directory that hides what is below it. `escapes`
    marks a path with `..` in it, which must not be used. A `sparse` file's data are not what a program would read.
    """

    path: str
    kind: Kind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    size: int = 0
    link: str = ""
    offset: int = 0
    capability: bytes = b""
    whiteout: bool = False
    opaque: bool = False
    escapes: bool = False
    sparse: bool = False


class ByteSource(Protocol):
    """Where bytes come from. Both give less than was asked for only at the end."""

    def read(self, size: int) -> bytes:
        """The next `size` bytes."""

    def skip(self, size: int) -> int:
        """Passes over `size` bytes and says how many there were."""


class MemberReader(Protocol):
    """Something that gives members one after the other, and the data of the one it gave last."""

    def members(self) -> Iterator[Member]:
        """Every member in order. Raises `Malformed` where the stream is cut off or no longer tar."""

    def content(self, limit: int) -> bytes:
        """At most `limit` bytes of the data of the member given last; asked again it gives what follows."""


class TarReader:
    """Reads one archive from a source, once, from front to back."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._at = 0
        self._left = 0
        self._padding = 0
        self._global: dict[str, bytes] = {}

    def content(self, limit: int) -> bytes:
        """At most `limit` bytes of the data of the member given last. Raises `Malformed` if the stream ends in them."""
        return self._take(min(limit, self._left), "the data of a file")

    def members(self) -> Iterator[Member]:
        """Every member in order. Raises `Malformed` or `LimitExceeded`; what was given before stays good."""
        count = 0
        while (block := self._next_header()) is not None:
            count += 1
            if count > MAX_MEMBERS:
                raise LimitExceeded("members of one tar archive", MAX_MEMBERS)
            if block[156] in _EXTENSIONS:
                yield self._extended(block)
            else:
                yield self._member(block, self._global, b"", b"")

    def _take(self, size: int, what: str) -> bytes:
        data = self._source.read(size)
        self._at += len(data)
        self._left -= len(data)
        if len(data) < size:
            raise Malformed("tar archive", f"it ends in the middle of {what}, after {self._at:,} bytes")
        return data

    def _next_header(self) -> bytes | None:
        rest = self._left + self._padding
        self._left = self._padding = 0
        if rest:
            skipped = self._source.skip(rest)
            self._at += skipped
            if skipped < rest:
                raise Malformed("tar archive", f"it ends in the middle of a file, after {self._at:,} bytes")
        block = self._source.read(BLOCK)
        self._at += len(block)
        if not block or block == _ZERO:
            return None
        if len(block) < BLOCK:
            raise Malformed("tar archive", f"it ends in the middle of a header, after {self._at:,} bytes")
        _verify(block, self._at - BLOCK)
        return block

    def _payload(self, block: bytes, limit: int, name: str) -> bytes:
        size = _number(block[124:136])
        if size > limit:
            raise LimitExceeded(name, limit)
        self._left, self._padding = size, -size % BLOCK
        return self._take(size, "an extended header")

    def _extended(self, block: bytes) -> Member:
        """The member after one or more extension headers, with what they say of it."""
        local = self._global
        name = link = b""
        for _ in range(16):
            match block[156]:
                case 0x78:  # x
                    local = {**self._global, **_pax_records(self._payload(block, MAX_PAX_BYTES, "bytes of PAX records"))}
                case 0x67:  # g
                    records = _pax_records(self._payload(block, MAX_PAX_BYTES, "bytes of PAX records"))
                    self._global = local = {**self._global, **records}
                case 0x4C:  # L
                    name = self._payload(block, MAX_NAME_BYTES, "bytes of a long name").split(b"\0", 1)[0]
                case 0x4B:  # K
                    link = self._payload(block, MAX_NAME_BYTES, "bytes of a long link name").split(b"\0", 1)[0]
                case _:
                    return self._member(block, local, name, link)
            following = self._next_header()
            if following is None:
                if local is self._global and not name and not link:
                    return Member(path="", kind=Kind.OTHER)  # a global header may stand last
                raise Malformed("tar archive", "an extended header is not followed by a member")
            block = following
        raise Malformed("tar archive", "more than 16 extended headers in a row")

    def _member(self, block: bytes, pax: dict[str, bytes], name: bytes, link: bytes) -> Member:
        flag = block[156:157]
        kind = _KINDS.get(flag, Kind.OTHER)
        name = name or _name(block)
        if kind is Kind.FILE and name.endswith(b"/"):
            kind = Kind.DIRECTORY
        size = 0 if flag[0] in _WITHOUT_DATA else _number(block[124:136])
        capability, opaque, sparse = b"", False, flag == b"S"
        uid, gid = _number(block[108:116]), _number(block[116:124])
        if flag == b"S" and block[482]:
            self._skip_sparse_map()
        link = link or (block[157:257].split(b"\0", 1)[0] if flag in (b"1", b"2") else b"")
        if pax:
            name = pax.get("GNU.sparse.name") or pax.get("path") or name
            link = pax.get("linkpath") or link
            sparse = sparse or any(key.startswith("GNU.sparse.") for key in pax)
            size = _decimal(pax["size"]) if size and "size" in pax else size
            uid = _decimal(pax["uid"]) if "uid" in pax else uid
            gid = _decimal(pax["gid"]) if "gid" in pax else gid
            capability = pax.get(_CAPABILITY, b"")
            opaque = any(pax.get(key) == b"y" for key in _OPAQUE)
        self._left, self._padding = size, -size % BLOCK
        path, escapes = normal_path(name.decode("utf-8", "backslashreplace"))
        target = link.decode("utf-8", "backslashreplace")
        if kind is Kind.HARDLINK:
            target, link_escapes = normal_path(target)
            escapes = escapes or link_escapes
        return Member(
            path=path,
            kind=kind,
            mode=_number(block[100:108]) & 0o7777,
            uid=uid,
            gid=gid,
            size=size,
            link=target,
            offset=self._at,
            capability=capability,
            whiteout=flag == b"3" and not _number(block[329:337]) and not _number(block[337:345]),
            opaque=opaque,
            escapes=escapes,
            sparse=sparse,
        )

    def _skip_sparse_map(self) -> None:
        for _ in range(MAX_SPARSE_BLOCKS):
            block = self._source.read(BLOCK)
            self._at += len(block)
            if len(block) < BLOCK:
                raise Malformed("tar archive", "it ends in the middle of a sparse map")
            if not block[504]:
                return
        raise LimitExceeded("extension blocks of a sparse map", MAX_SPARSE_BLOCKS)


def normal_path(path: str) -> tuple[str, bool]:
    """`path` without `.` parts and needless slashes, and whether a `..` in it could lead out of the root."""
    path = path.strip("/")
    if path.startswith("./"):
        path = path[2:].lstrip("/")
    if "//" in path or "/./" in path or path == "." or path.endswith("/.") or path.startswith("./"):
        path = "/".join(part for part in path.split("/") if part not in ("", "."))
    return path, ".." in path and ".." in path.split("/")


def _name(block: bytes) -> bytes:
    name = block[:100].split(b"\0", 1)[0]
    # Only POSIX ustar has a prefix; GNU ("ustar  ") keeps times there.
    if block[345] and block[257:263] == b"ustar\0":
        name = block[345:500].split(b"\0", 1)[0] + b"/" + name
    return name


def _number(field: bytes) -> int:
    """An octal field, or the base-256 one that GNU and star write for numbers too large for octal."""
    if field[-1] == 0 and field[:-1].isdigit():
        return _octal(field[:-1])
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise Malformed("tar archive", "a negative number in a header")
        value = int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
        if value > MAX_NUMBER:
            raise Malformed("tar archive", "a number in a header is larger than any file")
        return value
    digits = field.strip(b" \0")
    if not digits:
        return 0
    return _octal(digits.split(b"\0", 1)[0])


def _octal(digits: bytes) -> int:
    try:
        value = int(digits, 8)
    except ValueError as cause:
        raise Malformed("tar archive", "a number in a header is not octal") from cause
    if value < 0:
        raise Malformed("tar archive", "a negative number in a header")
    return value


def _decimal(value: bytes) -> int:
    if not value.isdigit() or len(value) > 19 or int(value) > MAX_NUMBER:
        raise Malformed("tar archive", "a number in a PAX record is not decimal")
    return int(value)


def _verify(block: bytes, at: int) -> None:
    """The header's checksum: the sum of its bytes, its own field counted as spaces.

    Adler-32's low half is that sum plus one, modulo 65,521: at C speed, and as good for telling garbage from a header.
    """
    said = _number(block[148:156])
    rest = block[:148] + b"        " + block[156:]
    if zlib.adler32(rest) & 0xFFFF == (said + 1) % 65521:
        return
    signed = sum(byte - 256 if byte > 127 else byte for byte in rest)  # some old tars summed signed bytes
    if signed != said:
        raise Malformed("tar archive", f"the header at byte {at:,} has a wrong checksum")


def _pax_records(data: bytes) -> dict[str, bytes]:
    """Records of `LENGTH KEY=VALUE` and a newline, where LENGTH counts the whole record.

    An empty value takes a key away; here it is kept as empty, which reads the same.
    """
    records: dict[str, bytes] = {}
    at = 0
    while at < len(data):
        if data[at] == 0:
            break  # some writers pad with NUL
        space = data.find(b" ", at, at + 20)
        digits = data[at:space] if space > 0 else b""
        if not digits.isdigit():
            raise Malformed("tar archive", "a PAX record without a length")
        end = at + int(digits)
        if end > len(data) or end <= space + 1 or data[end - 1] != 0x0A:
            raise Malformed("tar archive", "a PAX record with a wrong length")
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not equals:
            raise Malformed("tar archive", "a PAX record without a value")
        records[key.decode("utf-8", "backslashreplace")] = value
        at = end
    return records
