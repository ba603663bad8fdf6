"""dpkg's database: `var/lib/dpkg/status`, and distroless' `var/lib/dpkg/status.d/*`.

Source: deb-control(5), dpkg(1) "database"; Debian Policy 5.3 and 5.6.1 (the `Source` field with its version in brackets).
"""

from collections.abc import Iterator

from ringfence.errors import LimitExceeded
from ringfence.model.fact import Fact

MAX_PACKAGES = 100_000
"""Packages in one database; all of Debian main has about 65,000."""


class DpkgPackage(Fact):
    """An installed package; `source_name` and `source_version` are the binary's own where the file names no source."""

    name: str
    version: str
    arch: str
    source_name: str
    source_version: str


def parse(data: bytes) -> tuple[DpkgPackage, ...]:
    """The packages that are installed (those removed with their configuration left are not).

    A paragraph without name or version is passed over, as dpkg does. Raises `LimitExceeded` past `MAX_PACKAGES`.
    """
    found: list[DpkgPackage] = []
    for fields in _paragraphs(data.decode("utf-8", "replace")):
        name, version = fields.get("package", ""), fields.get("version", "")
        status = fields.get("status", "install ok installed").split()
        if not name or not version or (len(status) == 3 and status[2] in ("config-files", "not-installed")):
            continue
        if len(found) >= MAX_PACKAGES:
            raise LimitExceeded("packages of one dpkg database", MAX_PACKAGES)
        source, _, bracketed = fields.get("source", name).partition("(")
        found.append(
            DpkgPackage(
                name=name,
                version=version,
                arch=fields.get("architecture", ""),
                source_name=source.strip() or name,
                source_version=bracketed.rstrip(") ").strip() or version,
            )
        )
    return tuple(found)


_WANTED = frozenset({"package", "version", "status", "architecture", "source"})


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        if not line.strip():
            if fields:
                yield fields
                fields = {}
        elif line[0] not in " \t":
            key, colon, value = line.partition(":")
            if colon and key.lower() in _WANTED:
                fields.setdefault(key.lower(), value.strip())
    if fields:
        yield fields
