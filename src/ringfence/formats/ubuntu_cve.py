"""Ubuntu's CVE tracker: a text file for each CVE, with a line for each release and package.

Source: ubuntu-cve-tracker, README ("CVE file format") and scripts/cve_lib.py (statuses, releases with their channels).
"""

import re
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of one file; the largest are about 200 KB."""


class UbuntuLine(Fact):
    """The state of a package in a release: `status` is `released`, `needed`, `ignored` ...; `detail` stood in brackets.

    `channel` is `esm-infra`, `esm-apps` or empty for the free archive.
    """

    release: str
    channel: str
    package: str
    status: str
    detail: str = ""


class UbuntuCve(Fact):
    """One file: `priority` is Ubuntu's own, `priorities` those it gives single packages; `cvss` the first vector."""

    id: str
    published: str = ""
    priority: str = ""
    priorities: tuple[tuple[str, str], ...] = ()
    cvss: str = ""
    description: str = ""
    lines: tuple[UbuntuLine, ...] = ()


_STATE = re.compile(r"(?:([a-z-]+)/)?([a-z]+)_([A-Za-z0-9.+-]+): ([A-Za-z-]+)(?: \((.*)\))?")
_VECTOR = re.compile(r"CVSS:\d\.\d/\S+")


def parse(data: bytes) -> UbuntuCve:
    """The file in `data`. Raises `Malformed` if it names no CVE, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of one CVE file", MAX_BYTES)
    fields: dict[str, str] = {}
    lines: list[UbuntuLine] = []
    key = ""
    for line in data.decode("utf-8", "replace").split("\n"):
        if line[:1] in (" ", "\t"):
            fields[key] = f"{fields.get(key, '')} {line.strip()}".strip()
            continue
        key, colon, value = line.partition(":")
        if not colon or line[:1] == "#":
            continue
        seen = _STATE.fullmatch(line.rstrip())
        if seen is not None:
            lines.append(_line(seen))
        else:
            fields[key] = value.strip()
    if not fields.get("Candidate", "").startswith("CVE-"):
        raise Malformed("Ubuntu CVE file", "it names no candidate")
    vector = _VECTOR.search(fields.get("CVSS", ""))
    return UbuntuCve(
        id=fields["Candidate"],
        published=fields.get("PublicDate", ""),
        priority=fields.get("Priority", "").split(" ")[0],
        priorities=tuple(_priorities(fields)),
        cvss=vector[0] if vector else "",
        description=fields.get("Description", ""),
        lines=tuple(lines),
    )


def _line(seen: re.Match[str]) -> UbuntuLine:
    channel, release = seen[1] or "", seen[2]
    if release == "esm":  # the old spelling, `trusty/esm`
        channel, release = "esm-infra", channel
    return UbuntuLine(release=release, channel=channel, package=seen[3], status=seen[4], detail=seen[5] or "")


def _priorities(fields: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in fields.items():
        if key.startswith("Priority_"):
            yield key.removeprefix("Priority_"), value.split(" ")[0]
