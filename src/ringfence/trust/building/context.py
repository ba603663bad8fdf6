"""A build context on this host: its files with their digests, and what its `.dockerignore` leaves out."""

import hashlib
import os
import stat

from ringfence.errors import UnreadableInput
from ringfence.formats import dockerignore
from ringfence.formats.dockerignore import Ignored
from ringfence.io.rooted import Rooted
from ringfence.model.fact import Fact

MAX_FILE_BYTES = 16 * 1024**3
"""Bytes of one file of a context."""
CHUNK = 1024 * 1024


class ContextFile(Fact):
    """A file of the context: its mode, the digest of its content or where its link leads; `left_out` by `.dockerignore`."""

    path: str
    mode: int
    sha256: str = ""
    link: str = ""
    left_out: bool = False


class Context(Fact):
    """The files by path; `folders` are the paths of directories."""

    files: dict[str, ContextFile]
    folders: frozenset[str]


def read(folder: str, dockerfile: str) -> Context:
    """The context in a folder. Raises `UnreadableInput`, `LimitExceeded`."""
    if not os.path.isdir(folder):
        raise UnreadableInput("is no folder", where=folder, mend="name the build context with --context")
    root = Rooted(folder)
    own = f"{os.path.basename(dockerfile)}.dockerignore"
    name = next((name for name in (own, ".dockerignore", ".containerignore") if root.exists(name)), "")
    ignored = Ignored(dockerignore.parse(root.text(name)) if name else ())
    files: dict[str, ContextFile] = {}
    folders: set[str] = set()
    for entry in root.walk():
        if stat.S_ISDIR(entry.mode):
            folders.add(entry.path)
            continue
        if not (stat.S_ISREG(entry.mode) or stat.S_ISLNK(entry.mode)):
            continue
        files[entry.path] = ContextFile(
            path=entry.path,
            mode=stat.S_IMODE(entry.mode),
            sha256=_digest(root, entry.path) if stat.S_ISREG(entry.mode) else "",
            link=entry.link,
            left_out=ignored(entry.path),
        )
    return Context(files=files, folders=frozenset(folders))


def _digest(root: Rooted, path: str) -> str:
    found = hashlib.sha256()
    try:
        with open(root.resolve(path), "rb") as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
    except OSError as cause:
        raise UnreadableInput(cause.strerror or str(cause), where=path) from cause
    return found.hexdigest()
