"""What is wrong with a seccomp profile, whatever workload it is for."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from ringfence.formats.seccomp_profile import Guard, SeccompProfile
from ringfence.model.fact import Fact
from ringfence.model.linux import SOCKET_FAMILIES
from ringfence.model.syscall_filter import ALLOWING, ArgumentCondition, Comparison, Passage, SyscallFilter, passage
from ringfence.record.profiles.seccomp import CLONE_MASK, MUST_HAVE

EPERM_TRAPS = {
    "clone3": "glibc 2.34 and later do not fall back to clone: no thread starts",
    "openat2": "runc 1.2 and later, systemd: they do not fall back to openat",
    "faccessat2": "glibc 2.33 and later do not fall back to faccessat: `test -r` is wrong",
    "statx": "older Go and Qt do not fall back to newfstatat",
    "close_range": "Python and systemd do not fall back to closing one by one",
}
"""Calls that must be answered ENOSYS if they are not allowed: with EPERM their callers fail. moby/moby#42680, runc #4984."""
ENOSYS = 38
X86_64, X86, X32 = "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"


class Fault(Fact):
    """Something wrong with a profile: the rule's slug, how bad (`error` stops workloads or opens a hole), and what it is."""

    rule: str
    severity: str
    said: str


def lint(profile: SeccompProfile, filter_: SyscallFilter, known: frozenset[str]) -> tuple[Fault, ...]:
    """Every fault. `profile` is the file, `filter_` what it comes to, `known` every name of a system call."""
    checks: tuple[Callable[[], Iterator[Fault]], ...] = (
        lambda: _unknown(profile, known),
        lambda: _shadowed(profile),
        lambda: _not_equal(filter_),
        lambda: _architectures(filter_),
        lambda: _must_have(filter_),
        lambda: _eperm(filter_),
        lambda: _namespaces(filter_),
        lambda: _left_over(filter_),
    )
    return tuple(dict.fromkeys(fault for check in checks for fault in check()))


def _unknown(profile: SeccompProfile, known: frozenset[str]) -> Iterator[Fault]:
    names = {name for item in profile.rules for name in item.rule.names}
    for name in sorted(names - known):
        yield Fault(
            rule="unknown-name", severity="warning", said=f"{name} is no system call: runtimes pass over it silently"
        )


def _shadowed(profile: SeccompProfile) -> Iterator[Fault]:
    """Rules that never count: libseccomp keeps the rule without conditions that came first, whatever follows."""
    settled: dict[str, str] = {}
    for item in profile.rules:
        waits = item.includes != Guard() or item.excludes != Guard()
        for name in item.rule.names:
            if name in settled:
                severity = "warning" if settled[name] == item.rule.action else "error"
                said = f"a rule for {name} ({item.rule.action}) comes after one without conditions ({settled[name]})"
                yield Fault(rule="shadowed-rule", severity=severity, said=f"{said} and never counts")
            elif not item.rule.conditions and not waits:
                settled[name] = item.rule.action


def _not_equal(filter_: SyscallFilter) -> Iterator[Fault]:
    """Rules of one call are joined by OR: `not A` or `not B` is anything."""
    tests: dict[tuple[str, int], set[ArgumentCondition]] = defaultdict(set)
    for rule in filter_.rules:
        if rule.action in ALLOWING and len(rule.conditions) == 1 and rule.conditions[0].op is Comparison.NOT_EQUAL:
            for name in rule.names:
                tests[name, rule.conditions[0].index].add(rule.conditions[0])
    for (name, index), found in sorted(tests.items()):
        if len(found) > 1:
            values = ", ".join(str(value) for value in sorted(item.value for item in found))
            said = f"{name} is allowed if argument {index} is not {values}: each value passes another of the tests"
            yield Fault(rule="not-equal-joined-by-or", severity="error", said=said)


def _architectures(filter_: SyscallFilter) -> Iterator[Fault]:
    if not filter_.architectures:
        said = "no architecture is listed: what 32-bit programs get is left to the runtime"
        yield Fault(rule="no-architectures", severity="warning", said=said)
    if X86 not in filter_.architectures:
        return
    if passage(filter_, "socketcall") is Passage.ALLOWED:
        for name in ("AF_ALG", "AF_VSOCK"):
            if passage(filter_, "socket", {0: SOCKET_FAMILIES[name]}) is not Passage.ALLOWED:
                said = f"socket({name}) is refused, but 32-bit programs reach it through socketcall, which hides it"
                yield Fault(rule="socketcall-open", severity="error", said=said)
    pairs = {"mmap": "mmap2", "fstat": "fstat64", "lseek": "_llseek", "fcntl": "fcntl64", "select": "_newselect"}
    missing = [
        other
        for name, other in pairs.items()
        if passage(filter_, name) is not Passage.DENIED and passage(filter_, other) is Passage.DENIED
    ]
    if missing:
        said = f"32-bit programs are listed but lack {', '.join(missing)}: they do not start"
        yield Fault(rule="missing-32-bit-entry", severity="warning", said=said)


def _must_have(filter_: SyscallFilter) -> Iterator[Fault]:
    for name in sorted(MUST_HAVE):
        if passage(filter_, name) is Passage.DENIED:
            yield Fault(
                rule="missing-call", severity="error", said=f"{name} is not allowed: no container starts and ends so"
            )


def _eperm(filter_: SyscallFilter) -> Iterator[Fault]:
    for name, why in EPERM_TRAPS.items():
        if passage(filter_, name) is not Passage.DENIED:
            continue
        own = next((rule for rule in filter_.rules if name in rule.names and not rule.conditions), None)
        errno = own.errno if own else filter_.default_errno
        if errno != ENOSYS:
            yield Fault(rule="refused-without-enosys", severity="warning", said=f"{name} is not answered ENOSYS; {why}")


def _namespaces(filter_: SyscallFilter) -> Iterator[Fault]:
    masked = passage(filter_, "clone", {0: CLONE_MASK}) is Passage.DENIED
    for name in ("clone3", "unshare"):
        if masked and passage(filter_, name) is Passage.ALLOWED:
            said = f"clone may make no namespaces, but {name} may: the mask is for nothing"
            yield Fault(rule="namespace-mask-open", severity="error", said=said)
    if not masked and passage(filter_, "clone") is Passage.ALLOWED:
        said = "clone is allowed with every flag: user namespaces can be made"
        yield Fault(rule="clone-without-mask", severity="warning", said=said)


def _left_over(filter_: SyscallFilter) -> Iterator[Fault]:
    if filter_.default_action in ALLOWING:
        said = f"what is not named is let through ({filter_.default_action}): this confines nothing"
        yield Fault(rule="allows-by-default", severity="error", said=said)
    for rule in filter_.rules:
        if rule.action == "SCMP_ACT_LOG":
            names = ", ".join(rule.names[:5])
            yield Fault(rule="log-action-left", severity="warning", said=f"{names}: logged and let through")
