"""Files that must be whole or not at all: written beside and renamed, new ones for their owner only."""

import contextlib
import os
import tempfile

from ringfence.errors import Unavailable


def write(path: str, data: bytes, mode: int = 0o600) -> None:
    """Replaces or makes the file. Raises `Unavailable`."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(folder, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".ringfence-", dir=folder)
        with contextlib.ExitStack() as half:
            half.callback(remove, part)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(part, mode)
            os.replace(part, path)
            half.pop_all()
    except OSError as cause:
        raise Unavailable(f"cannot be written: {cause.strerror or cause}", where=path, mend="name another") from cause


def remove(path: str) -> None:
    """Takes the file away, if it is there. Raises `Unavailable`."""
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    except OSError as cause:
        raise Unavailable(f"cannot be removed: {cause.strerror or cause}", where=path) from cause
