"""Which kernels are installed beside the running one, and whether the distribution asks for a reboot."""

from ringfence.errors import LimitExceeded, RingfenceError, Unavailable
from ringfence.formats import dpkg
from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.facts import InstalledKernel
from ringfence.model.knowledge import Known, Maybe, Unknown

DPKG_STATUS = "/var/lib/dpkg/status"
ASKS = ("/run/reboot-required", "/var/run/reboot-required")
"""Written by Debian's and Ubuntu's update-notifier and unattended-upgrades."""
MAX_KERNELS = 200
"""Kernels listed; /boot has room for a few dozen."""


def read(host: Rooted) -> Maybe[tuple[InstalledKernel, ...]]:
    """Every image under /boot (`vmlinuz-RELEASE`) or /lib/modules (`RELEASE/vmlinuz`).

    There is none on a machine that is given its kernel from outside.
    """
    try:
        names = [name.removeprefix("vmlinuz-") for name in host.names("/boot") if name.startswith("vmlinuz-")]
        names += [name for name in host.names("/lib/modules") if host.exists(f"/lib/modules/{name}/vmlinuz")]
    except RingfenceError as problem:
        return Unknown(problem.diagnostics())
    status = _status(host)
    found = (InstalledKernel(release=name, package_version=_version(status, name)) for name in dict.fromkeys(names))
    return Known(tuple(list(found)[:MAX_KERNELS]))


def asked(host: Rooted) -> str:
    """The file that asks for a reboot, empty if there is none."""
    return next((path for path in ASKS if host.exists(path)), "")


def _status(host: Rooted) -> bytes:
    try:
        return b"\n" + host.read(DPKG_STATUS)
    except (Unavailable, LimitExceeded):
        return b""


def _version(status: bytes, release: str) -> str:
    """The version of the package of one image, without parsing the whole database."""
    start = status.find(f"\nPackage: linux-image-{release}\n".encode())
    if start < 0:
        return ""
    end = status.find(b"\n\n", start)
    found = dpkg.parse(status[start + 1 : end if end > 0 else len(status)])
    return found[0].version if found else ""
