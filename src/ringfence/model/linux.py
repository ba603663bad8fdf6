"""What the Linux kernel calls things: capabilities, namespaces, clone flags, socket families.

Sources: include/uapi/linux/capability.h, include/uapi/linux/sched.h, include/linux/socket.h (Linux 6.12).
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum

from ringfence.errors import Malformed


class Capability(IntEnum):
    """Bit numbers of capabilities(7), from include/uapi/linux/capability.h."""

    CAP_CHOWN = 0
    CAP_DAC_OVERRIDE = 1
    CAP_DAC_READ_SEARCH = 2
    CAP_FOWNER = 3
    CAP_FSETID = 4
    CAP_KILL = 5
    CAP_SETGID = 6
    CAP_SETUID = 7
    CAP_SETPCAP = 8
    CAP_LINUX_IMMUTABLE = 9
    CAP_NET_BIND_SERVICE = 10
    CAP_NET_BROADCAST = 11
    CAP_NET_ADMIN = 12
    CAP_NET_RAW = 13
    CAP_IPC_LOCK = 14
    CAP_IPC_OWNER = 15
    CAP_SYS_MODULE = 16
    CAP_SYS_RAWIO = 17
    CAP_SYS_CHROOT = 18
    CAP_SYS_PTRACE = 19
    CAP_SYS_PACCT = 20
    CAP_SYS_ADMIN = 21
    CAP_SYS_BOOT = 22
    CAP_SYS_NICE = 23
    CAP_SYS_RESOURCE = 24
    CAP_SYS_TIME = 25
    CAP_SYS_TTY_CONFIG = 26
    CAP_MKNOD = 27
    CAP_LEASE = 28
    CAP_AUDIT_WRITE = 29
    CAP_AUDIT_CONTROL = 30
    CAP_SETFCAP = 31
    CAP_MAC_OVERRIDE = 32
    CAP_MAC_ADMIN = 33
    CAP_SYSLOG = 34
    CAP_WAKE_ALARM = 35
    CAP_BLOCK_SUSPEND = 36
    CAP_AUDIT_READ = 37
    CAP_PERFMON = 38
    CAP_BPF = 39
    CAP_CHECKPOINT_RESTORE = 40


ALL_CAPABILITIES = (1 << (max(Capability) + 1)) - 1
"""The mask with every capability this table knows."""


def capability(name: str) -> Capability:
    """The capability called `name`, with or without `CAP_`, in any case. Raises `Malformed` for a name unknown here."""
    upper = name.strip().upper()
    upper = upper if upper.startswith("CAP_") else f"CAP_{upper}"
    try:
        return Capability[upper]
    except KeyError as cause:
        raise Malformed("capability name", f"{name!r} is none that Linux knows") from cause


def mask_of(names: Iterable[str]) -> int:
    """The bit mask of the named capabilities; `ALL` is every one. Raises `Malformed` for an unknown name."""
    mask = 0
    for name in names:
        mask |= ALL_CAPABILITIES if name.strip().upper() in ("ALL", "CAP_ALL") else 1 << capability(name)
    return mask


def names_of(mask: int) -> tuple[str, ...]:
    """The names in a mask, in bit order; bits beyond this table are left out."""
    return tuple(cap.name for cap in Capability if mask >> cap & 1)


class Namespace(StrEnum):
    """The eight kinds of namespaces(7), by their names under /proc/PID/ns."""

    CGROUP = "cgroup"
    IPC = "ipc"
    MOUNT = "mnt"
    NETWORK = "net"
    PID = "pid"
    TIME = "time"
    USER = "user"
    UTS = "uts"


CLONE_FLAGS = {
    "CLONE_NEWTIME": 0x00000080,
    "CLONE_NEWNS": 0x00020000,
    "CLONE_NEWCGROUP": 0x02000000,
    "CLONE_NEWUTS": 0x04000000,
    "CLONE_NEWIPC": 0x08000000,
    "CLONE_NEWUSER": 0x10000000,
    "CLONE_NEWPID": 0x20000000,
    "CLONE_NEWNET": 0x40000000,
}
"""Namespace flags of clone(2) and unshare(2), from include/uapi/linux/sched.h."""

SOCKET_FAMILIES = {
    "AF_UNIX": 1,
    "AF_INET": 2,
    "AF_INET6": 10,
    "AF_NETLINK": 16,
    "AF_PACKET": 17,
    "AF_RDS": 21,
    "AF_CAN": 29,
    "AF_TIPC": 30,
    "AF_RXRPC": 33,
    "AF_ALG": 38,
    "AF_VSOCK": 40,
    "AF_XDP": 44,
}
"""Address families that advisories name, from include/linux/socket.h."""

NETLINK_PROTOCOLS = {"NETLINK_ROUTE": 0, "NETLINK_XFRM": 6, "NETLINK_NETFILTER": 12, "NETLINK_GENERIC": 16}
"""Protocols of AF_NETLINK that advisories name, from include/uapi/linux/netlink.h."""
