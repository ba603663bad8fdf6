"""What a kernel was started with and what guards it now: boot parameters, lockdown, policy, taint, live patches, /dev."""

import stat

from ringfence.errors import LimitExceeded, RingfenceError, Unavailable
from ringfence.formats import boot_parameters
from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.facts import DeviceFile, Livepatch, Policy
from ringfence.model.knowledge import Known, Maybe, Unknown

MAX_DEVICES = 5_000
"""Files under /dev that are listed; a machine with many disks has about 1,000."""
MAX_PROFILES_BYTES = 4 * 1024 * 1024
MAX_PATCHES = 100
SHORT = 4096
"""Bytes of a file of one line."""

OWNER_ONLY = 0o700


def boot(host: Rooted) -> Maybe[tuple[str, ...]]:
    """The words of the command line."""
    try:
        return Known(boot_parameters.parse(host.read("/proc/cmdline", boot_parameters.MAX_BYTES)))
    except (Unavailable, LimitExceeded) as problem:
        return Unknown(problem.diagnostics())


def lockdown(host: Rooted, config: Maybe[dict[str, str]], words: Maybe[tuple[str, ...]]) -> Maybe[str]:
    """`none`, `integrity` or `confidentiality`.

    Read from securityfs (`none [integrity] confidentiality`); where that is not mounted, a kernel built without lockdown
    has none, and otherwise the boot parameter or the option it was built with tells (security/lockdown/Kconfig).
    """
    try:
        said = host.text("/sys/kernel/security/lockdown", SHORT)
        return Known(said.partition("[")[2].partition("]")[0] or "none")
    except (Unavailable, LimitExceeded) as problem:
        match config:
            case Unknown(reason):
                return Unknown(f"{problem.diagnostics()}, and {reason}")
            case Known(options):
                return _lockdown_by_config(options, words)


def _lockdown_by_config(options: dict[str, str], words: Maybe[tuple[str, ...]]) -> Maybe[str]:
    if "CONFIG_SECURITY_LOCKDOWN_LSM" not in options:
        return Known("none")
    for mode in ("integrity", "confidentiality"):
        if f"CONFIG_LOCK_DOWN_KERNEL_FORCE_{mode.upper()}" in options:
            return Known(mode)
    match words:
        case Unknown() as unknown:
            return unknown
        case Known(given):
            chosen = [word.partition("=")[2] for word in given if word.startswith("lockdown=")]
            if chosen:
                return Known(chosen[-1])
            # Some distributions lock the kernel down when secure boot is on, which only securityfs would tell.
            if "CONFIG_EFI" not in options:
                return Known("none")
            return Unknown("securityfs is not mounted, and a kernel started with secure boot may be locked down by itself")


def modules_signed(host: Rooted, config: Maybe[dict[str, str]], words: Maybe[tuple[str, ...]]) -> Maybe[bool]:
    """Whether a module without a valid signature is refused (Documentation/admin-guide/module-signing.rst)."""
    try:
        return Known(host.text("/sys/module/module/parameters/sig_enforce", SHORT) == "Y")
    except (Unavailable, LimitExceeded) as problem:
        match config, words:
            case Known(options), _ if "CONFIG_MODULE_SIG_FORCE" in options:
                return Known(True)
            case Known(options), _ if "CONFIG_MODULE_SIG" not in options:
                return Known(False)
            case Known(_), Known(given):
                return Known(any(word.startswith("module.sig_enforce") for word in given))
            case _:
                return Unknown(problem.diagnostics())


def policy(host: Rooted, modules: Maybe[tuple[str, ...]]) -> Maybe[Policy]:
    """The mode of SELinux and of AppArmor's profiles, as far as the running modules have them."""
    match modules:
        case Unknown() as unknown:
            return unknown
        case Known(running):
            try:
                selinux = _selinux(host) if "selinux" in running else ""
                profiles = _profiles(host) if "apparmor" in running else ()
            except RingfenceError as problem:
                return Unknown(problem.diagnostics())
    complaining = tuple(name for name, mode in profiles if mode == "complain")
    return Known(Policy(selinux=selinux, complaining=complaining, enforced=sum(mode == "enforce" for _, mode in profiles)))


def _selinux(host: Rooted) -> str:
    return "enforcing" if host.text("/sys/fs/selinux/enforce", SHORT) == "1" else "permissive"


def _profiles(host: Rooted) -> tuple[tuple[str, str], ...]:
    """`profile (mode)` a line (security/apparmor/apparmorfs.c)."""
    lines = host.text("/sys/kernel/security/apparmor/profiles", MAX_PROFILES_BYTES).splitlines()
    return tuple((name, mode.rstrip(")")) for name, _, mode in (line.rpartition(" (") for line in lines) if name)


def taint(host: Rooted) -> Maybe[int]:
    """The bits of Documentation/admin-guide/tainted-kernels.rst."""
    try:
        said = host.text("/proc/sys/kernel/tainted", SHORT)
    except (Unavailable, LimitExceeded) as problem:
        return Unknown(problem.diagnostics())
    return Known(int(said)) if said.isascii() and said.isdecimal() else Unknown("/proc/sys/kernel/tainted is no number")


def livepatches(host: Rooted) -> Maybe[tuple[Livepatch, ...]]:
    """Every live patch (ABI/testing/sysfs-kernel-livepatch); none where the kernel has no folder for them."""
    folder = "/sys/kernel/livepatch"
    if not host.exists("/sys/kernel"):
        return Unknown("/sys is not mounted")
    try:
        return Known(
            tuple(
                Livepatch(
                    name=name,
                    enabled=host.text(f"{folder}/{name}/enabled", SHORT) == "1",
                    in_transition=host.text(f"{folder}/{name}/transition", SHORT) == "1",
                )
                for name in host.names(folder)[:MAX_PATCHES]
            )
        )
    except (Unavailable, LimitExceeded) as problem:
        return Unknown(problem.diagnostics())


def devices(host: Rooted) -> Maybe[tuple[DeviceFile, ...]]:
    """Block and character devices under /dev that others than their owner may use; links and terminals of users left out."""
    if not host.exists("/dev/null"):
        return Unknown("/dev is not there")
    found: list[DeviceFile] = []
    try:
        for entry in host.walk("dev", skip=frozenset({"pts", "shm", "mqueue", "hugepages"})):
            kind = "block" if stat.S_ISBLK(entry.mode) else "character" if stat.S_ISCHR(entry.mode) else ""
            mode = stat.S_IMODE(entry.mode)
            if kind and mode & ~OWNER_ONLY and len(found) < MAX_DEVICES:
                found.append(DeviceFile(path=f"/{entry.path}", kind=kind, mode=mode, owner=entry.uid, group=entry.gid))
    except LimitExceeded as problem:
        return Unknown(problem.diagnostics())
    return Known(tuple(found))
