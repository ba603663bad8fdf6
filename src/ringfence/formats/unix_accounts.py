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


class Password(Fact):
    """A user of `/etc/passwd` or `/etc/shadow`: its number (-1 in the second), and whether it needs no password."""

    name: str
    number: int
    empty: bool


def parse_passwords(data: bytes) -> tuple[Password, ...]:
    """Every line with a name, in either file. Raises as `parse_groups`.

    An empty second field is an empty password, which `nullok` of pam_unix lets in (passwd(5), shadow(5)); in `/etc/passwd`
    an `x` sends to the other file.
    """
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a password file", MAX_BYTES)
    found = []
    for line in data.decode("utf-8", "replace").splitlines():
        fields = line.split(":")
        if len(fields) in (7, 9) and fields[0] and not fields[0].startswith(("#", "+", "-")):
            number = fields[2] if len(fields) == 7 else ""
            plain = number.isascii() and number.isdecimal() and len(number) < 20
            found.append(Password(name=fields[0], number=int(number) if plain else -1, empty=not fields[1]))
    return tuple(found)


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
