"""How a kernel is built and set: configuration, sysctls, security modules, cgroups, loaded modules, processor weaknesses."""

from ringfence.errors import LimitExceeded, RingfenceError, Unavailable
from ringfence.formats import kconfig, lsm_label, mountinfo
from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.facts import CpuVulnerability
from ringfence.model.component import KernelState
from ringfence.model.knowledge import Known, Maybe, Unknown

SYSCTLS = (
    "dev.tty.ldisc_autoload",
    "dev.tty.legacy_tiocsti",
    "fs.protected_fifos",
    "fs.protected_hardlinks",
    "fs.protected_regular",
    "fs.protected_symlinks",
    "fs.suid_dumpable",
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.core_pattern",
    "kernel.dmesg_restrict",
    "kernel.io_uring_disabled",
    "kernel.kexec_load_disabled",
    "kernel.kptr_restrict",
    "kernel.modules_disabled",
    "kernel.oops_limit",
    "kernel.perf_event_paranoid",
    "kernel.randomize_va_space",
    "kernel.sysrq",
    "kernel.unprivileged_bpf_disabled",
    "kernel.unprivileged_userns_clone",
    "kernel.yama.ptrace_scope",
    "net.core.bpf_jit_harden",
    "net.ipv4.conf.all.accept_redirects",
    "net.ipv4.conf.all.accept_source_route",
    "net.ipv4.conf.all.route_localnet",
    "net.ipv6.conf.all.accept_redirects",
    "net.ipv6.conf.all.accept_source_route",
    "user.max_user_namespaces",
    "vm.mmap_min_addr",
    "vm.unprivileged_userfaultfd",
)
"""What is asked for: Linux Documentation/admin-guide/sysctl, Yama.rst, and the two that only Debian and Ubuntu have."""

MAX_SYSCTL_BYTES = 4096
"""Bytes of one sysctl's value."""
MAX_MODULES = 10_000
"""Loaded modules that are listed; a desktop has about 300."""
MAX_CPU_FILES = 200
"""Files of processor weaknesses that are read; Linux 6.18 has 19."""

_MANDATORY = {
    "selinux": "CONFIG_SECURITY_SELINUX",
    "apparmor": "CONFIG_SECURITY_APPARMOR",
    "smack": "CONFIG_SECURITY_SMACK",
    "tomoyo": "CONFIG_SECURITY_TOMOYO",
}
"""Modules that enforce a policy over all processes, and the options they are built with."""
_OTHER_MODULES = {
    "landlock": "CONFIG_SECURITY_LANDLOCK",
    "lockdown": "CONFIG_SECURITY_LOCKDOWN_LSM",
    "yama": "CONFIG_SECURITY_YAMA",
    "loadpin": "CONFIG_SECURITY_LOADPIN",
    "safesetid": "CONFIG_SECURITY_SAFESETID",
    "bpf": "CONFIG_BPF_LSM",
    "ipe": "CONFIG_SECURITY_IPE",
}
_MACHINES = {"CONFIG_X86_64": "x86_64", "CONFIG_ARM64": "aarch64", "CONFIG_S390": "s390x", "CONFIG_PPC64": "ppc64le"}


def read(host: Rooted, node: str, release: Maybe[str], distribution: str) -> KernelState:
    """Everything about the kernel's settings that can be read under `host`."""
    config = _config(host, release)
    return KernelState(
        node=node,
        release=release,
        config=config,
        sysctls={name: _sysctl(host, name) for name in SYSCTLS},
        lsms=_security_modules(host, config),
        cgroups=_cgroups(host),
        modules=_modules(host, config),
        distribution=distribution,
        architecture=_architecture(host, config),
    )


def cpu_vulnerabilities(host: Rooted) -> Maybe[tuple[CpuVulnerability, ...]]:
    """What the kernel says of each known weakness of the processor (sysfs-devices-system-cpu ABI; since Linux 4.15)."""
    folder = "/sys/devices/system/cpu/vulnerabilities"
    try:
        found = tuple(
            CpuVulnerability(name=name, status=host.text(f"{folder}/{name}", MAX_SYSCTL_BYTES))
            for name in host.names(folder)[:MAX_CPU_FILES]
        )
    except (Unavailable, LimitExceeded) as problem:
        return Unknown(problem.diagnostics())
    return Known(found) if found else Unknown(f"{folder} is not there: the kernel is too old or /sys is not mounted")


def _config(host: Rooted, release: Maybe[str]) -> Maybe[dict[str, str]]:
    paths = ["/proc/config.gz"]
    if isinstance(release, Known) and "/" not in release.value:
        paths += [f"/boot/config-{release.value}", f"/lib/modules/{release.value}/config"]
    for path in paths:
        if not host.exists(path):
            continue
        try:
            return Known(kconfig.parse(host.read(path)))
        except RingfenceError as problem:
            return Unknown(f"{path}: {problem.wrong}")
    return Unknown(f"the kernel's build configuration is at none of {', '.join(paths)}")


def _sysctl(host: Rooted, name: str) -> Known[str] | Unknown:
    path = f"/proc/sys/{name.replace('.', '/')}"
    if not host.exists("/proc/sys/kernel"):
        return Unknown("/proc/sys is not there")
    if not host.exists(path):
        return Known("")
    try:
        return Known(host.text(path, MAX_SYSCTL_BYTES))
    except (Unavailable, LimitExceeded) as problem:
        return Unknown(problem.diagnostics())


def _security_modules(host: Rooted, config: Maybe[dict[str, str]]) -> Maybe[tuple[str, ...]]:
    try:
        words = host.text("/sys/kernel/security/lsm", MAX_SYSCTL_BYTES)
        return Known(tuple(word for word in words.split(",") if word))
    except (Unavailable, LimitExceeded):
        pass
    match config:
        case Unknown(reason):
            return Unknown(f"securityfs is not mounted, and {reason}")
        case Known(options):
            return _modules_by_config(host, options)


def _modules_by_config(host: Rooted, options: dict[str, str]) -> Maybe[tuple[str, ...]]:
    """The list without securityfs: what is built and chosen at boot, as long as nothing in it may still be off.

    Order and choice: Documentation/admin-guide/LSM/index.rst and the boot parameters `lsm=` and `security=`.
    """
    try:
        line = host.text("/proc/cmdline", 64 * 1024).split()
    except (Unavailable, LimitExceeded) as problem:
        return Unknown(f"securityfs is not mounted, and {problem.diagnostics()}")
    given = dict(word.split("=", 1) for word in line if "=" in word)
    chosen = given.get("lsm", options.get("CONFIG_LSM", "")).split(",")
    if "security" in given and "lsm" not in given:
        chosen = [name for name in chosen if name not in _MANDATORY] + [given["security"]]
    elif "CONFIG_LSM" not in options and "lsm" not in given:
        chosen = [*_OTHER_MODULES, *_MANDATORY]  # before Linux 5.1 there was no list: all that is built may run
    built = [name for name in chosen if options.get((_MANDATORY | _OTHER_MODULES).get(name, "")) == "y"]
    for name in built:
        if name in _MANDATORY and not _runs(host, name):
            return Unknown(
                f"securityfs is not mounted, and whether {name}, which is built in, was switched on is not visible"
            )
    return Known(("capability", *built))


def _runs(host: Rooted, module: str) -> bool:
    if module == "selinux" and host.exists("/sys/fs/selinux/enforce"):
        return True
    try:
        return lsm_label.parse(host.read("/proc/1/attr/current", lsm_label.MAX_LABEL_BYTES)).module == module
    except RingfenceError:
        return False


def _cgroups(host: Rooted) -> Maybe[str]:
    mounts = None
    for path in ("/proc/1/mountinfo", "/proc/self/mountinfo"):
        try:
            mounts = mountinfo.parse(host.read(path))
            break
        except RingfenceError:
            continue
    if mounts is None:
        return Unknown("the mounts of the host could not be read")
    # A container's own cgroup mounts in the host's list (binds of bundles) tell nothing about the mode.
    kinds = {item.kind for item in mounts if item.kind in ("cgroup", "cgroup2") and item.point.startswith("/sys/fs/cgroup")}
    if not kinds:
        return Unknown("no cgroup hierarchy is mounted under /sys/fs/cgroup")
    return Known("hybrid" if len(kinds) == 2 else "v1" if "cgroup" in kinds else "v2")


def _modules(host: Rooted, config: Maybe[dict[str, str]]) -> Maybe[tuple[str, ...]]:
    try:
        lines = host.text("/proc/modules").splitlines()
    except (Unavailable, LimitExceeded) as problem:
        if isinstance(config, Known) and "CONFIG_MODULES" not in config.value:
            return Known(())
        return Unknown(problem.diagnostics())
    return Known(tuple(sorted(line.split()[0] for line in lines[:MAX_MODULES] if line.strip())))


def _architecture(host: Rooted, config: Maybe[dict[str, str]]) -> str:
    try:
        return host.text("/proc/sys/kernel/arch", MAX_SYSCTL_BYTES)  # since Linux 6.1
    except (Unavailable, LimitExceeded):
        options = config.value if isinstance(config, Known) else {}
        return next((machine for option, machine in _MACHINES.items() if option in options), "")
