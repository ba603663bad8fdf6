"""Which modules a kernel could load: those on disk for its release, and those modprobe is told to refuse."""

from msgspec.structs import replace

from ringfence.errors import RingfenceError
from ringfence.formats import modprobe_conf
from ringfence.io.rooted import Rooted
from ringfence.model.component import KernelState
from ringfence.model.knowledge import Known, Maybe, Unknown

MAX_FILES = 20_000
"""Modules listed for one kernel; Debian's 6.1 has about 4,000."""
FOLDERS = ("/lib/modprobe.d", "/usr/lib/modprobe.d", "/usr/local/lib/modprobe.d", "/run/modprobe.d", "/etc/modprobe.d")
"""Where modprobe reads its configuration, the last word last (modprobe.d(5))."""


def read(host: Rooted, kernel: KernelState) -> KernelState:
    """The kernel with its modules on disk and modprobe's refusals."""
    if isinstance(kernel.config, Known) and "CONFIG_MODULES" not in kernel.config.value:
        return replace(kernel, module_files=Known(()), barred_modules=Known(()))
    return replace(kernel, module_files=_files(host, kernel.release), barred_modules=_barred(host))


def _files(host: Rooted, release: Maybe[str]) -> Maybe[tuple[str, ...]]:
    match release:
        case Unknown() as unknown:
            return unknown
        case Known(name) if "/" in name or name.startswith("."):
            return Unknown(f"the release {name[:80]!r} is no name of a folder")
        case Known(name):
            folder = f"/lib/modules/{name}"
    if not host.exists(folder):
        return Unknown(f"{folder} is not there")
    try:
        lines = host.text(f"{folder}/modules.dep").splitlines()
    except RingfenceError as problem:
        return Unknown(f"{folder}/modules.dep: {problem.wrong}")
    return Known(tuple(sorted({_name(line.partition(":")[0]) for line in lines[:MAX_FILES] if ".ko" in line})))


def _name(path: str) -> str:
    """`nf_tables` of `kernel/net/netfilter/nf_tables.ko.xz`; the kernel writes `_` for every `-`."""
    return path.rpartition("/")[2].partition(".ko")[0].replace("-", "_")


def _barred(host: Rooted) -> Maybe[tuple[str, ...]]:
    found: set[str] = set()
    for folder in FOLDERS:
        try:
            for name in host.names(folder):
                if name.endswith(".conf"):
                    found.update(modprobe_conf.parse(host.read(f"{folder}/{name}")).barred)
        except RingfenceError as problem:
            return Unknown(f"{folder}: {problem.wrong}")
    return Known(tuple(sorted(found)))
