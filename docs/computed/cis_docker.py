"""The page that says for each number of the CIS Docker Benchmark which check judges it, or why none does."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ringfence.engine.index import plugins

PAGE = "cis-docker.md"
ROWS = Path(__file__).with_name("cis_docker.json")
PREFIX = "CIS-Docker-"

INTRODUCTION = """# CIS Docker Benchmark

Written by `make gen`. Numbers are those of version 1.6.0, as docker-bench-security has them; the words are ours. A finding
carries the numbers that it stands for in its `aliases`. What is judged here for Docker is judged for Podman, CRI-O and
containerd too, where they have the same setting.

| number | about | judged by |
| --- | --- | --- |"""


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """A number, what it is about, and what is to be said beside the checks, or why there is none.

    `see` are checks that judge the same thing elsewhere, and so do not carry the number.
    """

    number: str
    what: str
    note: str = ""
    see: tuple[str, ...] = ()


def rows() -> tuple[Row, ...]:
    """Every number in order."""
    return msgspec.json.decode(ROWS.read_bytes(), type=tuple[Row, ...])


def judges() -> dict[str, list[str]]:
    """The checks that name each number, without the prefix."""
    found: dict[str, list[str]] = {}
    for check in plugins("CHECK"):
        aliases = check.fields.get("aliases", ())
        for alias in aliases if isinstance(aliases, (list, tuple)) else ():
            if str(alias).startswith(PREFIX):
                found.setdefault(str(alias).removeprefix(PREFIX), []).append(check.slug)
    return found


def lines() -> Iterator[str]:
    """The page."""
    yield INTRODUCTION
    by_number = judges()
    for row in rows():
        checks = [f"[{slug}](checks/{slug}.md)" for slug in (*sorted(by_number.get(row.number, ())), *row.see)]
        yield f"| {row.number} | {row.what} | {'; '.join([*checks, *([row.note] if row.note else [])])} |"
    yield ""


def page() -> bytes:
    """The page as it is written."""
    return "\n".join(lines()).encode()
