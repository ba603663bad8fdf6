"""`.ringfence-ignore`: the findings that people decided to live with, each with its reason.

A TOML document (https://toml.io, version 1.0) of `[[ignore]]` tables; `docs/report.md` describes it for its writers. A key
that is not known is an error: a misspelt `until` would otherwise make an exception last for ever.
"""

import datetime as dt
import re
import tomllib

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact
from ringfence.model.location import Location

MAX_BYTES = 1_000_000
"""Length of one file; 10,000 exceptions with long reasons fit."""
MAX_EXEMPTIONS = 10_000
"""Exceptions in one file; more than that is a policy to be changed, not a list to be kept."""

FORM = "ignore file"
SELECTORS = ("id", "rule", "cve", "package", "path", "secret", "workload", "target")
"""The keys that say which findings are meant; all that are given must match."""
LEAST_HASH = 12
"""Hexadecimal digits of a secret's hash that tell it from others."""
_HASH = re.compile(rf"[0-9a-f]{{{LEAST_HASH},64}}")


class Exemption(Fact):
    """An exception: which findings, why, and until which day (YYYY-MM-DD, that day included; empty is for ever).

    `id`, `rule` and `cve` are exact names (a rule is a finding's, or the one that a secret is known by); `secret` is the
    SHA-256 of a secret or its start, at least `LEAST_HASH` digits; `package`, `path`, `workload` and `target` are glob
    patterns in which `*` crosses slashes. Empty means that any will do. `at` is where it is written.
    """

    reason: str
    until: str = ""
    id: str = ""
    rule: str = ""
    cve: str = ""
    package: str = ""
    path: str = ""
    secret: str = ""
    workload: str = ""
    target: str = ""
    at: Location = Location()


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    until: dt.date | None = None
    id: str = ""
    rule: str = ""
    cve: str = ""
    package: str = ""
    path: str = ""
    secret: str = ""
    workload: str = ""
    target: str = ""


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    ignore: list[_Entry] = []


def parse(data: bytes, path: str = ".ringfence-ignore") -> tuple[Exemption, ...]:
    """The exceptions in the file at `path`. Raises `Malformed`, naming the line, or `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of an ignore file", MAX_BYTES, where=path)
    try:
        text = data.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError as cause:
        raise Malformed(FORM, f"byte {cause.start} is not UTF-8", where=path) from cause
    except tomllib.TOMLDecodeError as cause:
        raise Malformed(FORM, str(cause), where=path) from cause
    except RecursionError as cause:
        raise Malformed(FORM, "it is nested too deeply", where=path) from cause
    lines = _lines_of_entries(text)
    try:
        entries = msgspec.convert(document, _Document).ignore
    except msgspec.ValidationError as cause:
        raise _malformed(str(cause), path, lines) from cause
    if len(entries) > MAX_EXEMPTIONS:
        raise LimitExceeded("exceptions in an ignore file", MAX_EXEMPTIONS, where=path)
    return tuple(_exemption(entry, index, path, lines) for index, entry in enumerate(entries))


_HEADER = re.compile(r"\s*\[\[\s*(?:ignore|\"ignore\"|'ignore')\s*\]\]")


def _lines_of_entries(text: str) -> tuple[int, ...]:
    """The line of each `[[ignore]]`: tomllib keeps none. A file that writes its entries otherwise has fewer than entries."""
    return tuple(number for number, line in enumerate(text.split("\n"), 1) if _HEADER.match(line))


def _exemption(entry: _Entry, index: int, path: str, lines: tuple[int, ...]) -> Exemption:
    line = lines[index] if index < len(lines) else None
    where = f"{path}:{line}" if line is not None else f"{path}, exception {index + 1}"
    if not entry.reason.strip():
        raise Malformed(FORM, "the exception has an empty reason", where=where, mend="say why the finding is accepted")
    if entry.secret and not _HASH.fullmatch(entry.secret.lower()):
        mend = f"give at least {LEAST_HASH} hexadecimal digits, as the report's 'fingerprint' or sha256sum has them"
        raise Malformed(FORM, "secret is not the start of a SHA-256", where=where, mend=mend)
    if not any(getattr(entry, name) for name in SELECTORS):
        mend = f"name at least one of {', '.join(SELECTORS)}"
        raise Malformed(FORM, "the exception would match every finding", where=where, mend=mend)
    return Exemption(
        reason=entry.reason.strip(),
        until=entry.until.isoformat() if entry.until else "",
        id=entry.id,
        rule=entry.rule,
        cve=entry.cve,
        package=entry.package,
        path=entry.path,
        secret=entry.secret.lower(),
        workload=entry.workload,
        target=entry.target,
        at=Location(path=path, line=line),
    )


_PLACE = re.compile(r"(?P<wrong>.*?) - at `\$(?:\.ignore\[(?P<index>\d+)\](?:\.(?P<key>\w+))?)?.*`", re.DOTALL)


def _malformed(said: str, path: str, lines: tuple[int, ...]) -> Malformed:
    """The sentence of msgspec (`Object missing required field ... - at $.ignore[1]`) with the line instead of the index."""
    found = _PLACE.fullmatch(said)
    if found is None:
        return Malformed(FORM, said, where=path)
    index = int(found["index"]) if found["index"] else None
    line = lines[index] if index is not None and index < len(lines) else None
    wrong = f"{found['key']}: {found['wrong']}" if found["key"] else found["wrong"]
    mend = 'every exception says why: add reason = "..."' if "required field `reason`" in wrong else ""
    return Malformed(FORM, wrong, where=f"{path}:{line}" if line is not None else path, mend=mend)
