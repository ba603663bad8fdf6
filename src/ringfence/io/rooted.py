"""Files under a root that may be hostile: no path and no symbolic link ever leads out of it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.errors import LimitExceeded, Unavailable, UnreadableInput

MAX_LINKS = 40
"""Symbolic links followed in one path before it is called a loop (the kernel's own MAXSYMLINKS)."""
MAX_FILE_BYTES = 64 * 1024 * 1024
"""Most that is read of one file unless the caller says otherwise."""
MAX_WALK_ENTRIES = 5_000_000
"""Entries visited in one walk: beyond any image or host seen, below what fills memory."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a walk found: `path` relative to the root, the mode, size in bytes, owner, and a link's target as written."""

    path: str
    mode: int
    size: int
    uid: int
    gid: int
    link: str = ""

    @property
    def is_file(self) -> bool:
        """Whether this is a regular file."""
        return stat.S_ISREG(self.mode)

    @property
    def is_directory(self) -> bool:
        """Whether this is a directory."""
        return stat.S_ISDIR(self.mode)


@dataclass(frozen=True, slots=True)
class Rooted:
    """A directory of this host seen as the root of a file system (`/` for the host itself)."""

    root: str

    def resolve(self, path: str) -> str:
        """The host path of `path`, with every symbolic link taken relative to the root. The last part need not exist.

        Raises `UnreadableInput` for a loop of links.
        """
        pending = [part for part in path.split("/") if part not in ("", ".")][::-1]
        done: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                done = done[:-1]
                continue
            here = os.path.join(self.root, *done, part)
            try:
                target = os.readlink(here)
            except OSError:
                done.append(part)
                continue
            links += 1
            if links > MAX_LINKS:
                raise UnreadableInput("symbolic links form a loop", where=path)
            done = [] if target.startswith("/") else done
            pending.extend([name for name in target.split("/") if name not in ("", ".")][::-1])
        return os.path.join(self.root, *done)

    def read(self, path: str, limit: int = MAX_FILE_BYTES) -> bytes:
        """The bytes of a regular file (or a file of /proc and /sys).

        Raises `Unavailable` if it is not there, not a file or not readable, `LimitExceeded` if longer than `limit`.
        """
        try:
            # O_NONBLOCK: a FIFO planted at the path must not hang us.
            handle = os.open(self.resolve(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Unavailable("is not a regular file", where=path)
                data = file.read(limit + 1)
        except OSError as cause:
            raise Unavailable(cause.strerror or str(cause), where=path) from cause
        if len(data) > limit:
            raise LimitExceeded("bytes of one file", limit, where=path)
        return data

    def text(self, path: str, limit: int = MAX_FILE_BYTES) -> str:
        """The file as UTF-8 with undecodable bytes replaced, without surrounding white space. Raises as `read`."""
        return self.read(path, limit).decode("utf-8", "replace").strip()

    def entry(self, path: str) -> Entry:
        """What is at `path`, links followed. Raises `Unavailable` if nothing is."""
        try:
            seen = os.lstat(self.resolve(path))
        except OSError as cause:
            raise Unavailable(cause.strerror or str(cause), where=path) from cause
        return Entry(path.strip("/"), seen.st_mode, seen.st_size, seen.st_uid, seen.st_gid)

    def inode(self, path: str) -> int:
        """The number of what is at `path` on its file system, links followed. Raises `Unavailable` if nothing is."""
        try:
            return os.stat(self.resolve(path), follow_symlinks=False).st_ino
        except OSError as cause:
            raise Unavailable(cause.strerror or str(cause), where=path) from cause

    def exists(self, path: str) -> bool:
        """Whether there is something at `path`, links followed."""
        return os.path.lexists(self.resolve(path))

    def link(self, path: str) -> str:
        """What the link at `path` says, itself unfollowed (`/proc/PID/ns/net`). Raises `Unavailable` if it is none."""
        parent, _, name = path.rstrip("/").rpartition("/")
        try:
            return os.readlink(os.path.join(self.resolve(parent), name))
        except OSError as cause:
            raise Unavailable(cause.strerror or str(cause), where=path) from cause

    def names(self, path: str) -> tuple[str, ...]:
        """The names in a directory, sorted; empty if it is not there. Raises `Unavailable` if it may not be read."""
        try:
            return tuple(sorted(os.listdir(self.resolve(path))))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as cause:
            raise Unavailable(cause.strerror or str(cause), where=path) from cause

    def walk(self, path: str = "", skip: frozenset[str] = frozenset()) -> Iterator[Entry]:
        """Every entry under `path`, links not followed, directories named in `skip` (base names) not entered.

        A directory that cannot be read is passed over. Raises `LimitExceeded` after `MAX_WALK_ENTRIES`.
        """
        count = 0
        pending = [path.strip("/")]
        while pending:
            here = pending.pop()
            try:
                found = sorted(os.scandir(os.path.join(self.root, here)), key=lambda item: item.name)
            except OSError:
                continue
            for item in found:
                count += 1
                if count > MAX_WALK_ENTRIES:
                    raise LimitExceeded("entries of one walk", MAX_WALK_ENTRIES, where=self.root)
                name = f"{here}/{item.name}" if here else item.name
                try:
                    seen = item.stat(follow_symlinks=False)
                    link = os.readlink(item.path) if stat.S_ISLNK(seen.st_mode) else ""
                except OSError:
                    continue
                yield Entry(name, seen.st_mode, seen.st_size, seen.st_uid, seen.st_gid, link)
                if stat.S_ISDIR(seen.st_mode) and item.name not in skip:
                    pending.append(name)
