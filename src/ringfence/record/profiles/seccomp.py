"""A seccomp filter that allows what a recording has seen, what the runtime needs, and nothing else.

What is not allowed is answered ENOSYS, so that a C library falls back to an older call instead of failing (glibc asks for
clone3, then for clone: moby/moby#42680).
"""

from collections.abc import Iterable
from enum import StrEnum

from ringfence.model.fact import Fact
from ringfence.model.knowledge import known_or
from ringfence.model.linux import CLONE_FLAGS
from ringfence.model.recording import ArgumentUse, Entry, Recording
from ringfence.model.syscall_filter import ArgumentCondition, Comparison, SyscallFilter, SyscallRule

ALLOW, REFUSE = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
ENOSYS = 38
MUST_HAVE = frozenset({"execve", "exit", "exit_group", "rt_sigreturn"})
"""Without these no process starts, ends or comes back from a signal; a profile that lacks one is not emitted."""
BY_CHANCE = frozenset({"restart_syscall"})
"""What the kernel lets a program call after it was stopped in a wait (signal(7)): a recording sees it only by chance."""
CLONE_MASK = sum(flag for name, flag in CLONE_FLAGS.items() if name != "CLONE_NEWTIME")
"""Namespace flags of clone(2). CLONE_NEWTIME is none there: its bit is part of the signal number."""
WORD = 0xFFFFFFFF
"""The kernel reads these arguments as 32 bits; whatever is above them does not count."""
TYPE_BITS = 0xF
"""SOCK_TYPE_MASK of include/linux/net.h: flags such as SOCK_CLOEXEC are above it."""
ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
AF_NETLINK = 16


class Arguments(StrEnum):
    """How far arguments are tested."""

    NONE = "none"
    """No namespace through clone(2); else by name only."""
    SAFE = "safe"
    """Where a value decides what a call is for: families of sockets, personalities, operations of ptrace, keyctl and bpf."""
    STRICT = "strict"
    """Also commands of ioctl, fcntl and prctl, types and protocols of sockets: needs a recording that saw everything."""


_SAFE = ("socket", "socketpair", "personality", "unshare", "setns", "ptrace", "keyctl", "bpf")
_STRICT = (*_SAFE, "ioctl", "prctl", "arch_prctl", "fcntl", "setsockopt")
TESTED = {Arguments.NONE: (), Arguments.SAFE: _SAFE, Arguments.STRICT: _STRICT}


class Wanted(Fact):
    """What the profile is for. `runtime_calls` are those of the runtime's own that a recording may have missed."""

    name: str
    runtime_calls: tuple[str, ...]
    arguments: Arguments = Arguments.SAFE
    static_calls: tuple[str, ...] = ()
    """Calls that the program's files can reach and the recording did not see, if they shall be allowed too."""


def generate(recording: Recording, wanted: Wanted) -> SyscallFilter:
    """The filter. It does not hang on the order in which things were seen."""
    seen = {use.name for use in recording.calls if use.entry in (Entry.NATIVE, Entry.I386) and use.name[0] != "("}
    allowed = seen | set(recording.assumed) | set(wanted.runtime_calls) | set(wanted.static_calls)
    allowed |= MUST_HAVE | BY_CHANCE
    # The kernel lets no filter look behind clone3's pointer: it is refused, and libraries fall back to clone.
    allowed.discard("clone3")
    uses = known_or(recording.arguments, ())
    conditional = {name: _rules(name, uses, wanted.arguments) for name in TESTED[wanted.arguments] if name in allowed}
    conditional["clone"] = _clone(uses)
    conditional = {name: rules for name, rules in conditional.items() if rules and name not in wanted.static_calls}
    plain = tuple(sorted(allowed - set(conditional)))
    rules = (SyscallRule(names=plain, action=ALLOW), *(rule for _, found in sorted(conditional.items()) for rule in found))
    return SyscallFilter(
        profile=wanted.name,
        default_action=REFUSE,
        default_errno=ENOSYS,
        architectures=_architectures(recording),
        rules=rules,
    )


def _architectures(recording: Recording) -> tuple[str, ...]:
    machines = {run.machine for run in recording.runs} or {"x86_64"}
    found = [ARCHITECTURES[machine] for machine in sorted(machines) if machine in ARCHITECTURES]
    entries = {use.entry for use in recording.calls}
    found += ["SCMP_ARCH_X86"] if Entry.I386 in entries else []
    found += ["SCMP_ARCH_X32"] if Entry.X32 in entries else []
    return tuple(found)


def _clone(uses: Iterable[ArgumentUse]) -> tuple[SyscallRule, ...]:
    """The call clone without the namespaces nobody made. Those made through clone3 count: its fallback is clone."""
    made = 0
    for use in uses:
        if use.name in ("clone", "clone3"):
            made |= dict(use.values).get(0, 0) & CLONE_MASK
    mask = CLONE_MASK & ~made
    if not mask:
        return ()
    condition = ArgumentCondition(index=0, op=Comparison.MASKED_EQUAL, value=mask, value_two=0)
    return (SyscallRule(names=("clone",), action=ALLOW, conditions=(condition,)),)


def _rules(name: str, uses: Iterable[ArgumentUse], how: Arguments) -> tuple[SyscallRule, ...]:
    """A rule for each combination of values seen; none if no argument of the call was seen."""
    found = {
        tuple(_condition(name, index, value) for index, value in use.values if _tested(name, index, dict(use.values), how))
        for use in uses
        if use.name == name and use.entry is Entry.NATIVE
    }
    ordered = sorted(found, key=lambda conditions: [(item.index, item.value_two) for item in conditions])
    return tuple(SyscallRule(names=(name,), action=ALLOW, conditions=conditions) for conditions in ordered if conditions)


def _tested(name: str, index: int, values: dict[int, int], how: Arguments) -> bool:
    """For sockets the family always; the protocol where it is a netlink family's; type and protocol when strict."""
    if name not in ("socket", "socketpair") or how is Arguments.STRICT:
        return True
    return index == 0 or (index == 2 and values.get(0) == AF_NETLINK)


def _condition(name: str, index: int, value: int) -> ArgumentCondition:
    mask = TYPE_BITS if name in ("socket", "socketpair") and index == 1 else WORD
    return ArgumentCondition(index=index, op=Comparison.MASKED_EQUAL, value=mask, value_two=value & mask)
