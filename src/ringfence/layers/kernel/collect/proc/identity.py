"""Which kernel this is: uname's release, the distribution's package, and the upstream version behind both."""

from ringfence.errors import LimitExceeded, Malformed, Unavailable
from ringfence.formats import dpkg, os_release, proc_version
from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.collect.proc import rpm_kernel
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package
from ringfence.versions import kernel

DPKG_STATUS = "/var/lib/dpkg/status"

OWN_BRANCHES = frozenset(
    {"ubuntu", "rhel", "centos", "rocky", "almalinux", "ol", "sles", "sled", "opensuse-leap", "amzn", "azurelinux"}
)
"""Distributions that keep a kernel branch alive by themselves, past kernel.org's end (their own life-cycle pages)."""


class Identity(Fact):
    """A kernel's names. `maintained_by` is the distribution that keeps the branch alive itself; empty for kernel.org."""

    release: Maybe[str]
    version: Maybe[str]
    distribution: str = ""
    package: Package | None = None
    maintained_by: str = ""


def read(host: Rooted) -> Identity:
    """Who the kernel is, as far as /proc and the package database tell."""
    banner = _banner(host)
    release = _release(host, banner)
    distribution = _distribution(host)
    if not isinstance(release, Known):
        return Identity(release=release, version=release, distribution=_label(distribution))
    package = _package(host, release.value, banner, distribution)
    if package is None and distribution is not None:
        package = rpm_kernel.package(host, release.value, distribution)
    signature = _signature(host)
    ours = package is not None or bool(signature)
    keeper = distribution.id if distribution and distribution.id in OWN_BRANCHES else ""
    return Identity(
        release=release,
        version=_version(release.value, package, signature),
        distribution=_label(distribution),
        package=package,
        # A kernel of one's own on that distribution is not the distribution's to mend.
        maintained_by=keeper if ours or isinstance(kernel.upstream_told(release.value), Unknown) else "",
    )


def _version(release: str, package: Package | None, signature: str) -> Maybe[str]:
    if signature:
        return Known(signature)
    told = kernel.upstream_told(release)
    if package is None or not package.purl.startswith("pkg:deb/") or package.ecosystem.startswith("Ubuntu"):
        return told
    try:
        # Debian's package version begins with the upstream point release.
        return Known(kernel.upstream(package.version))
    except Malformed:
        return told


def _release(host: Rooted, banner: proc_version.Banner | None) -> Maybe[str]:
    try:
        release = host.text("/proc/sys/kernel/osrelease", proc_version.MAX_BANNER_BYTES)
    except (Unavailable, LimitExceeded) as problem:
        return Known(banner.release) if banner else Unknown(problem.diagnostics())
    return Known(release) if release else Unknown("/proc/sys/kernel/osrelease is empty")


def _banner(host: Rooted) -> proc_version.Banner | None:
    try:
        return proc_version.parse(host.read("/proc/version"))
    except (Unavailable, LimitExceeded, Malformed):
        return None


def _signature(host: Rooted) -> str:
    try:
        return proc_version.upstream_of_signature(host.read("/proc/version_signature"))
    except (Unavailable, LimitExceeded, Malformed):
        return ""


def _distribution(host: Rooted) -> OsRelease | None:
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            return os_release.parse(host.read(path))
        except (Unavailable, LimitExceeded, Malformed):
            continue
    return None


def _label(distribution: OsRelease | None) -> str:
    return f"{distribution.id}:{distribution.version}" if distribution else ""


def _package(
    host: Rooted, release: str, banner: proc_version.Banner | None, distribution: OsRelease | None
) -> Package | None:
    """The package of the running kernel. The banner is its own word; the database may already hold a newer one."""
    if distribution is None:
        return None
    installed = _installed(host, release)
    version = (banner.debian_version if banner else "") or (installed.version if installed else "")
    if not version:
        return None
    name = installed.name if installed else f"linux-image-{release}"
    arch = installed.arch if installed else ""
    source = installed.source_name if installed else "linux"
    qualifiers = f"arch={arch}&" if arch else ""
    encoded = version.replace("+", "%2B")
    return Package(
        purl=f"pkg:deb/{distribution.id}/{name}@{encoded}?{qualifiers}distro={distribution.distro_qualifier}",
        name=name,
        version=version,
        ecosystem=distribution.osv_ecosystem,
        arch=arch,
        # Signed images are built from `linux-signed-ARCH`; advisories speak of `linux`, at the image's own version.
        source_name=_advisory_source(source),
        source_version=version,
        locations=(Location(path=DPKG_STATUS if installed else "/proc/version"),),
    )


def _advisory_source(source: str) -> str:
    if not source.startswith("linux-signed"):
        return source
    flavour = source.removeprefix("linux-signed").removeprefix("-")
    return "linux" if flavour in ("", "amd64", "arm64", "i386", "armhf") else f"linux-{flavour}"


def _installed(host: Rooted, release: str) -> dpkg.DpkgPackage | None:
    """The paragraph of this kernel's image alone: a whole database takes long to parse and nothing else is wanted of it."""
    try:
        status = b"\n" + host.read(DPKG_STATUS)
    except (Unavailable, LimitExceeded):
        return None
    for name in (f"linux-image-{release}", f"linux-image-{release}-unsigned", f"linux-image-unsigned-{release}"):
        start = status.find(f"\nPackage: {name}\n".encode())
        if start < 0:
            continue
        end = status.find(b"\n\n", start)
        found = dpkg.parse(status[start + 1 : end if end > 0 else len(status)])
        if found:
            return found[0]
    return None
