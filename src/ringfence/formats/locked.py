"""What lock files of every kind say about one package, and TOML into narrow types."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_BYTES = 32 * 1024 * 1024
"""Bytes of one lock file; a monorepo's package-lock.json reaches some 5 MB."""
MAX_PACKAGES = 200_000
"""Packages of one lock file."""

T = TypeVar("T")


class Need(Fact, gc=False):
    """What one package asks for: the `key` of the package it got (or a name, where the file keeps one version of each), and
    the range it asked with, as written; empty where the file does not keep it.
    """

    key: str
    specifier: str = ""


class LockedPackage(Fact):
    """A package that a lock file fixes.

    `source` is `registry`, `git`, `archive` (a file at an address) or `path`; `reference` the git reference. `hashed` and
    `install_script` are None where this lock file's format does not say. `line` counts from 1, None if not found. `key` is
    what `needs` of others call it (empty: its name). `answers` are the questions it answers (`a@^1`), where the form keeps
    them. `direct` is None where only the manifest beside it tells. `withdrawn` is why nobody should use it any more.
    """

    name: str
    version: str
    line: int | None = None
    source: str = "registry"
    url: str = ""
    reference: str = ""
    hashed: bool | None = None
    install_script: bool | None = None
    dev: bool = False
    key: str = ""
    needs: tuple[Need, ...] = ()
    answers: tuple[str, ...] = ()
    direct: bool | None = None
    withdrawn: str = ""


class Member(Fact):
    """A project that a lock file is for, by its name and folder, with what it asks for itself: keys, as `Need` has them."""

    name: str
    path: str = ""
    asks: tuple[Need, ...] = ()
    dev_asks: tuple[Need, ...] = ()


class Locked(Fact):
    """A lock file: its packages in file order, and the projects it is for, where it names them."""

    packages: tuple[LockedPackage, ...] = ()
    members: tuple[Member, ...] = ()


def locked(packages: Iterable[LockedPackage], members: Iterable[Member] = ()) -> Locked:
    """The file, as long as it keeps within the limit. Raises `LimitExceeded`."""
    found: list[LockedPackage] = []
    for item in packages:
        if len(found) >= MAX_PACKAGES:
            raise LimitExceeded("packages of one lock file", MAX_PACKAGES)
        found.append(item)
    return Locked(packages=tuple(found), members=tuple(members))


class Toml(msgspec.Struct, Generic[T], frozen=True):
    """A decoded document and its text."""

    document: T
    text: str


def toml(data: bytes, shape: type[T], form: str) -> Toml[T]:
    """TOML as a value of `shape`. Raises `Malformed` naming `form`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {form}", MAX_BYTES)
    try:
        return Toml(msgspec.toml.decode(data, type=shape), data.decode())
    except (ValueError, RecursionError) as cause:  # ValueError: bad TOML, bad UTF-8, numbers too long for an int
        raise Malformed(form, str(cause)) from cause


def table_lines(text: str, header: str) -> tuple[int, ...]:
    """The lines (from 1) that are exactly `header`, such as `[[package]]`: where the tables of an array begin."""
    return tuple(number for number, line in enumerate(text.splitlines(), 1) if line.strip() == header)
