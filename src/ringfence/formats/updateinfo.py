"""Security updates of an rpm repository (`updateinfo.xml`) and the index that names the file (`repomd.xml`).

Source: createrepo_c's `updaterecord` and `repomd`, as yum and dnf read them. Read as a stream; a DTD is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ringfence.errors import LimitExceeded
from ringfence.formats import xml_stream
from ringfence.formats.xml_stream import ByteSource
from ringfence.model.fact import Fact

MAX_DEPTH = 50
"""Elements within elements; the format has seven."""
MAX_UPDATES = 500_000
"""Updates of one document."""
MAX_PACKAGES = 100_000
"""Packages of one update; a kernel's has some hundred."""
MAX_TEXT = 1_000_000
"""Characters of one text."""


class UpdatedPackage(Fact):
    """An rpm that an update brings: its name and version (`0:1.2-3`, with the epoch)."""

    name: str
    version: str


class Update(Fact):
    """One update: its id (`ALAS2023-2023-126`), kind (`security`), dates, the vendor's severity, CVEs and packages."""

    id: str
    kind: str
    title: str
    severity: str
    issued: str
    updated: str
    cves: tuple[str, ...]
    packages: tuple[UpdatedPackage, ...]


class Indexed(Fact):
    """A file of the repository: its path, and its digest as `sha256:...` (empty where another algorithm is used)."""

    path: str
    digest: str


@dataclass(slots=True)
class _Raw:
    kind: str = ""
    id: str = ""
    title: str = ""
    severity: str = ""
    issued: str = ""
    updated: str = ""
    cves: list[str] = field(default_factory=list)
    packages: list[UpdatedPackage] = field(default_factory=list)


class _Reader:
    """Takes expat's events; `data` are the files of an index, `updates` what an updateinfo has."""

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.data: dict[str, list[str]] = {}
        self._raw = _Raw()
        self._depth = 0
        self._text: list[str] = []
        self._size = 0
        self._file = ""
        self._sums = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LimitExceeded("depth of an updateinfo document", MAX_DEPTH)
        self._text.clear()
        self._size = 0
        match name:
            case "update":
                self._raw = _Raw(kind=attributes.get("type", ""))
            case "issued":
                self._raw.issued = attributes.get("date", "")
            case "updated":
                self._raw.updated = attributes.get("date", "")
            case "reference" if attributes.get("type") == "cve" and attributes.get("id"):
                self._raw.cves.append(attributes["id"])
            case "package" if attributes.get("arch") != "src":
                self._package(attributes)
            case "data":
                self._file = attributes.get("type", "")
                self.data.setdefault(self._file, ["", ""])
            case "location" if self._file:
                self.data[self._file][0] = attributes.get("href", "")
            case "checksum":
                self._sums = attributes.get("type", "")

    def _package(self, attributes: dict[str, str]) -> None:
        name, version, release = (attributes.get(key, "") for key in ("name", "version", "release"))
        if not name or not version:
            return
        if len(self._raw.packages) >= MAX_PACKAGES:
            raise LimitExceeded("packages of one update", MAX_PACKAGES)
        full = f"{attributes.get('epoch') or '0'}:{version}-{release}"
        self._raw.packages.append(UpdatedPackage(name=name, version=full))

    def text(self, data: str) -> None:
        self._size += len(data)
        if self._size > MAX_TEXT:
            raise LimitExceeded("characters of one text in an updateinfo document", MAX_TEXT)
        self._text.append(data)

    def end(self, name: str) -> None:
        self._depth -= 1
        text = "".join(self._text).strip()
        self._text.clear()
        match name:
            case "id" if not self._raw.id:
                self._raw.id = text
            case "title" if not self._raw.title:
                self._raw.title = text
            case "severity":
                self._raw.severity = text
            case "checksum" if self._file and self._sums == "sha256":
                self.data[self._file][1] = f"sha256:{text}"
            case "data":
                self._file = ""
            case "update":
                self._finish()

    def _finish(self) -> None:
        raw = self._raw
        if len(self.updates) >= MAX_UPDATES:
            raise LimitExceeded("updates of one updateinfo document", MAX_UPDATES)
        self.updates.append(
            Update(
                id=raw.id,
                kind=raw.kind,
                title=raw.title,
                severity=raw.severity,
                issued=raw.issued,
                updated=raw.updated,
                cves=tuple(dict.fromkeys(raw.cves)),
                packages=tuple(dict.fromkeys(raw.packages)),
            )
        )


def parse(source: ByteSource) -> Iterator[Update]:
    """The updates of a document. Raises `Malformed`, `LimitExceeded`."""
    yield from _read(source).updates


def index(source: ByteSource) -> dict[str, Indexed]:
    """The files of a `repomd.xml` by their kind (`updateinfo`, `primary`). Raises `Malformed`, `LimitExceeded`."""
    return {kind: Indexed(path=path, digest=digest) for kind, (path, digest) in _read(source).data.items() if path}


def _read(source: ByteSource) -> _Reader:
    reader = _Reader()
    xml_stream.feed(source, reader, "updateinfo document")
    return reader
