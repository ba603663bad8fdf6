"""Java archives (JAR, WAR, EAR): the Maven artifacts in them, nested archives too.

Source: Maven's "Archiver" (META-INF/maven/GROUP/ARTIFACT/pom.properties); the JAR file specification (manifest, sections and
lines of at most 72 bytes); APPNOTE.TXT of ZIP. An artifact without pom.properties is known only by its manifest or file
name: its group is not guessed from its name.
"""

import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_ENTRIES = 200_000
"""Entries of one archive."""
MAX_DEPTH = 3
"""Archives inside archives: an EAR holds WARs, which hold JARs."""
MAX_PROPERTIES = 64 * 1024
"""Bytes of one pom.properties or manifest."""
MAX_NESTED = 64 * 1024 * 1024
"""Bytes of one archive inside another."""
MAX_TOTAL = 256 * 1024 * 1024
"""Bytes of all archives inside one."""

ENDS = (".jar", ".war", ".ear", ".jpi", ".hpi", ".par")
_FILE = re.compile(r"(?P<name>.+?)-(?P<version>\d[\w.+-]*)")
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")


class JavaArtifact(Fact):
    """An artifact; `group` is empty where nothing tells it. `inside` is the path of the archive it was found in."""

    name: str
    version: str
    group: str = ""
    inside: str = ""


class _Budget:
    def __init__(self) -> None:
        self.left = MAX_TOTAL

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise LimitExceeded("bytes of archives inside a Java archive", MAX_TOTAL)


def parse(data: bytes, name: str) -> tuple[JavaArtifact, ...]:
    """The artifacts of an archive whose file name is `name`. Raises `Malformed`, `LimitExceeded`."""
    return tuple(dict.fromkeys(_artifacts(data, name, "", _Budget())))


def _artifacts(data: bytes, name: str, inside: str, budget: _Budget, depth: int = 0) -> Iterator[JavaArtifact]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise LimitExceeded("entries of a Java archive", MAX_ENTRIES)
            found = tuple(_declared(archive, entries, inside))
            yield from found or _by_manifest(archive, name, inside)
            for entry in entries:
                if entry.filename.endswith(ENDS) and depth < MAX_DEPTH:
                    budget.take(entry.file_size)
                    inner = _read(archive, entry, MAX_NESTED)
                    base = entry.filename.rpartition("/")[2]
                    with contextlib.suppress(Malformed):  # a file inside that only has the name of an archive
                        yield from _artifacts(inner, base, f"{inside}{entry.filename}!", budget, depth + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as cause:
        # NotImplementedError: another compression; RuntimeError: a password; the others: broken structures.
        raise Malformed("Java archive", str(cause)) from cause


def _declared(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], inside: str) -> Iterator[JavaArtifact]:
    for entry in entries:
        if not entry.filename.startswith("META-INF/maven/") or not entry.filename.endswith("/pom.properties"):
            continue
        lines = _read(archive, entry, MAX_PROPERTIES).decode("utf-8", "replace").splitlines()
        pairs = (line.partition("=") for line in lines if not line.startswith("#"))
        values = {key.strip(): value.strip() for key, equals, value in pairs if equals}
        group, name, version = (values.get(key, "") for key in ("groupId", "artifactId", "version"))
        if all(_WORD.fullmatch(word) for word in (group, name, version)):
            yield JavaArtifact(name=name, version=version, group=group, inside=inside)


def _by_manifest(archive: zipfile.ZipFile, name: str, inside: str) -> Iterator[JavaArtifact]:
    values: dict[str, str] = {}
    if "META-INF/MANIFEST.MF" in archive.NameToInfo:
        data = _read(archive, archive.getinfo("META-INF/MANIFEST.MF"), MAX_PROPERTIES)
        text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "")
        for line in text.split("\n\n", 1)[0].split("\n"):
            key, colon, value = line.partition(":")
            if colon:
                values.setdefault(key.strip().lower(), value.strip())
    stem = name.rpartition(".")[0]
    from_name = _FILE.fullmatch(stem)
    title = from_name["name"] if from_name else stem
    told = values.get("implementation-version") or values.get("bundle-version") or values.get("specification-version", "")
    version = from_name["version"] if from_name else told
    if _WORD.fullmatch(title) and _WORD.fullmatch(version):
        yield JavaArtifact(name=title, version=version, inside=inside)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(entry) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise LimitExceeded("bytes of a file in a Java archive", limit)
    return data
