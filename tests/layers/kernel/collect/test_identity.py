import sqlite3
import struct
from pathlib import Path

import pytest

from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.collect.proc import identity
from ringfence.model.knowledge import Known, Unknown

STATUS = """Package: linux-image-6.1.0-28-amd64
Status: install ok installed
Architecture: amd64
Source: linux-signed-amd64 (6.1.119+1)
Version: 6.1.119-1

Package: linux-image-5.15.0-91-generic
Status: install ok installed
Architecture: amd64
Source: linux-signed
Version: 5.15.0-91.101

"""


def host(root: Path, release: str, distribution: str, version: str, **files: str) -> Rooted:
    everything = {
        "proc/sys/kernel/osrelease": release,
        "proc/version": f"Linux version {release} (x) #1",
        "etc/os-release": f"ID={distribution}\nVERSION_ID={version}\n",
        **{name.replace("__", "/"): text for name, text in files.items()},
    }
    for path, text in everything.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Rooted(str(root))


def test_debian_by_its_package_database(tmp_path: Path) -> None:
    seen = identity.read(host(tmp_path, "6.1.0-28-amd64", "debian", "12", var__lib__dpkg__status=STATUS))
    assert seen.version == Known("6.1.119")
    assert seen.package is not None
    assert seen.package.purl == "pkg:deb/debian/linux-image-6.1.0-28-amd64@6.1.119-1?arch=amd64&distro=debian-12"
    assert (seen.package.source_name, seen.package.source_version) == ("linux", "6.1.119-1")
    assert seen.maintained_by == ""


def test_the_running_kernel_counts_and_not_a_newer_one_installed(tmp_path: Path) -> None:
    seen = identity.read(host(tmp_path, "6.1.0-28-amd64", "debian", "12", var__lib__dpkg__status=STATUS))
    (tmp_path / "proc/version").write_text("Linux version 6.1.0-28-amd64 (x) #1 SMP Debian 6.1.112-1 (2024-09-30)")
    older = identity.read(Rooted(str(tmp_path)))
    assert (seen.version, older.version) == (Known("6.1.119"), Known("6.1.112"))


def test_ubuntu_by_its_signature(tmp_path: Path) -> None:
    signature = "Ubuntu 5.15.0-91.101-generic 5.15.131\n"
    files = {"var__lib__dpkg__status": STATUS, "proc__version_signature": signature}
    seen = identity.read(host(tmp_path, "5.15.0-91-generic", "ubuntu", "22.04", **files))
    assert (seen.version, seen.maintained_by) == (Known("5.15.131"), "ubuntu")
    assert seen.package is not None
    assert (seen.package.source_name, seen.package.ecosystem) == ("linux", "Ubuntu:22.04")


def test_ubuntu_without_signature_hides_its_version(tmp_path: Path) -> None:
    seen = identity.read(host(tmp_path, "5.15.0-91-generic", "ubuntu", "22.04", var__lib__dpkg__status=STATUS))
    assert isinstance(seen.version, Unknown)


@pytest.mark.parametrize(
    ("release", "distribution"), [("5.14.0-427.13.1.el9_4.x86_64", "rhel"), ("6.4.0-150600.23.25-default", "sles")]
)
def test_vendors_that_fix_under_an_old_number_are_not_judged_by_it(tmp_path: Path, release: str, distribution: str) -> None:
    seen = identity.read(host(tmp_path, release, distribution, "9"))
    assert isinstance(seen.version, Unknown)
    assert seen.maintained_by == distribution


def test_a_kernel_of_ones_own_on_a_distribution(tmp_path: Path) -> None:
    seen = identity.read(host(tmp_path, "6.18.44-own", "ubuntu", "24.04", var__lib__dpkg__status=STATUS))
    assert (seen.version, seen.package, seen.maintained_by) == (Known("6.18.44"), None, "")


@pytest.mark.parametrize(
    ("release", "source", "advised"),
    [
        ("5.15.0-1051-aws", "linux-signed-aws", "linux-aws"),
        ("6.5.0-1016-azure", "linux-signed-azure-6.5", "linux-azure-6.5"),
        ("6.2.0-1018-gcp", "linux-signed-gcp-6.2", "linux-gcp-6.2"),
        ("6.5.0-15-generic", "linux-signed-hwe-6.5", "linux-hwe-6.5"),
        ("5.15.0-1040-oracle", "linux-signed-oracle", "linux-oracle"),
        ("5.15.0-91-generic", "linux-signed", "linux"),
        ("6.1.0-28-cloud-amd64", "linux-signed-amd64", "linux"),
    ],
)
def test_cloud_kernels_are_asked_about_under_their_own_source(
    release: str, source: str, advised: str, tmp_path: Path
) -> None:
    told = {"Package": f"linux-image-{release}", "Status": "install ok installed", "Architecture": "amd64", "Source": source}
    status = "".join(f"{name}: {value}\n" for name, value in {**told, "Version": "1-1"}.items())
    seen = identity.read(host(tmp_path, release, "ubuntu", "22.04", var__lib__dpkg__status=status))
    assert seen.package is not None
    assert seen.package.advisory_name == advised


def rpm(root: Path, *packages: tuple[str, str, str, str]) -> None:
    """A database with these packages: name, version, release, source package."""
    path = root / "var/lib/rpm/rpmdb.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        for name, version, release, source in packages:
            index, store = b"", b""
            entries = ((1000, name), (1001, version), (1002, release), (1022, "x86_64"), (1044, f"{source}.src.rpm"))
            for tag, text in entries:
                index += struct.pack(">IIII", tag, 6, len(store), 1)
                store += text.encode() + b"\0"
            blob = struct.pack(">II", len(entries), len(store)) + index + store
            database.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
    database.close()


@pytest.mark.parametrize(
    ("release", "distribution", "version", "installed", "advised"),
    [
        (
            "5.14.0-427.13.1.el9_4.x86_64",
            "rhel",
            "9.4",
            [
                ("kernel", "5.14.0", "427.13.1.el9_4", "kernel-5.14.0-427.13.1.el9_4"),
                ("kernel-core", "5.14.0", "427.13.1.el9_4", "kernel-5.14.0-427.13.1.el9_4"),
                ("kernel-core", "5.14.0", "503.11.1.el9_5", "kernel-5.14.0-503.11.1.el9_5"),
                ("kernel-headers", "5.14.0", "427.13.1.el9_4", "kernel-5.14.0-427.13.1.el9_4"),
            ],
            ("kernel", "5.14.0-427.13.1.el9_4"),
        ),
        (
            "5.14.0-427.13.1.el9_4.x86_64+rt",
            "rocky",
            "9.4",
            [("kernel-rt-core", "5.14.0", "427.13.1.el9_4", "kernel-5.14.0-427.13.1.el9_4")],
            ("kernel", "5.14.0-427.13.1.el9_4"),
        ),
        (
            "5.15.0-200.131.27.el8uek.x86_64",
            "ol",
            "8.9",
            [("kernel-uek-core", "5.15.0", "200.131.27.el8uek", "kernel-uek-5.15.0-200.131.27.el8uek")],
            ("kernel-uek", "5.15.0-200.131.27.el8uek"),
        ),
        (
            "6.1.119-129.201.amzn2023.x86_64",
            "amzn",
            "2023",
            [("kernel", "6.1.119", "129.201.amzn2023", "kernel-6.1.119-129.201.amzn2023")],
            ("kernel", "6.1.119-129.201.amzn2023"),
        ),
        (
            "6.4.0-150600.23.25-default",
            "sles",
            "15.6",
            [("kernel-default", "6.4.0", "150600.23.25.1", "kernel-default-6.4.0-150600.23.25.1")],
            ("kernel-default", "6.4.0-150600.23.25.1"),
        ),
        (
            "6.6.57.1-2.azl3",
            "azurelinux",
            "3.0",
            [("kernel", "6.6.57.1", "2.azl3", "kernel-6.6.57.1-2.azl3")],
            ("kernel", "6.6.57.1-2.azl3"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rpm_kernels_by_their_release(
    release: str,
    distribution: str,
    version: str,
    installed: list[tuple[str, str, str, str]],
    advised: tuple[str, str],
    tmp_path: Path,
) -> None:
    rpm(tmp_path, *installed, ("bash", "5.1.8", "9.el9", "bash-5.1.8-9.el9"))
    seen = identity.read(host(tmp_path, release, distribution, version))
    assert seen.package is not None
    assert (seen.package.advisory_name, seen.package.advisory_version) == advised


def test_another_kernels_package_is_not_the_running_ones(tmp_path: Path) -> None:
    rpm(tmp_path, ("kernel-core", "5.14.0", "503.11.1.el9_5", "kernel-5.14.0-503.11.1.el9_5"))
    seen = identity.read(host(tmp_path, "5.14.0-427.13.1.el9_4.x86_64", "rhel", "9.4"))
    assert seen.package is None
