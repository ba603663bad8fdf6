"""Preconditions on the container's system call filter: which calls pass, and which sockets can be opened."""

from typing import assert_never

from ringfence.graph.answers import all_of, any_of, met, stopped, unknown
from ringfence.graph.subject import Subject
from ringfence.model.confinement import Confinement
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import NETLINK_PROTOCOLS, SOCKET_FAMILIES
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import CallPrecondition, CanCall, CanOpenSocket
from ringfence.model.syscall_filter import Passage, SyscallFilter, passage

I386 = "SCMP_ARCH_X86"
"""libseccomp's name of the 32-bit machine whose programs an x86_64 kernel runs too."""


def of_calls(precondition: CallPrecondition, subject: Subject) -> ConditionResult:
    """The value of `precondition` under the filter of `subject`."""
    match precondition:
        case CanCall():
            return _can_call(precondition, subject)
        case CanOpenSocket():
            return _can_open(precondition, subject)
        case _:
            assert_never(precondition)


def _can_call(wanted: CanCall, subject: Subject) -> ConditionResult:
    arguments = {int(index): value for index, value in wanted.arguments.items()}
    condition = f"system calls pass: {_said(wanted, arguments)}"
    match subject.confinement.syscalls:
        case Unknown(reason):
            return unknown(condition, f"the system call filter is not known: {reason}")
        case Known(rules):
            needed = [_passes(rules, call, arguments) for call in wanted.all_of]
            if wanted.any_of:
                needed.append(any_of(condition, (_passes(rules, call, arguments) for call in wanted.any_of)))
            answer = all_of(condition, needed)
            return met(condition, f"the seccomp filter {rules.profile} lets them through") if answer.met else answer


def _said(wanted: CanCall, arguments: dict[int, int]) -> str:
    shown = ", ".join(f"argument {index} is {value:#x}" for index, value in sorted(arguments.items()))
    calls = list(wanted.all_of) + ([" or ".join(wanted.any_of)] if wanted.any_of else [])
    return ", ".join(calls) + (f" ({shown})" if shown else "")


def _passes(rules: SyscallFilter, call: str, arguments: dict[int, int]) -> ConditionResult:
    match passage(rules, call, arguments):
        case Passage.ALLOWED:
            return met(call, f"{call} passes")
        case Passage.DENIED:
            return stopped(call, f"the seccomp filter {rules.profile} denies {call}", f"seccomp filter {rules.profile}")
        case Passage.DEPENDS if rules.further:
            several = "another filter is" if rules.further == 1 else f"{rules.further} other filters are"
            return unknown(call, f"{call} passes {rules.profile}, but {several} loaded, which nobody can read")
        case Passage.DEPENDS:
            return unknown(call, f"what the seccomp filter {rules.profile} answers to {call} depends on its arguments")


def _can_open(wanted: CanOpenSocket, subject: Subject) -> ConditionResult:
    condition = f"a socket of {wanted.family} can be opened" + (f" for {wanted.protocol}" if wanted.protocol else "")
    arguments = {0: SOCKET_FAMILIES[wanted.family]}
    if wanted.protocol:
        arguments[2] = NETLINK_PROTOCOLS[wanted.protocol]
    match subject.confinement.syscalls:
        case Unknown(reason):
            return unknown(condition, f"the system call filter is not known: {reason}")
        case Known(rules):
            native = _passes(rules, "socket", arguments)
            ways = [native]
            if native.met is not True and _has_socketcall(rules, subject):
                ways.append(_by_socketcall(rules, wanted.family, subject.confinement))
            return any_of(condition, ways)


def _has_socketcall(rules: SyscallFilter, subject: Subject) -> bool:
    """Whether 32-bit programs come into question: their socketcall has its arguments in memory, where no filter looks."""
    kernel = subject.kernel
    if kernel is not None and kernel.architecture not in ("", "x86_64"):
        return False
    if kernel is not None and isinstance(kernel.config, Known) and "CONFIG_IA32_EMULATION" not in kernel.config.value:
        return False
    return I386 in rules.architectures


def _by_socketcall(rules: SyscallFilter, family: str, confinement: Confinement) -> ConditionResult:
    answer = _passes(rules, "socketcall", {})
    if not answer.met:
        return answer
    match confinement.lsm:
        case Known(lsm) if lsm.enforcing and family in LSM_DENIES:
            because = f"socketcall passes the filter, but {lsm.module} {lsm.label} may deny {family}: {LSM_DENIES[family]}"
            return unknown("socketcall", because)
        case _:
            return met("socketcall", f"the seccomp filter {rules.profile} lets 32-bit programs call socketcall")


LSM_DENIES = {"AF_ALG": "Docker's AppArmor profile and its SELinux policy do since 29.4.3 (moby/moby#52547)"}
"""Families that security modules' rules for containers name. What a loaded profile says nobody reads yet."""
