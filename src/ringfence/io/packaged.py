"""Data files that ship inside the package."""

import hashlib
import os
from importlib.resources import files

import ringfence
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


def fingerprint(*folders: str) -> str:
    """A digest of all code and data in these folders of the package: another one, and kept results are of no use."""
    digest = hashlib.sha256()
    root = os.path.dirname(os.path.abspath(ringfence.__file__))
    for folder in folders:
        for here, inner, found in os.walk(os.path.join(root, folder)):
            inner.sort()
            for name in sorted(found):
                if name.endswith((".py", ".json")):
                    with open(os.path.join(here, name), "rb") as file:
                        data = file.read()
                    digest.update(f"{os.path.relpath(here, root)}/{name} {len(data)}\n".encode())
                    digest.update(data)
    return digest.hexdigest()
