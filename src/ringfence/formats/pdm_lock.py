"""pdm.lock, lock versions 3 to 4.5. Source: pdm-project.org "Lock file"; the files PDM writes."""

import msgspec

from ringfence.formats import pep508
from ringfence.formats.locked import Locked, LockedPackage, Need, locked, table_lines, toml
from ringfence.formats.python_dist import normal_name
from ringfence.formats.url import without_secret


class _File(msgspec.Struct):
    hash: str = ""


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    groups: list[str] | None = None
    dependencies: list[str] = []
    files: list[_File] | None = None
    git: str = ""
    revision: str = ""
    ref: str = ""
    url: str = ""
    path: str = ""
    editable: bool = False


class _Metadata(msgspec.Struct):
    files: dict[str, list[_File]] | None = None


class _Lock(msgspec.Struct):
    package: list[_Package] = []
    metadata: _Metadata | None = None


def parse(data: bytes) -> Locked:
    """The packages in file order; those with extras are entries of their own. Raises `Malformed`, `LimitExceeded`."""
    lock = toml(data, _Lock, "pdm.lock")
    packages = lock.document.package
    lines = table_lines(lock.text, "[[package]]")
    old = lock.document.metadata.files if lock.document.metadata and lock.document.metadata.files else {}
    found: dict[tuple[str, str], LockedPackage] = {}
    for index, item in enumerate(packages):
        made = _locked(item, old, lines[index] if len(lines) == len(packages) else None)
        before = found.get((made.name, made.version))
        if before:
            # The entry with extras only adds what these need.
            made = msgspec.structs.replace(before, needs=(*before.needs, *made.needs))
        found[made.name, made.version] = made
    return locked(found.values())


def _locked(item: _Package, old: dict[str, list[_File]], line: int | None) -> LockedPackage:
    files = item.files if item.files is not None else old.get(f"{item.name} {item.version}")
    source = "git" if item.git else "archive" if item.url else "path" if item.path or item.editable else "registry"
    needs = (pep508.declared(text, None) for text in item.dependencies)
    return LockedPackage(
        name=normal_name(item.name),
        version=item.version,
        line=line,
        source=source,
        url=without_secret(item.git or item.url or item.path),
        reference=item.revision or item.ref,
        hashed=None if files is None else bool(files) and all(file.hash for file in files),
        dev=bool(item.groups) and "default" not in (item.groups or ()),
        key=normal_name(item.name),
        needs=tuple(Need(key=need.name, specifier=need.specifier) for need in needs if need and need.name != item.name),
    )
