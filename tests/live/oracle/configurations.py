"""The container configurations of the oracle: combinations by hand, and random ones from fixed seeds.

A configuration is data; `containers` makes the container. Random filters leave alone what the prober and runc need to run.
"""

import random
from dataclasses import dataclass, field, replace
from typing import Any

from ringfence.model.linux import names_of

NEEDED = frozenset(
    {
        *("access", "arch_prctl", "brk", "capget", "capset", "chdir", "clock_nanosleep", "clone", "clone3", "close"),
        *("close_range", "dup", "dup2", "dup3", "epoll_create1", "epoll_ctl", "epoll_pwait", "execve", "exit"),
        *("exit_group", "faccessat", "faccessat2", "fchdir", "fchmod", "fchown", "fcntl", "fork", "fstat", "fstatfs"),
        *("ftruncate", "futex", "getcwd", "getdents64", "getegid", "geteuid", "getgid", "getpid", "getppid"),
        *("getrandom", "gettid", "getuid", "ioctl", "kill", "lseek", "lstat", "madvise", "memfd_create", "mmap"),
        *("mprotect", "munmap", "nanosleep", "newfstatat", "open", "openat", "openat2", "pipe", "pipe2", "poll"),
        *("ppoll", "prctl", "pread64", "prlimit64", "read", "readlink", "readlinkat", "restart_syscall", "rseq"),
        *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_yield", "seccomp", "set_robust_list"),
        *("set_tid_address", "setgid", "setgroups", "setuid", "sigaltstack", "stat", "statfs", "statx", "tgkill"),
        *("umask", "uname", "unlink", "wait4", "write"),
    }
)
"""What runc 1.1 (research of this project: 37 calls seen in 300 starts) and the prober cannot do without."""

NEEDED_BY_CRUN = frozenset({"setresgid", "setresuid"})
"""What crun calls besides, after the filter is loaded."""

ARCHITECTURES = ("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32")
OPERATORS = ("NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ")
CONDITIONED = (
    "socket",
    "personality",
    "clone3",
    "ioperm",
    "keyctl",
    "ptrace",
    "fsconfig",
    "setns",
    "unshare",
    "quotactl",
)
"""Calls that get conditions: the filter alone decides, so any will do that nobody needs."""

MASKED = ("/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware", "/proc/asound")
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
DEVICES = (("/dev/fuse", 10, 229), ("/dev/net/tun", 10, 200), ("/dev/kmsg", 1, 11))
SHARED = "/run/ringfence-oracle-shared"
"""A mount of the host that is in a peer group; the test makes it."""
SHIFTED = (100000, 300000)
"""What uid 0 of a container with a user namespace is outside."""
CAPABILITIES = tuple(name for name in names_of((1 << 41) - 1) if name != "CAP_SYS_RESOURCE")
"""All but one that this kind of test machine does not hold itself and so cannot grant."""


NODES = {
    "c250-7": (250, 7),
    "c250-8": (250, 8),
    "c251-0": (251, 0),
    "b250-7": (250, 7),
    "c1-3": (1, 3),
    "c10-200": (10, 200),
}
"""Device nodes beside the prober: numbers that no driver has (Documentation/admin-guide/devices.txt, "local use"), the null
device, and tun, which runc adds to the rules."""


@dataclass(frozen=True)
class Bundle:
    """A container that `runtime` makes of a bundle written here: `changes` are laid over `runc spec`'s own."""

    name: str
    runtime: str = "runc"
    process: dict[str, Any] = field(default_factory=dict)
    linux: dict[str, Any] = field(default_factory=dict)
    read_only_root: bool = False
    mounts: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Podman:
    """A container that Podman makes of its command line. `profile` is a seccomp profile to write and name.

    `rootless` ones are made by a user without privilege.
    """

    name: str
    rootless: bool = False
    words: tuple[str, ...] = ()
    profile: dict[str, Any] | None = None


def condition(chance: random.Random) -> dict[str, Any]:
    op = chance.choice(OPERATORS)
    # libseccomp joins tests of order with more than 32 bits wrongly (docs/limits.md).
    wide = [2**32 + 5, 2**63] if op in ("NE", "EQ", "MASKED_EQ") else []
    value = chance.choice([0, 1, 2, 16, 38, 40, 2**31, 2**32 - 1, 0x10000000, *wide])
    made = {"index": chance.randrange(3), "op": f"SCMP_CMP_{op}", "value": value}
    return made | ({"valueTwo": chance.getrandbits(33) & value} if op == "MASKED_EQ" else {})


def random_filter(chance: random.Random, names: list[str]) -> dict[str, Any]:
    """A profile in the form of an OCI config.json: closed with an allowed list, or open with a denied one."""
    free = [name for name in names if name not in NEEDED and name not in CONDITIONED]
    picked = sorted(chance.sample(free, chance.randrange(20, 90)))
    closed = chance.random() < 0.6
    denials = (
        "SCMP_ACT_ERRNO",
        "SCMP_ACT_ERRNO",
        "SCMP_ACT_TRAP",
        "SCMP_ACT_TRAP",
        "SCMP_ACT_KILL_PROCESS",
        "SCMP_ACT_KILL",
    )
    rules: list[dict[str, Any]] = []
    if closed:
        rules.append({"names": sorted({*NEEDED, *picked}), "action": "SCMP_ACT_ALLOW"})
        tested = chance.choice(["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"])
        profile: dict[str, Any] = {"defaultAction": chance.choice(denials[:2])}
    else:
        half = len(picked) // 2
        rules.append({"names": picked[:half], "action": chance.choice(denials), "errnoRet": chance.choice([1, 13, 38])})
        rules.append({"names": picked[half:], "action": "SCMP_ACT_ERRNO", "errnoRet": chance.choice([1, 95])})
        tested = "SCMP_ACT_ERRNO"
        # Each logged call takes a line of the kernel's log: few, for the machine's sake.
        profile = {"defaultAction": "SCMP_ACT_LOG" if chance.random() < 0.05 else "SCMP_ACT_ALLOW"}
    for rule in rules:
        if rule["action"] != "SCMP_ACT_ERRNO":
            rule.pop("errnoRet", None)
    if chance.random() < 0.6 and closed:
        profile["defaultErrnoRet"] = chance.choice([1, 38, 77])
    for name in chance.sample(CONDITIONED, 4):
        rules.append({"names": [name], "action": tested, "args": [condition(chance)]})
        if chance.random() < 0.4:  # a second one on the same argument: either suffices
            again = condition(chance) | {"index": rules[-1]["args"][0]["index"]}
            if again != rules[-1]["args"][0]:
                rules.append({"names": [name], "action": tested, "args": [again]})
    chance.shuffle(rules)
    profile["architectures"] = [*ARCHITECTURES[:1], *(item for item in ARCHITECTURES[1:] if chance.random() < 0.6)]
    return profile | {"syscalls": rules}


def random_bundle(seed: int, names: list[str]) -> Bundle:
    """Everything about a container drawn at random."""
    chance = random.Random(seed)
    uid = chance.choice([0, 0, 1000])
    bounding = sorted(chance.sample(CAPABILITIES, chance.randrange(0, 41)))
    # runc drops the bounding set before it sets the others; ambient ones must be permitted and inheritable.
    permitted = sorted(name for name in bounding if chance.random() < 0.8)
    inheritable = sorted(name for name in bounding if chance.random() < 0.5)
    sets = {
        "bounding": bounding,
        "permitted": permitted,
        "effective": [name for name in permitted if chance.random() < 0.9],
        "inheritable": inheritable,
        "ambient": [name for name in permitted if name in inheritable and chance.random() < 0.5],
    }
    remapped = chance.random() < 0.25
    own = [kind for kind in ("pid", "network", "ipc", "uts", "cgroup") if remapped or chance.random() < 0.8]
    spaces = [{"type": kind} for kind in (*own, "mount", *(["user"] if remapped else []))]
    ids = [{"containerID": 0, "hostID": chance.choice(SHIFTED), "size": 65536}] if remapped else []
    linux = {
        "namespaces": spaces,
        "uidMappings": ids,
        "gidMappings": ids,
        "maskedPaths": chance.sample(MASKED, chance.randrange(len(MASKED) + 1)),
        "readonlyPaths": chance.sample(READ_ONLY, chance.randrange(len(READ_ONLY) + 1)),
        "devices": []
        if remapped
        else [
            {"path": path, "type": "c", "major": major, "minor": minor}
            for path, major, minor in DEVICES
            if chance.random() < 0.3
        ],
        "seccomp": random_filter(chance, names) if chance.random() < 0.8 else None,
    }
    mounts = tuple(
        {
            "destination": f"/data{number}",
            "type": "bind",
            "source": chance.choice(["/etc/alternatives", SHARED]),
            "options": ["rbind", word, *reach],
        }
        for number, (word, reach) in enumerate(
            zip(
                chance.choices(["ro", "rw"], k=chance.randrange(3)),
                chance.choices([["rprivate"], ["rslave"], ["rshared"], ["slave"], []], k=2),
                strict=False,
            )
        )
    )
    linux["resources"] = {"devices": device_rules(chance)}
    return Bundle(
        name=f"bundle-{seed}",
        process={
            "user": {"uid": uid, "gid": uid},
            "capabilities": sets,
            "noNewPrivileges": chance.random() < 0.4,
        },
        linux=linux,
        read_only_root=chance.random() < 0.5,
        mounts=mounts,
    )


def device_rules(chance: random.Random) -> list[dict[str, Any]]:
    """Rules for the control group: nothing or everything at first, then some of the nodes."""
    rules: list[dict[str, Any]] = [{"allow": chance.random() < 0.2, "access": "rwm"}]
    for name in chance.sample(sorted(NODES), chance.randrange(4)):
        major, minor = NODES[name]
        # runc refuses a wildcard over what it adds itself (null, tun).
        every = major >= 250 and chance.random() < 0.4
        numbers = {"major": major} | ({} if every else {"minor": minor})
        access = chance.choice(["r", "w", "rw", "rwm", "m"])
        # runc refuses a rule that takes away from what it does not hold; additions to what is allowed are what is left.
        rules.append({"allow": not rules[0]["allow"], "type": name[0], "access": access} | numbers)
    return rules


def by_hand(names: list[str]) -> list[Podman]:
    """Podman's own options, one by one and together."""
    filter_ = random_filter(random.Random(7), names)
    lines = {
        "default": "",
        "unconfined": "--security-opt=seccomp=unconfined",
        "privileged": "--privileged",
        "privileged-user": "--privileged --user=1000",
        "no-new": "--security-opt=no-new-privileges",
        "drop-all": "--cap-drop=all",
        "drop-all-add": "--cap-drop=all --cap-add=NET_RAW --cap-add=SETPCAP",
        "user": "--user=1000",
        "user-group": "--user=1000:2000",
        "user-add": "--user=1000 --cap-add=SYS_PTRACE --cap-add=NET_ADMIN",
        "user-no-new": "--user=1000 --security-opt=no-new-privileges --cap-drop=all",
        "admin": "--cap-add=SYS_ADMIN",
        "admin-unconfined": "--cap-add=SYS_ADMIN --security-opt=seccomp=unconfined",
        "boot": "--cap-add=SYS_BOOT --cap-add=SYS_TIME --cap-add=SYSLOG",
        "bpf": "--cap-add=BPF --cap-add=PERFMON",
        "ptrace": "--cap-add=SYS_PTRACE",
        "module": "--cap-add=SYS_MODULE --cap-add=SYS_RAWIO --cap-add=SYS_PACCT",
        "read-search": "--cap-add=DAC_READ_SEARCH --cap-add=LINUX_IMMUTABLE --cap-add=LEASE",
        "read-only": "--read-only",
        "read-only-user": "--read-only --user=1000 --cap-drop=all --security-opt=no-new-privileges",
        "remapped": "--uidmap=0:100000:65536 --gidmap=0:100000:65536",
        "remapped-admin": "--uidmap=0:100000:65536 --gidmap=0:100000:65536 --cap-add=SYS_ADMIN --cap-add=NET_ADMIN",
        "remapped-user": "--uidmap=0:100000:65536 --gidmap=0:100000:65536 --user=1000 --cap-add=NET_RAW",
        "host-pid": "--pid=host",
        "host-ipc": "--ipc=host",
        "host-uts": "--uts=host",
        "host-all": "--pid=host --ipc=host --uts=host --cap-add=SYS_ADMIN",
        "device": "--device=/dev/fuse",
        "device-renamed": "--device=/dev/kmsg:/dev/messages:r",
        "unmasked": "--security-opt=unmask=ALL",
        "unmasked-one": "--security-opt=unmask=/proc/acpi",
        "masked": "--security-opt=mask=/proc/uptime:/proc/loadavg",
        "volume": "-v /etc/alternatives:/data0:ro -v /etc/alternatives:/data1:rw",
        "tmpfs": "--tmpfs=/data0:ro,size=64k",
        "reaching": f"-v {SHARED}:/data0:rshared -v {SHARED}:/data1:rslave",
        "shared-of-private": "-v /etc/alternatives:/data0:rshared -v /etc/alternatives:/data1:slave",
    }
    made = [Podman(name=name, words=tuple(line.split())) for name, line in lines.items()]
    made += [
        Podman(name=f"custom-{name}", words=tuple(lines[name].split()), profile=filter_) for name in ("default", "user")
    ]
    return made


def rootless() -> list[Podman]:
    """What a user without privilege may ask of Podman."""
    lines = {
        "default": "",
        "user": "--user=1000",
        "admin": "--cap-add=SYS_ADMIN --cap-add=NET_ADMIN",
        "no-new": "--security-opt=no-new-privileges --cap-drop=all",
        "privileged": "--privileged",
        "read-only": "--read-only --security-opt=seccomp=unconfined",
        "own-ids": "--userns=keep-id",
    }
    return [Podman(name=f"rootless-{name}", words=tuple(line.split()), rootless=True) for name, line in lines.items()]


def for_crun(bundle: Bundle) -> Bundle:
    """The same by crun, whose own calls the filter must let through."""
    linux = dict(bundle.linux)
    if linux["seccomp"] is not None:
        closed = linux["seccomp"]["defaultAction"] not in ("SCMP_ACT_ALLOW", "SCMP_ACT_LOG")
        rules = [
            rule | {"names": [name for name in rule["names"] if name not in NEEDED_BY_CRUN]}
            for rule in linux["seccomp"]["syscalls"]
        ]
        rules = [rule for rule in rules if rule["names"]]
        own = [{"names": sorted(NEEDED_BY_CRUN), "action": "SCMP_ACT_ALLOW"}] if closed else []
        linux["seccomp"] = linux["seccomp"] | {"syscalls": [*own, *rules]}
    return replace(bundle, name=f"crun-{bundle.name}", runtime="crun", linux=linux)


def everything(names: list[str], bundles: int = 130, by_crun: int = 32) -> list[Podman | Bundle]:
    """All that run everywhere: Podman's, random bundles by runc, and some of the same by crun."""
    random_ones = [random_bundle(seed, names) for seed in range(bundles)]
    again = [for_crun(item) for item in random_ones[:by_crun]]
    return [*by_hand(names), *random_ones, *again]
