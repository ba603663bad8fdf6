"""Packages of every ecosystem in one image, read the whole way: by file name, or by what a program says of itself."""

import os
from pathlib import Path

import pytest

from formats.test_go_buildinfo import TEXT, inline, program
from formats.test_installed_packages import POM, elf_with, jar
from layers.image.built_image import BuiltImage, Entry, file, link, look, tar_of, unpack_own
from ringfence.layers.image.collect import rpm_packages
from ringfence.model.package import Package

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


PACMAN = "%NAME%\nopenssl\n\n%VERSION%\n3.1.4-1\n\n%BASE%\nopenssl\n\n%ARCH%\nx86_64\n\n%LICENSE%\nApache-2.0\n\n"
CONDA = (
    '{"name": "numpy", "version": "1.26", "build": "py311_0", "channel": "https://conda.anaconda.org/conda-forge/linux-64", \
"subdir": "linux-64", "license": "BSD-3-Clause", "files": ["lib/python3.11/site-packages/numpy-1.26.dist-info/METADATA"]}'
)
OPKG = "Package: busybox\nVersion: 1.36.1-1\nStatus: install user installed\nArchitecture: x86_64\n\n"
COPYRIGHT = (
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ and Expat\n"
)
METADATA = "Name: {}\nVersion: 1\n"


def purls(tmp_path: Path, *entries: Entry) -> dict[str, Package]:
    found = look(BuiltImage((tar_of(entries),)).docker_archive(tmp_path / "x.tar"))
    assert not found.problems
    return {package.purl: package for package in found.facts.packages}


def test_pacmans_packages_own_their_files(tmp_path: Path) -> None:
    found = purls(
        tmp_path,
        file("usr/lib/os-release", "ID=arch\n"),
        file("var/lib/pacman/local/openssl-3.1.4-1/desc", PACMAN),
        file("var/lib/pacman/local/openssl-3.1.4-1/files", "%FILES%\nusr/\nusr/lib/x.dist-info/METADATA\n\n"),
        file("usr/lib/x.dist-info/METADATA", METADATA.format("x")),
    )
    package = found["pkg:alpm/arch/openssl@3.1.4-1?arch=x86_64&distro=arch"]
    assert package.licenses == ("Apache-2.0",)
    assert found["pkg:pypi/x@1"].owned_by == package.purl


def test_opkgs_packages_own_their_files(tmp_path: Path) -> None:
    found = purls(
        tmp_path,
        file("etc/os-release", "ID=openwrt\nVERSION_ID=23.05.2\n"),
        file("usr/lib/opkg/status", OPKG),
        file("usr/lib/opkg/info/busybox.list", "/usr/lib/x.dist-info/METADATA\n"),
        file("usr/lib/x.dist-info/METADATA", METADATA.format("x")),
    )
    assert found["pkg:pypi/x@1"].owned_by == "pkg:opkg/openwrt/busybox@1.36.1-1?arch=x86_64&distro=openwrt-23.05.2"


def test_condas_packages_are_told_by_channel_and_own_what_pip_would_see(tmp_path: Path) -> None:
    found = purls(
        tmp_path,
        file("opt/conda/conda-meta/numpy-1.26-py311_0.json", CONDA),
        file("opt/conda/lib/python3.11/site-packages/numpy-1.26.dist-info/METADATA", METADATA.format("numpy")),
    )
    (conda,) = [package for purl, package in found.items() if purl.startswith("pkg:conda/")]
    assert conda.purl == "pkg:conda/numpy@1.26?build=py311_0&channel=conda-forge&subdir=linux-64"
    assert conda.licenses == ("BSD-3-Clause",)
    assert found["pkg:pypi/numpy@1"].owned_by == conda.purl


def test_licences_of_debian_packages_come_from_files_written_for_machines(tmp_path: Path) -> None:
    status = "".join(f"Package: {name}\nVersion: 1\n\n" for name in ("a", "b", "c"))
    found = purls(
        tmp_path,
        file("var/lib/dpkg/status", status),
        file("usr/share/doc/a/copyright", COPYRIGHT),
        link("usr/share/doc/b", "a"),
        file("usr/share/doc/c/copyright", "This package is free software.\nLicense: as you like\n"),
    )
    assert {package.name: package.licenses for package in found.values()} == {
        "a": ("GPL-2.0-or-later", "MIT"),
        "b": ("GPL-2.0-or-later", "MIT"),
        "c": (),
    }


def test_distroless_lists_own_their_files(tmp_path: Path) -> None:
    found = purls(
        tmp_path,
        file("var/lib/dpkg/status.d/python3", "Package: python3\nVersion: 3.11\n\n"),
        file("var/lib/dpkg/status.d/python3.md5sums", "0" * 32 + "  usr/lib/x.dist-info/METADATA\n"),
        file("usr/lib/x.dist-info/METADATA", METADATA.format("x")),
    )
    assert found["pkg:pypi/x@1"].owned_by.startswith("pkg:deb/debian/python3@3.11")


@pytest.mark.conformance
@pytest.mark.parametrize("name", ["cbl-mariner-2.0-rpmdb.sqlite", "sle15-bci-Packages.db", "libuuid-Packages"])
def test_rpm_databases_tell_which_files_are_whose(name: str) -> None:
    folder = os.environ.get("RINGFENCE_TEST_DATA", "")
    paths = sorted(Path(folder, "rpmdb").rglob("*")) if folder else []
    data = next((path.read_bytes() for path in paths if path.name == name), None)
    if data is None:
        pytest.skip(f"RINGFENCE_TEST_DATA names no folder with rpmdb/{name}")
    owned = list(rpm_packages.owned(name, data))
    assert owned
    assert all(path.startswith("/") for _, path in owned)
    packages = {package.name for package in rpm_packages.read(name, data, None)}
    assert {package for package, _ in owned} <= packages


def test_programs_put_there_by_hand_are_told_and_those_of_a_package_are_not_told_twice(tmp_path: Path) -> None:
    nginx = b"\x7fELF" + bytes(300_000) + b"\0nginx version: nginx/1.27.0\n\0"
    found = purls(
        tmp_path,
        file("opt/nginx/sbin/nginx", nginx, 0o755),
        file("usr/sbin/nginx", nginx.replace(b"1.27.0", b"1.22.1"), 0o755),
        file("var/lib/dpkg/status", "Package: nginx\nVersion: 1.22.1-9\n\n"),
        file("var/lib/dpkg/info/nginx.list", "/usr/sbin/nginx\n"),
        file(
            "opt/java/release", 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_RUNTIME_VERSION="21.0.1+12"\nJAVA_VERSION="21.0.1"\n'
        ),
        file("usr/local/go/VERSION", "go1.22.1\ntime 2024-02-29T18:18:48Z\n"),
        file("srv/app/release", "v1.2.3\n"),
    )
    assert set(found) == {
        "pkg:deb/debian/nginx@1.22.1-9",
        "pkg:generic/nginx@1.27.0",
        "pkg:generic/java@21.0.1%2B12",
        "pkg:generic/go@1.22.1",
    }


def test_a_go_program_has_the_version_its_linker_was_told(tmp_path: Path) -> None:
    flags = 'build\t-ldflags="-X github.com/x/vault/version.Version=1.15.0"\n'
    text = f"path\tgithub.com/x/vault\nmod\tgithub.com/x/vault\t(devel)\t\n{flags}"
    data = program(inline("go1.22.1", text)) + bytes(300_000)
    assert "pkg:golang/github.com/x/vault@v1.15.0" in purls(tmp_path, file("bin/vault", data, 0o755))


def test_a_database_behind_a_linked_folder_is_found(tmp_path: Path) -> None:
    found = purls(
        tmp_path,
        file("srv/dpkg-data/status", "Package: dash\nVersion: 1\n\n"),
        link("var/lib/dpkg", "../../srv/dpkg-data"),
        file("opt/status", "Package: no\nVersion: 1\n\n"),
    )
    assert set(found) == {"pkg:deb/debian/dash@1"}
