"""A tree of published files: at an https address, in a folder, or one file of it in hand."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO
from urllib.parse import quote

from ringfence.errors import LimitExceeded, Unavailable, UnreadableInput
from ringfence.io.http import MAX_BYTES, Http, Validator
from ringfence.io.rooted import Rooted

PACKED = (".zip", ".gz", ".xz", ".zst", ".bz2", ".json", ".csv", ".ndjson")
"""Endings of an address that is one file and no tree."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where files come from. `ref` is what the user wrote; `single` says that it is one file, not a tree.

    `held` are validators of files that were read before, by their address: `file` asks for those only if they changed.
    With `keep`, every file that is opened is kept in that folder under its path, which makes a mirror of what was asked for.
    """

    ref: str
    single: bool = False
    http: Http = field(default_factory=Http)
    keep: str = ""
    held: Mapping[str, Validator] = field(default_factory=dict)

    @property
    def remote(self) -> bool:
        """Whether it is behind the network."""
        return "://" in self.ref

    def open(self, path: str, max_bytes: int = MAX_BYTES, held: Validator | None = None) -> IO[bytes] | None:
        """The file at `path` in the tree, open at its start; None if there is none.

        Raises `Unavailable` if it cannot be had, `LimitExceeded` if it is larger than `max_bytes`.
        """
        if self.keep:
            _check_inside(self.keep, path)
        if self.remote:
            found = self.http.fetch(self._address(path), max_bytes, held)
        else:
            found = _local(Rooted(self.ref).resolve(path), max_bytes)
        return found if found is None or not self.keep else _kept(found, self.keep, path)

    def file(self, path: str, max_bytes: int = MAX_BYTES) -> IO[bytes] | None:
        """The one file of a feed: the one in hand, or the one at `path` in the tree.

        Raises as `open`, and `Unchanged` if the server says that it is what `held` was told of.
        """
        if not self.single:
            return self.open(path, max_bytes, self.held.get(self._address(path)))
        return self.open_single(max_bytes, self.held.get(self.ref))

    def _address(self, path: str) -> str:
        return f"{self.ref.rstrip('/')}/{quote(path)}"

    def folders(self) -> tuple[str, ...] | None:
        """The names of the folders at the top, sorted; None behind the network, where nobody lists them."""
        if self.remote:
            return None
        tree = Rooted(self.ref)
        return tuple(name for name in tree.names("") if os.path.isdir(tree.resolve(name)))

    def has(self, path: str) -> bool:
        """Whether a local tree has this file."""
        return os.path.isfile(Rooted(self.ref).resolve(path))

    def open_single(self, max_bytes: int = MAX_BYTES, held: Validator | None = None) -> IO[bytes]:
        """The one file that `ref` is. Raises as `open`, and `Unavailable` if it is not there."""
        found = self.http.fetch(self.ref, max_bytes, held) if self.remote else _local(self.ref, max_bytes)
        if found is None:
            raise Unavailable("is not there", where=self.ref, mend="check the address")
        return found if not self.keep else _kept(found, self.keep, self.ref.rpartition("/")[2])


def open_bucket(ref: str, make_http: Callable[[], Http] = Http) -> Bucket:
    """The bucket that `ref` names: a URL, a folder or a file (a URL with an ending of `PACKED` is a file).

    Raises `UnreadableInput` if a local `ref` is not there.
    """
    if "://" in ref:
        return Bucket(ref, single=ref.endswith(PACKED), http=make_http())
    if not os.path.exists(ref):
        raise UnreadableInput("is not there", where=ref, mend="name a folder, a .zip file or an https address")
    return Bucket(ref, single=not os.path.isdir(ref))


def _check_inside(folder: str, path: str) -> None:
    """Raises `Unavailable` for a path that leads out of a folder: some come out of publishers' listings."""
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise Unavailable(f"names a file {path[:100]!r} outside the mirror", where=folder, mend="check the source")


def _kept(file: IO[bytes], folder: str, path: str) -> IO[bytes]:
    """The file again, after a copy of it was put in its place."""
    _save(os.path.join(folder, path), file)
    file.seek(0)
    return file


def save(target: str, data: bytes) -> None:
    """Writes `data` to `target`, beside it first and then renamed. Raises `Unavailable`."""
    _save(target, BytesIO(data))


def _save(target: str, file: IO[bytes]) -> None:
    try:
        os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
        with open(f"{target}.part", "wb") as out:
            shutil.copyfileobj(file, out, 1 << 20)
        os.replace(f"{target}.part", target)
    except OSError as cause:
        raise Unavailable(
            cause.strerror or str(cause), where=target, mend="free disk space, or check permissions"
        ) from cause


def _local(path: str, max_bytes: int) -> IO[bytes] | None:
    try:
        if not os.path.isfile(path):
            return None
        if os.path.getsize(path) > max_bytes:
            raise LimitExceeded("bytes of one file", max_bytes, where=path)
        return open(path, "rb")
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=path, mend="check its permissions") from cause
