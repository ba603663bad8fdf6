"""`/etc/group` and `/etc/passwd`: who is in which group. Sources: group(5), passwd(5)."""

from ringfence.errors import LimitExceeded
from ringfence.model.fact import Fact

MAX_BYTES = 16 * 1024 * 1024
"""Bytes of one file; a directory service of a hundred thousand users written out has about 10 MB."""


class Group(Fact):
    """A group with the members its line names; those who have it as their first group are in `/etc/passwd`."""

    name: str
    number: int
    members: tuple[str, ...] = ()


class Account(Fact):
    """A user: name, number, first group."""

    name: str
    number: int
    group: int


def parse_groups(data: bytes) -> tuple[Group, ...]:
    """Every well-formed line. Raises `LimitExceeded` past `MAX_BYTES`, nothing else: libc passes over others too."""
    return tuple(
        Group(name=name, number=int(number), members=tuple(member for member in members.split(",") if member))
        for name, _, number, members in _lines(data, 4, "group file")
        if number.isascii() and number.isdecimal()
    )


def parse_accounts(data: bytes) -> tuple[Account, ...]:
    """Every well-formed line. Raises as `parse_groups`."""
    return tuple(
        Account(name=name, number=int(number), group=int(group))
        for name, _, number, group, *_ in _lines(data, 7, "password file")
        if number.isascii() and number.isdecimal() and group.isascii() and group.isdecimal()
    )


def _lines(data: bytes, fields: int, form: str) -> list[list[str]]:
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {form}", MAX_BYTES)
    split = (line.split(":") for line in data.decode("utf-8", "replace").splitlines())
    return [line for line in split if len(line) == fields and len(line[2]) < 20 and line[0]]
