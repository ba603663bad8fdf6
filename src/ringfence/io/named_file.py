"""A file of this host that the user named."""

from ringfence.errors import UnreadableInput


def read(path: str, limit: int) -> bytes:
    """The whole file, at most `limit` bytes. Raises `UnreadableInput`."""
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except OSError as cause:
        raise UnreadableInput(cause.strerror or str(cause), where=path, mend="check the path") from cause
    if len(data) > limit:
        raise UnreadableInput(f"is larger than {limit:,} bytes", where=path)
    return data


def head(path: str, size: int) -> bytes:
    """The first `size` bytes. Raises `UnreadableInput`."""
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except OSError as cause:
        raise UnreadableInput(cause.strerror or str(cause), where=path, mend="check the path") from cause
