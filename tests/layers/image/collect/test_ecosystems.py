"""Packages of every ecosystem in one image, read the whole way: by file name, or by what a program says of itself."""

from pathlib import Path

from formats.test_go_buildinfo import TEXT, inline, program
from formats.test_installed_packages import POM, elf_with, jar
from layers.image.built_image import BuiltImage, file, look, tar_of, unpack_own

LAYER = tar_of(
    [
        file("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
        file("usr/local/bin/gotool", program(inline("go1.22.1", TEXT)) + bytes(300_000), 0o755),
        file("usr/local/bin/too-small", program(inline("go1.22.1", TEXT)), 0o755),
        file("usr/local/bin/script", "#!/bin/sh\n" + "# nothing\n" * 40_000, 0o755),
        file("app/log4j.jar", jar({"META-INF/maven/g/a/pom.properties": POM})),
        file("app/broken.jar", b"PK\x03\x04 and then nothing"),
        file("var/lib/gems/3.1.0/specifications/rack-2.2.4.gemspec", 's.name = "rack"\ns.version = "2.2.4"\n'),
        file("app/vendor/composer/installed.json", '{"packages": [{"name": "a/b", "version": "v1.0"}]}'),
        file("usr/share/nodejs/@babel/core/package.json", '{"name": "@babel/core", "version": "7.20.12"}'),
        file("usr/share/nodejs/@babel/core/lib/package.json", '{"name": "not-one", "version": "1.0.0"}'),
        file("app/App.deps.json", '{"libraries": {"X/1.0": {"type": "package"}}}'),
        file("opt/plain", elf_with(".text", bytes(300_000)), 0o755),
    ]
)


def test_every_ecosystem_is_read(tmp_path: Path) -> None:
    seen = look(BuiltImage((LAYER,)).docker_archive(tmp_path / "x.tar"))
    found = {package.purl for package in seen.facts.packages}
    assert {
        "pkg:composer/a/b@1.0",
        "pkg:gem/rack@2.2.4",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
        "pkg:npm/%40babel/core@7.20.12",
        "pkg:nuget/X@1.0",
    } <= found
    assert not any("not-one" in purl for purl in found)
    assert any(purl.startswith("pkg:golang/stdlib@") for purl in found)
    assert {at.path for package in seen.facts.packages if package.ecosystem == "Go" for at in package.locations} == {
        "/usr/local/bin/gotool"
    }
    (problem,) = seen.problems
    assert problem.where.endswith("/app/broken.jar")
    assert "Java archive" in problem.why


def test_a_directory_gives_the_same(tmp_path: Path) -> None:
    unpack_own(LAYER, tmp_path / "root")
    archived = look(BuiltImage((LAYER,)).docker_archive(tmp_path / "x.tar"))
    assert look(f"dir:{tmp_path}/root").packages == archived.packages
