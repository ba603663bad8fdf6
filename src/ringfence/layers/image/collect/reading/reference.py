"""Which form of image a reference means: by its prefix, or by what lies at the path."""

import os
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.io import stdin, tar_archive


class Form(StrEnum):
    """The forms, by their prefixes (containers-transports(5)); `NAME` is a bare name, wherever it is found."""

    NAME = "name"
    REGISTRY = "docker"

    DOCKER_ARCHIVE = "docker-archive"
    OCI_ARCHIVE = "oci-archive"
    OCI = "oci"
    STORAGE = "containers-storage"
    DAEMON = "docker-daemon"
    CONTAINERD = "containerd"
    DIRECTORY = "dir"


class Reference(NamedTuple):
    """A form, the path it lies at (empty for a store), and the name of one image there (empty: the only one)."""

    form: Form
    path: str
    name: str = ""


_STORES = frozenset({Form.STORAGE, Form.DAEMON, Form.CONTAINERD})
"""Forms in which an image has a name and no path."""
MAX_STDIN_BYTES = 64 * 1024**3
"""Bytes of an archive on standard input."""
_MARKS_OF_A_ROOT = ("etc", "usr", "bin", "lib", "var")


def parse(ref: str) -> Reference:
    """What `ref` means. Raises `WrongUsage` for a form without a name, `UnreadableInput` where nothing fits."""
    prefix, colon, rest = ref.partition(":")
    if ref == "-":
        path = stdin.spooled(MAX_STDIN_BYTES)
        return Reference(_form_at(path), path)
    if colon and prefix in tuple(Form) and prefix != Form.NAME:
        if not rest:
            raise WrongUsage(f"names nothing after {prefix}:", where=ref, mend=f"write {prefix}:PATH")
        form = Form(prefix)
        if form is Form.REGISTRY:
            return Reference(form, "", rest.removeprefix("//"))
        return Reference(form, "", rest) if form in _STORES else Reference(form, *_path_and_name(rest, form))
    if os.path.lexists(ref):
        return Reference(_form_at(ref), ref)
    if looks_like_a_path(ref):
        raise UnreadableInput("No such file or directory", where=ref, mend="check the path")
    return Reference(Form.NAME, "", ref)


def looks_like_a_path(ref: str) -> bool:
    """Whether a user who wrote this meant a file: it starts like a path or ends like an archive."""
    return ref.startswith(("/", "./", "../", "~")) or ref.endswith((".tar", ".tar.gz", ".tgz", ".tar.zst", ".oci"))


def _path_and_name(rest: str, form: Form) -> tuple[str, str]:
    """The longest part of `rest` that exists, and what follows its colon; a path may hold colons too."""
    end = len(rest)
    while form is not Form.DIRECTORY and end > 0:
        if os.path.lexists(rest[:end]):
            return rest[:end], rest[end + 1 :]
        end = rest.rfind(":", 0, end)
    return rest, ""


def _form_at(path: str) -> Form:
    if os.path.isdir(path):
        if os.path.exists(os.path.join(path, "oci-layout")) or os.path.exists(os.path.join(path, "index.json")):
            return Form.OCI
        if any(os.path.lexists(os.path.join(path, name)) for name in _MARKS_OF_A_ROOT):
            return Form.DIRECTORY
        raise UnreadableInput(
            "is neither an OCI layout (no oci-layout, no index.json) nor a root file system",
            where=path,
            mend="give dir:PATH if it is a root file system all the same",
        )
    try:
        about = os.stat(path)
    except OSError as cause:
        raise UnreadableInput(cause.strerror or str(cause), where=path, mend="check the path") from cause
    return _form_of_archive(path, about.st_size, about.st_mtime_ns)


# Every source asks about every reference; a compressed archive must be read through for the answer.
@lru_cache(maxsize=8)
def _form_of_archive(path: str, _size: int, _changed: int) -> Form:
    files = tar_archive.index(path).files
    # Docker writes both since version 25; its own manifest has the tags.
    if "manifest.json" in files:
        return Form.DOCKER_ARCHIVE
    if "index.json" in files:
        return Form.OCI_ARCHIVE
    raise UnreadableInput(
        "is a tar, but no image archive: it has neither manifest.json nor index.json",
        where=path,
        mend="unpack a root file system and give dir:PATH",
    )
