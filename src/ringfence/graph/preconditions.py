"""One precondition, decided for one container on one kernel: met, stopped by a control, or a fact is missing.

This is where the wording of `model.stack_cve` gets its meaning. Nothing is guessed: an `Unknown` fact answers `None` and
is named, unless another fact decides.
"""

from typing import assert_never

from ringfence.graph.answers import all_of, any_of, met, stopped, unknown
from ringfence.graph.subject import Subject
from ringfence.graph.user_namespaces import can_make, has_capability
from ringfence.model.confinement import Kernel, Mount, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import SOCKET_FAMILIES, Namespace
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import (
    AttackerActs,
    CanCall,
    CanMakeUserNamespace,
    CgroupVersion,
    ContainerRoot,
    HasCapability,
    HasMount,
    KernelOption,
    NeedsFact,
    NoLsmDenial,
    Precondition,
    Privileged,
    SharesHostKernel,
    SharesNamespace,
    Sysctl,
)
from ringfence.model.syscall_filter import Passage, SyscallFilter, passage


def evaluate(precondition: Precondition, subject: Subject) -> ConditionResult:  # noqa: C901, PLR0912 - one branch a kind
    """The value of `precondition` for `subject`, with the reason and the control that stops it."""
    match precondition:
        case HasCapability():
            return has_capability(precondition, subject)
        case CanCall():
            return _can_call(precondition, subject)
        case CanMakeUserNamespace(with_flags=flags):
            return can_make(subject, flags)
        case KernelOption(option=option):
            return _kernel_option(option, subject)
        case Sysctl():
            return _sysctl(precondition, subject)
        case CgroupVersion(version=version):
            return _cgroup(version, subject)
        case NoLsmDenial(operation=operation):
            return _lsm(operation, subject)
        case ContainerRoot():
            return _container_root(subject)
        case SharesNamespace(kind=kind):
            return _shares_namespace(kind, subject)
        case HasMount():
            return _mount(precondition, subject)
        case Privileged():
            return _privileged(subject)
        case SharesHostKernel():
            return _host_kernel(subject)
        case AttackerActs(what=what):
            return met(f"someone {what}", "taken as given: it is the attacker's or an operator's act")
        case NeedsFact(what=what):
            return unknown(what, "no source tells this yet")
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


_FAMILY_NAMES = {number: name for name, number in SOCKET_FAMILIES.items()}


def _said(wanted: CanCall, arguments: dict[int, int]) -> str:
    shown = ", ".join(_argument(wanted, index, value) for index, value in sorted(arguments.items()))
    calls = list(wanted.all_of) + ([" or ".join(wanted.any_of)] if wanted.any_of else [])
    return ", ".join(calls) + (f" ({shown})" if shown else "")


def _argument(wanted: CanCall, index: int, value: int) -> str:
    if wanted.all_of == ("socket",) and index == 0:
        return _FAMILY_NAMES.get(value, f"family {value}")
    return f"argument {index} is {value:#x}"


def _passes(rules: SyscallFilter, call: str, arguments: dict[int, int]) -> ConditionResult:
    match passage(rules, call, arguments):
        case Passage.ALLOWED:
            return met(call, f"{call} passes")
        case Passage.DENIED:
            return stopped(call, f"the seccomp filter {rules.profile} denies {call}", f"seccomp filter {rules.profile}")
        case Passage.DEPENDS:
            return unknown(call, f"what the seccomp filter {rules.profile} answers to {call} depends on its arguments")


def _kernel_option(option: str, subject: Subject) -> ConditionResult:
    if subject.kernel is None:
        return unknown(option, "the host's kernel was not collected")
    match subject.kernel.config:
        case Unknown(reason):
            return unknown(option, f"whether the kernel has {option} is not known: {reason}")
        case Known(options):
            if options.get(option) in ("y", "m"):
                return met(option, f"the kernel has {option}={options[option]}")
            return stopped(option, f"the kernel was built without {option}", f"kernel without {option}")


def _sysctl(wanted: Sysctl, subject: Subject) -> ConditionResult:
    condition = f"{wanted.name} is {' or '.join(wanted.open_values)}"
    match subject.sysctl(wanted.name):
        case Unknown(reason):
            return unknown(condition, f"{wanted.name} is not known: {reason}")
        case Known(""):
            return met(condition, f"this kernel has no {wanted.name}")
        case Known(value) if value in wanted.open_values:
            return met(condition, f"{wanted.name} is {value}")
        case Known(value):
            return stopped(condition, f"{wanted.name} is {value}", f"sysctl {wanted.name}={value}")


def _cgroup(version: str, subject: Subject) -> ConditionResult:
    condition = f"a cgroup {version} hierarchy can be had"
    if subject.kernel is None:
        return unknown(condition, "the host's kernel was not collected")
    match subject.kernel.cgroups:
        case Unknown(reason):
            return unknown(condition, f"the cgroup hierarchies are not known: {reason}")
        case Known(seen) if seen in (version, "hybrid"):
            return met(condition, f"the host's cgroups are {seen}")
        case Known(seen):
            # A new v1 hierarchy may be made only from the initial cgroup namespace (kernel/cgroup/cgroup-v1.c).
            spaces = subject.confinement.namespaces
            if isinstance(spaces, Known) and spaces.value.get(Namespace.CGROUP) is Sharing.HOST:
                because = f"the host's cgroups are {seen}, but the container is in its cgroup namespace and may mount others"
                return unknown(condition, because)
            return stopped(condition, f"the host's cgroups are {seen} only", f"cgroup {seen} only")


def _lsm(operation: str, subject: Subject) -> ConditionResult:
    condition = f"no security module denies {operation}"
    match subject.confinement.lsm:
        case Known(lsm) if lsm.module == "none" or not lsm.enforcing:
            label = f"{lsm.module} {lsm.label or 'without label'} does not enforce"
            return met(condition, "no security module confines the container" if lsm.module == "none" else label)
        case Known(lsm):
            control = f"{lsm.module} {lsm.label}".strip()
            return stopped(condition, f"the container is confined by {control}", control)
        case Unknown(reason):
            lsms = subject.kernel.lsms if subject.kernel else None
            if isinstance(lsms, Known) and not {"apparmor", "selinux"} & set(lsms.value):
                return met(condition, "the kernel runs neither AppArmor nor SELinux")
            return unknown(condition, f"the security module's label is not known: {reason}")


def _container_root(subject: Subject) -> ConditionResult:
    condition = "a process in the container is the host's root"
    remapped = "user namespace that leaves out the host's root"
    match subject.confinement.uid, subject.confinement.uid_map:
        case _, Known(ranges) if not any(item.outside == 0 and item.length > 0 for item in ranges):
            return stopped(condition, "the host's root is not in the container's uid map", remapped)
        case Known(0), Known(ranges):
            if any(item.inside == 0 and item.outside == 0 and item.length > 0 for item in ranges):
                return met(condition, "the container runs as uid 0, which is the host's root")
            return stopped(condition, "uid 0 inside is not the host's root", remapped)
        case Known(0), Unknown(reason):
            return unknown(condition, f"the container runs as uid 0, but its uid map is not known: {reason}")
        case Known(uid), _:
            return stopped(condition, f"the container runs as uid {uid}", "container not run as root")
        case Unknown(reason), _:
            return unknown(condition, f"the user is not known: {reason}")


def _shares_namespace(kind: str, subject: Subject) -> ConditionResult:
    condition = f"the container is in the host's {kind} namespace"
    match subject.confinement.namespaces:
        case Unknown(reason):
            return unknown(condition, f"the namespaces are not known: {reason}")
        case Known(spaces):
            match spaces.get(Namespace(kind)):
                case Sharing.HOST:
                    return met(condition, f"the {kind} namespace is the host's")
                case Sharing.OWN:
                    return stopped(condition, f"the container has its own {kind} namespace", f"{kind} namespace of its own")
                case Sharing.OTHER:
                    return unknown(
                        condition, f"the {kind} namespace is another container's, and whose that one is is not told"
                    )
                case None:
                    return unknown(condition, f"whose {kind} namespace the container uses is not told")


def _mount(wanted: HasMount, subject: Subject) -> ConditionResult:
    kind = "mounted writable" if wanted.writable else "mounted"
    condition = f"a host path of {', '.join(wanted.sources)} is {kind}"
    match subject.confinement.mounts:
        case Unknown(reason):
            return unknown(condition, f"the mounts are not known: {reason}")
        case Known(mounts):
            for mount in mounts:
                if any(_touches(mount, source) for source in wanted.sources) and not (wanted.writable and mount.read_only):
                    return met(condition, f"{mount.source} is mounted at {mount.destination}")
            return stopped(condition, f"none of {', '.join(wanted.sources)} is {kind}", "no such mount")


def _touches(mount: Mount, source: str) -> bool:
    """Whether the mount is at, under or above the path: a mount of `/` has everything."""
    if mount.kind != "bind":
        return False
    mounted, wanted = mount.source.rstrip("/") + "/", source.rstrip("/") + "/"
    return mounted.startswith(wanted) or wanted.startswith(mounted)


def _privileged(subject: Subject) -> ConditionResult:
    condition = "the container is privileged"
    match subject.confinement.privileged:
        case Known(True):
            return met(condition, condition)
        case Known(_):
            return stopped(condition, "the container is not privileged", "not privileged")
        case Unknown(reason):
            return unknown(condition, f"whether it is privileged is not known: {reason}")


def _host_kernel(subject: Subject) -> ConditionResult:
    condition = "the container runs on the host's kernel"
    match subject.confinement.kernel:
        case Known(Kernel.HOST):
            return met(condition, condition)
        case Known(Kernel.GUEST):
            return stopped(condition, "it runs on the kernel of its own virtual machine", "separate kernel")
        case Known(_):
            return stopped(condition, "its system calls go to gVisor's sentry", "separate kernel")
        case Unknown(reason):
            return unknown(condition, f"whose kernel it runs on is not known: {reason}")
