"""RPM databases, Java archives, gems, Rust programs, Composer and .NET: examples, limits, and any bytes."""

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import cargo_auditable, gemspec, installed_json, java_archive, rpm_bdb, rpm_header, rpm_ndb
from ringfence.formats.gemspec import Gem
from ringfence.formats.java_archive import JavaArtifact
from ringfence.io import database
from ringfence.layers.image.collect import rpm_packages


def header(*entries: tuple[int, int, bytes]) -> bytes:
    """An RPM header of (tag, type, data)."""
    index, store = b"", b""
    for tag, kind, data in entries:
        index += struct.pack(">IIII", tag, kind, len(store), 1)
        store += data
    return struct.pack(">II", len(entries), len(store)) + index + store


GLIBC = header(
    (1000, 6, b"glibc\0"),
    (1001, 6, b"2.38\0"),
    (1002, 6, b"10.el9\0"),
    (1003, 4, struct.pack(">I", 2)),
    (1014, 6, b"LGPL-2.1\0"),
    (1022, 6, b"x86_64\0"),
    (1044, 6, b"glibc-common-2.38-10.el9.src.rpm\0"),
)


def jar(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def test_an_rpm_header() -> None:
    read = rpm_header.parse(GLIBC)
    assert read is not None
    assert (read.name, read.evr, read.arch, read.licence) == ("glibc", "2:2.38-10.el9", "x86_64", "LGPL-2.1")
    assert read.source == ("glibc-common", "2.38-10.el9")
    assert rpm_header.parse(header((1000, 6, b"gpg-pubkey\0"))) is None
    with pytest.raises(Malformed):
        rpm_header.parse(header((1000, 6, b"glibc\0")))
    with pytest.raises(LimitExceeded):
        rpm_header.parse(struct.pack(">II", 1 << 20, 0))


POM = b"#Generated\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n"


def test_java_archives_inside_each_other() -> None:
    inner = jar({"META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties": POM})
    war = jar({"WEB-INF/lib/log4j-core-2.14.1.jar": inner, "WEB-INF/lib/plain-1.2.jar": jar({"a.class": b"x"})})
    found = java_archive.parse(jar({"app.war": war}), "app-3.0.ear")
    assert found == (
        JavaArtifact(name="app", version="3.0"),
        JavaArtifact(
            name="log4j-core",
            version="2.14.1",
            group="org.apache.logging.log4j",
            inside="app.war!WEB-INF/lib/log4j-core-2.14.1.jar!",
        ),
        JavaArtifact(name="plain", version="1.2", inside="app.war!WEB-INF/lib/plain-1.2.jar!"),
    )


def test_a_manifest_tells_the_version_where_the_name_does_not() -> None:
    text = "Manifest-Version: 1.0\r\nImplementation-Version: 1.\r\n 2.3\r\n\r\nName: x\r\nBundle-Version: 9\r\n"
    data = jar({"META-INF/MANIFEST.MF": text.encode()})
    assert java_archive.parse(data, "tool.jar") == (JavaArtifact(name="tool", version="1.2.3"),)


def test_a_nested_archive_bomb_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java_archive, "MAX_TOTAL", 100_000)
    inner = jar({f"{index}-1.jar": jar({"padding": os.urandom(60_000)}) for index in range(3)})
    with pytest.raises(LimitExceeded):
        java_archive.parse(jar({"a.jar": inner}), "a.jar")
    deep = b""
    for _ in range(10):
        deep = jar({"inner-1.jar": deep, "x": b"y"})
    monkeypatch.undo()
    assert len(java_archive.parse(deep, "outer-1.jar")) == java_archive.MAX_DEPTH + 1


def test_a_gem() -> None:
    data = b"""# -*- encoding: utf-8 -*-
Gem::Specification.new do |s|
  s.name = "rack".freeze
  s.version = "2.2.4"
  s.licenses = ["MIT".freeze, "Ruby".freeze]
  s.add_runtime_dependency(%q<name>.freeze, ["= 1"])
end
"""
    assert gemspec.parse(data) == Gem(name="rack", version="2.2.4", licences=("MIT", "Ruby"))
    with pytest.raises(Malformed):
        gemspec.parse(b"s.name = name\ns.version = VERSION\n")


def test_composer_and_dotnet() -> None:
    packages = [{"name": "monolog/monolog", "version": "v2.9.1", "license": ["MIT"], "extra": {}}, {"name": "odd"}]
    for document in (packages, {"packages": packages, "dev": True}):
        (found,) = installed_json.composer(json.dumps(document).encode())
        assert (found.name, found.version, found.license) == ("monolog/monolog", "v2.9.1", ("MIT",))
    libraries = {"App/1.0": {"type": "project"}, "Newtonsoft.Json/13.0.1": {"type": "package"}}
    assert list(installed_json.dotnet(json.dumps({"libraries": libraries}).encode())) == [("Newtonsoft.Json", "13.0.1")]


def elf_with(name: str, content: bytes) -> bytes:
    """The smallest ELF file with one section of that name."""
    names = b"\0.shstrtab\0" + name.encode() + b"\0"
    at = 64 + 3 * 64
    sections = bytes(64)
    sections += struct.pack("<IIQQQQIIQQ", 1, 3, 0, 0, at, len(names), 0, 0, 1, 0)
    sections += struct.pack("<IIQQQQIIQQ", 11, 1, 0, 0, at + len(names), len(content), 0, 0, 1, 0)
    start = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, 3, 1)
    return start + sections + names + content


def test_a_rust_program() -> None:
    document = {
        "packages": [
            {"name": "serde", "version": "1.0.1", "source": "crates.io"},
            {"name": "cc", "version": "1", "kind": "build"},
        ]
    }
    data = elf_with(".dep-v0", zlib.compress(json.dumps(document).encode()))
    assert [(item.name, item.kind) for item in cargo_auditable.parse(data)] == [("serde", "runtime"), ("cc", "build")]
    with pytest.raises(LimitExceeded):
        cargo_auditable.parse(elf_with(".dep-v0", zlib.compress(bytes(cargo_auditable.MAX_JSON + 1))))
    with pytest.raises(Malformed):
        cargo_auditable.parse(elf_with(".text", b"x"))


NDB = b"RpmP" + struct.pack("<IIII", 0, 1, 1, 2) + bytes(12)
BDB = bytes(12) + struct.pack("<II", 0x00061561, 9) + struct.pack("<I", 512) + bytes(4) + struct.pack("<I", 2) + bytes(476)
PARSERS: list[Callable[[bytes], object]] = [
    rpm_header.parse,
    lambda data: list(rpm_ndb.headers(data)),
    lambda data: list(rpm_bdb.headers(data)),
    lambda data: list(database.rows_in(data, "SELECT blob FROM Packages", 10)),
    lambda data: java_archive.parse(data, "a-1.jar"),
    gemspec.parse,
    cargo_auditable.parse,
    installed_json.composer,
    lambda data: list(installed_json.dotnet(data)),
]
STARTS = st.sampled_from(
    [b"", NDB, BDB, GLIBC[:60], jar({"META-INF/MANIFEST.MF": POM})[:90], b"SQLite format 3\0", elf_with(".dep-v0", b"x")]
)


@pytest.mark.parametrize("parse", PARSERS)
@settings(max_examples=60)
@given(start=STARTS, data=st.binary(max_size=1200), cut=st.integers(0, 700))
def test_any_bytes_give_a_value_or_an_error_of_ours(
    parse: Callable[[bytes], object], start: bytes, data: bytes, cut: int
) -> None:
    for text in (start + data, (start + data)[:cut], data):
        try:
            parse(text)
        except (Malformed, LimitExceeded):
            continue


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("file", "path", "count"),
    [
        ("cbl-mariner-2.0-rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite", 129),
        ("sle15-bci-Packages.db", "usr/lib/sysimage/rpm/Packages.db", 35),
        ("libuuid-Packages", "var/lib/rpm/Packages", 1),
    ],
)
def test_real_rpm_databases(file: str, path: str, count: int) -> None:
    folder = os.environ.get("RINGFENCE_TEST_DATA")
    if not folder:
        pytest.skip("needs the folder that RINGFENCE_TEST_DATA names")
    data = (Path(folder) / "rpmdb" / file).read_bytes()
    found = rpm_packages.read(path, data, None)
    assert len(found) == count
    expected = Path(folder) / "rpmdb" / f"{file}.expected.json"
    if expected.exists():
        wanted = {
            (item["name"], f"{item['version']}-{item['release']}", item["arch"]) for item in json.loads(expected.read_text())
        }
        assert {(item.name, item.version.rpartition(":")[2], item.arch) for item in found} == wanted
    for size in (len(data) // 2, 4096, 100):
        assert read_or_fault(path, data[:size]) != found


def read_or_fault(path: str, data: bytes) -> object:
    try:
        return rpm_packages.read(path, data, None)
    except (Malformed, LimitExceeded) as fault:
        return fault
