"""The RPM package of the running kernel: the one whose version and release uname's release is made of.

Sources: Red Hat's, Oracle's and Amazon's kernel.spec (`uname -r` is `%{version}-%{release}.%{_target_cpu}`, a variant behind
`+`); SUSE's kernel-binary.spec (`VERSION-RELEASE-FLAVOUR`, without the last number of the package's release); Azure Linux's
kernel.spec (`VERSION-RELEASE`).
"""

from ringfence.errors import RingfenceError
from ringfence.formats import distribution_package, rpm_header
from ringfence.formats.rpm_header import RpmPackage
from ringfence.io import rpm_database
from ringfence.io.rooted import Rooted
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package


def package(host: Rooted, release: str, distribution: OsRelease) -> Package | None:
    """The installed package of the kernel called `release`; None if no database knows one, or it cannot be read."""
    path = next((f"/{place}" for place in rpm_database.PLACES if host.exists(f"/{place}")), "")
    if not path:
        return None
    try:
        headers = rpm_database.headers(path, host.read(path, rpm_database.MAX_BYTES))
        # Of some two thousand headers a dozen speak of a kernel: only those are taken apart.
        found = [rpm_header.parse(header) for header in headers if b"kernel" in header]
    except RingfenceError:
        return None
    mine = [item for item in found if item is not None and _is_of(item, release)]
    # kernel-core has the image; `kernel` beside it is empty on Fedora and Red Hat since 8.
    chosen = min(mine, key=lambda item: ("core" not in item.name, len(item.name)), default=None)
    return distribution_package.of_rpm(chosen, distribution) if chosen else None


def _is_of(found: RpmPackage, release: str) -> bool:
    if not found.name.startswith("kernel") or any(word in found.name for word in _NOT_IMAGES):
        return False
    plain = release.partition("+")[0]
    full = f"{found.version}-{found.release}"
    flavour = found.name.removeprefix("kernel-")
    suse = f"{found.version}-{found.release.rpartition('.')[0]}-{flavour}"
    return plain in (full, f"{full}.{found.arch}", suse)


_NOT_IMAGES = ("headers", "devel", "tools", "doc", "srpm", "source", "syms", "firmware", "livepatch", "abi")
"""Packages of the same source and version that are no kernel."""
