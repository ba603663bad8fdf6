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
