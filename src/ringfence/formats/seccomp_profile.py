"""Seccomp profiles as files: the form of the container engines, whose rules may wait for a capability, an architecture or a
kernel, and the plain form of an OCI `config.json` (`linux.seccomp`), where all that is decided.

Sources: OCI runtime specification, config-linux.md "Seccomp"; containers/common pkg/seccomp/types.go and moby/profiles
seccomp/seccomp_linux.go for `archMap`, `includes` and `excludes`.
"""

import re
from collections.abc import Iterator
from typing import Annotated

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import typed_json
from ringfence.model.fact import Fact
from ringfence.model.linux import Capability
from ringfence.model.syscall_filter import ArgumentCondition, Comparison, SyscallFilter, SyscallRule

MAX_RULES = 10_000
"""Rules in one profile; the engines' defaults have about 60."""
MAX_NAMES = 50_000
"""System call names in all rules of one profile together."""

NATIVE = {
    "amd64": "SCMP_ARCH_X86_64",
    "arm64": "SCMP_ARCH_AARCH64",
    "arm": "SCMP_ARCH_ARM",
    "386": "SCMP_ARCH_X86",
    "ppc64le": "SCMP_ARCH_PPC64LE",
    "riscv64": "SCMP_ARCH_RISCV64",
    "s390x": "SCMP_ARCH_S390X",
    "loong64": "SCMP_ARCH_LOONGARCH64",
    "mips64": "SCMP_ARCH_MIPS64",
}
"""libseccomp's name of an architecture by Go's (`GOARCH`), which `arches` in a profile uses."""


Errno = Annotated[int, msgspec.Meta(ge=0, le=4095)]
"""An error number, at most MAX_ERRNO of include/linux/err.h."""


class Guard(Fact):
    """What a rule waits for; an empty field asks nothing. `capabilities` is a mask, `kernel` the least version."""

    capabilities: int = 0
    architectures: tuple[str, ...] = ()
    kernel: tuple[int, int] | None = None


class GuardedRule(Fact):
    """A rule that counts if all of `includes` holds and nothing of `excludes` does."""

    rule: SyscallRule
    includes: Guard = Guard()
    excludes: Guard = Guard()


class SeccompProfile(Fact):
    """A whole profile. `sub_architectures` has those that come with a native one; `architectures` are given outright."""

    default_action: str
    default_errno: int | None = None
    architectures: tuple[str, ...] = ()
    sub_architectures: dict[str, tuple[str, ...]] = {}
    rules: tuple[GuardedRule, ...] = ()


class _Argument(msgspec.Struct):
    index: Annotated[int, msgspec.Meta(ge=0, le=5)]
    value: int
    op: Comparison
    valueTwo: int = 0  # noqa: N815 - the name in the file


class _Filter(msgspec.Struct):
    caps: tuple[str, ...] | None = None
    arches: tuple[str, ...] | None = None
    minKernel: str | None = None  # noqa: N815 - the name in the file


class _Rule(msgspec.Struct):
    action: str
    names: tuple[str, ...] | None = None
    name: str = ""
    args: tuple[_Argument, ...] | None = None
    errnoRet: Errno | None = None  # noqa: N815 - the name in the file
    includes: _Filter | None = None
    excludes: _Filter | None = None


class _Architecture(msgspec.Struct):
    architecture: str
    subArchitectures: tuple[str, ...] | None = None  # noqa: N815 - the name in the file


class _Profile(msgspec.Struct):
    defaultAction: str  # noqa: N815 - the name in the file
    defaultErrnoRet: Errno | None = None  # noqa: N815 - the name in the file
    architectures: tuple[str, ...] | None = None
    archMap: tuple[_Architecture, ...] | None = None  # noqa: N815 - the name in the file
    syscalls: tuple[_Rule, ...] | None = None


def parse(data: bytes) -> SeccompProfile:
    """The profile in a file of either form. Raises `Malformed`, or `LimitExceeded` for one beyond reason."""
    read = typed_json.decode(data, _Profile, "seccomp profile")
    rules = read.syscalls or ()
    if len(rules) > MAX_RULES:
        raise LimitExceeded("rules of a seccomp profile", MAX_RULES)
    if sum(len(rule.names or ()) for rule in rules) > MAX_NAMES:
        raise LimitExceeded("system call names of a seccomp profile", MAX_NAMES)
    return SeccompProfile(
        default_action=_action(read.defaultAction),
        default_errno=read.defaultErrnoRet,
        architectures=read.architectures or (),
        sub_architectures={item.architecture: item.subArchitectures or () for item in read.archMap or ()},
        rules=tuple(guarded for rule in rules for guarded in _guarded(rule)),
    )


def resolve(
    profile: SeccompProfile, name: str, capabilities: int, kernel: str = "", architecture: str = "amd64"
) -> SyscallFilter:
    """The filter a container gets: rules decided by its bounding set, the kernel's release and Go's name of the machine.

    An empty `kernel` is taken to be newer than any a profile asks for.
    """
    release = _version(kernel)
    rules = tuple(
        item.rule
        for item in profile.rules
        if _included(item.includes, capabilities, release, architecture)
        and not _excluded(item.excludes, capabilities, release, architecture)
    )
    native = NATIVE.get(architecture, "")
    from_map = (native, *profile.sub_architectures[native]) if native in profile.sub_architectures else ()
    return SyscallFilter(
        profile=name,
        default_action=profile.default_action,
        default_errno=profile.default_errno,
        architectures=profile.architectures or from_map,
        rules=rules,
    )


def _action(name: str) -> str:
    if not name.startswith("SCMP_ACT_"):
        raise Malformed("seccomp profile", f"{name!r} is no action")
    return name


def _guarded(rule: _Rule) -> Iterator[GuardedRule]:
    names = rule.names or ((rule.name,) if rule.name else ())
    if not names:
        raise Malformed("seccomp profile", "a rule names no system call")
    conditions = tuple(
        ArgumentCondition(index=item.index, op=item.op, value=_word(item.value), value_two=_word(item.valueTwo))
        for item in rule.args or ()
    )
    includes, excludes = _guard(rule.includes), _guard(rule.excludes)
    # libseccomp takes one test per argument in a rule, so runc and crun make alternatives of several on the same one.
    repeated = len({item.index for item in conditions}) < len(conditions)
    for together in ((one,) for one in conditions) if repeated else (conditions,):
        yield GuardedRule(
            rule=SyscallRule(names=names, action=_action(rule.action), errno=rule.errnoRet, conditions=together),
            includes=includes,
            excludes=excludes,
        )


def _word(value: int) -> int:
    if not 0 <= value < 1 << 64:
        raise Malformed("seccomp profile", f"{value} is no argument of 64 bits")
    return value


def _guard(read: _Filter | None) -> Guard:
    if read is None:
        return Guard()
    mask = 0
    for name in read.caps or ():
        if name not in Capability.__members__:
            raise Malformed("seccomp profile", f"{name!r} is no capability that Linux knows")
        mask |= 1 << Capability[name]
    kernel = _version(read.minKernel or "")
    if read.minKernel and kernel is None:
        raise Malformed("seccomp profile", f"{read.minKernel!r} is no kernel version")
    return Guard(capabilities=mask, architectures=read.arches or (), kernel=kernel)


def _version(release: str) -> tuple[int, int] | None:
    numbers = re.match(r"(\d{1,9})\.(\d{1,9})", release)
    return (int(numbers[1]), int(numbers[2])) if numbers else None


def _included(guard: Guard, capabilities: int, kernel: tuple[int, int] | None, architecture: str) -> bool:
    """All capabilities that are named must be there."""
    return (
        capabilities & guard.capabilities == guard.capabilities
        and (not guard.architectures or architecture in guard.architectures)
        and (guard.kernel is None or kernel is None or kernel >= guard.kernel)
    )


def _excluded(guard: Guard, capabilities: int, kernel: tuple[int, int] | None, architecture: str) -> bool:
    """One of the capabilities that are named suffices."""
    return (
        bool(capabilities & guard.capabilities)
        or architecture in guard.architectures
        or (guard.kernel is not None and (kernel is None or kernel >= guard.kernel))
    )
