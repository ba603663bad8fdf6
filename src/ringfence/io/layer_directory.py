"""A directory of this host read as if it were a layer's tar: a root file system, or an overlay layer where it lies."""

import hashlib
import os
import stat
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Unavailable
from ringfence.formats.tar import Kind, Member
from ringfence.io.rooted import MAX_WALK_ENTRIES

_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")
_ESCAPE = "backslashreplace"


class LayerDirectory:
    """Every entry under a root, links not followed, other file systems' pseudo files left out.

    `unreadable` collects the paths that could not be looked into.
    """

    def __init__(self, root: str, *, overlay: bool) -> None:
        self._root = os.fsencode(root)
        self._overlay = overlay
        self._current = b""
        self._seen = os.stat_result((0,) * 10)
        self._taken = 0
        self.unreadable: list[str] = []

    def members(self) -> Iterator[Member]:
        """Every entry in a stable order. Raises `Unavailable` if the root cannot be read, `LimitExceeded` if too many."""
        try:
            device = os.lstat(self._root).st_dev
            os.listdir(self._root)
        except OSError as cause:
            raise Unavailable(cause.strerror or str(cause), where=os.fsdecode(self._root)) from cause
        if self._overlay and self._is_opaque(self._root):
            yield Member(path="", kind=Kind.DIRECTORY, opaque=True)
        pending, count = [b""], 0
        while pending:
            here = pending.pop()
            try:
                with os.scandir(os.path.join(self._root, here)) as listing:
                    found = sorted(listing, key=lambda item: item.name)
            except OSError:
                self.unreadable.append(_text(here))
                continue
            for item in found:
                count += 1
                if count > MAX_WALK_ENTRIES:
                    raise LimitExceeded("entries of one walk", MAX_WALK_ENTRIES, where=os.fsdecode(self._root))
                name = here + b"/" + item.name if here else item.name
                try:
                    seen = item.stat(follow_symlinks=False)
                except OSError:
                    self.unreadable.append(_text(name))
                    continue
                is_directory = stat.S_ISDIR(seen.st_mode)
                # /proc, /sys and /dev of a running system are other file systems without files of the image.
                if is_directory and not (seen.st_dev != device and name in (b"proc", b"sys", b"dev")):
                    pending.append(name)
                self._current, self._seen, self._taken = item.path, seen, 0
                yield self._member(item.path, name, seen)

    def identity(self) -> str:
        """What tells whether anything under the root changed since it was seen: every entry's name, place, size and times.

        The time of change (`ctime`) cannot be set back by who writes a file (see `blobs.identity`). Raises as `members`.
        """
        seen = hashlib.blake2b(digest_size=32)
        try:
            about = os.lstat(self._root)
        except OSError as cause:
            raise Unavailable(cause.strerror or str(cause), where=os.fsdecode(self._root)) from cause
        seen.update(f"{about.st_dev} {about.st_ino} {about.st_ctime_ns}".encode())
        for _ in self.members():
            about, name = self._seen, self._current
            seen.update(name + f"\0{about.st_ino} {about.st_mode} {about.st_size} {about.st_ctime_ns}\n".encode())
        return seen.hexdigest()

    def content(self, limit: int) -> bytes:
        """At most `limit` further bytes of the file given last; none (and a note in `unreadable`) if it cannot be read."""
        try:
            handle = os.open(self._current, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                data = os.pread(handle, limit, self._taken)
                while 0 < len(data) < limit and (more := os.pread(handle, limit - len(data), self._taken + len(data))):
                    data += more
                self._taken += len(data)
            finally:
                os.close(handle)
        except OSError:
            self.unreadable.append(_text(os.path.relpath(self._current, self._root)))
            return b""
        return data

    def _member(self, place: bytes, name: bytes, seen: os.stat_result) -> Member:
        mode = seen.st_mode
        kind, link, capability = Kind.OTHER, "", b""
        if stat.S_ISREG(mode):
            kind = Kind.FILE
            if mode & 0o111:
                capability = _attribute(place, "security.capability")
        elif stat.S_ISDIR(mode):
            kind = Kind.DIRECTORY
        elif stat.S_ISLNK(mode):
            kind, link = Kind.SYMLINK, _link(place)
        elif stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            kind = Kind.DEVICE
        return Member(
            path=_text(name),
            kind=kind,
            mode=stat.S_IMODE(mode),
            uid=seen.st_uid,
            gid=seen.st_gid,
            size=seen.st_size if kind is Kind.FILE else 0,
            link=link,
            capability=capability,
            whiteout=self._overlay and stat.S_ISCHR(mode) and seen.st_rdev == 0,
            opaque=self._overlay and kind is Kind.DIRECTORY and self._is_opaque(place),
        )

    @staticmethod
    def _is_opaque(place: bytes) -> bool:
        return any(_attribute(place, name) == b"y" for name in _OPAQUE)


def _text(name: bytes) -> str:
    return name.decode("utf-8", _ESCAPE)


def _attribute(place: bytes, name: str) -> bytes:
    try:
        return os.getxattr(place, name, follow_symlinks=False)
    except OSError:
        return b""


def _link(place: bytes) -> str:
    try:
        return _text(os.readlink(place))
    except OSError:
        return ""
