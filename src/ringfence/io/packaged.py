"""Data files that ship inside the package."""

from importlib.resources import files

from ringfence.errors import Unavailable


def read(path: str) -> bytes:
    """The bytes of `path`, relative to the package. Raises `Unavailable` if it does not ship."""
    try:
        return files("ringfence").joinpath(path).read_bytes()
    except OSError as cause:
        raise Unavailable("is missing from this installation", where=path, mend="install ringfence again") from cause


def names(folder: str) -> tuple[str, ...]:
    """The names of the data files in a folder of the package, sorted."""
    try:
        return tuple(sorted(item.name for item in files("ringfence").joinpath(folder).iterdir() if item.is_file()))
    except OSError as cause:
        raise Unavailable("is missing from this installation", where=folder, mend="install ringfence again") from cause
