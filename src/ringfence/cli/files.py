"""Files that commands outside the report read and write: recordings, profiles."""

import os
from typing import TYPE_CHECKING

from ringfence.errors import UnreadableInput

if TYPE_CHECKING:
    from ringfence.formats.seccomp_profile import SeccompProfile
    from ringfence.model.recording import Recording
    from ringfence.model.syscall_filter import SyscallFilter


KEPT = ".before-ringfence"
"""What is added to the name of a file as it was before `--apply`."""
ENDINGS = (".yaml", ".yml", ".json")
"""What manifests are called in a folder."""


def read_bytes(path: str, limit: int) -> bytes:
    """A file the user named, at most `limit` bytes long. Raises `UnreadableInput`."""
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except OSError as cause:
        raise UnreadableInput(cause.strerror or str(cause), where=path, mend="check the path") from cause
    if len(data) > limit:
        raise UnreadableInput(f"is larger than {limit:,} bytes", where=path)
    return data


def manifests(path: str) -> tuple[str, ...]:
    """The file itself, or the YAML and JSON files under a folder, hidden ones left out. Raises `UnreadableInput`."""
    if path == "-" or not os.path.isdir(path):
        return (path,)
    found: list[str] = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name[0] != ".")
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith(ENDINGS) and name[0] != "."]
    if not found:
        raise UnreadableInput("holds no YAML or JSON file", where=path, mend="check the path")
    return tuple(found)


def write_bytes(path: str, data: bytes, mode: int = 0o666) -> None:
    """Written beside and renamed, so that no reader ever sees half a file; into a device or a pipe as it is.

    `mode` is that of a new file before the user's mask. Raises `UnreadableInput`.
    """
    beside = f"{path}.part" if os.path.isfile(path) or os.path.isdir(path) or not os.path.exists(path) else path
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if beside != path:
            os.replace(beside, path)
    except OSError as cause:
        raise UnreadableInput(f"cannot be written: {cause.strerror or cause}", where=path, mend="name another") from cause


def keep_and_write(path: str, before: str, after: str) -> None:
    """Keeps a file beside itself as it was at first, then puts the new text in its place, with its mode."""
    mode = os.stat(path).st_mode & 0o7777
    for place, text in ((path + KEPT, before), (path, after)):
        if place == path or not os.path.exists(place):
            write_bytes(place, text.encode())
            os.chmod(place, mode)


def read_recording(path: str) -> "Recording":
    """A recording. Raises `UnreadableInput` naming the file."""
    from ringfence.formats import recording as form

    data = read_bytes(path, form.MAX_BYTES)
    try:
        return form.decode(data)
    except UnreadableInput as cause:
        cause.where = path
        raise


def read_recordings(paths: list[str]) -> "Recording":
    """Several recordings as one."""
    from ringfence.record.merging import merge

    return merge(read_recording(path) for path in paths)


def read_profile(path: str) -> "tuple[SeccompProfile, SyscallFilter]":
    """A seccomp profile, and the filter it comes to in a container without capabilities."""
    from ringfence.engine import profiles
    from ringfence.formats.typed_json import MAX_BYTES

    return profiles.read(read_bytes(path, MAX_BYTES), path)
