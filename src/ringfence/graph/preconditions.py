"""One precondition, decided for one container on one kernel: met, stopped by a control, or a fact is missing.

This is where the wording of `model.stack_cve` gets its meaning; `kernel_side`, `system_calls` and `host_ties` have the kinds
that belong together. Nothing is guessed: an `Unknown` fact answers `None` and is named, unless another fact decides.
"""

from typing import assert_never

from ringfence.graph.answers import met, stopped, unknown
from ringfence.graph.host_ties import of_host_tie
from ringfence.graph.kernel_side import of_kernel
from ringfence.graph.subject import Subject
from ringfence.graph.system_calls import of_calls
from ringfence.graph.user_namespaces import can_make, has_capability, in_initial_namespace
from ringfence.model.confinement import Kernel
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import (
    AttackerActs,
    CanCall,
    CanGainPrivileges,
    CanMakeUserNamespace,
    CanOpenSocket,
    CgroupVersion,
    ContainerRoot,
    HasCapability,
    HasDevice,
    HasMount,
    InOwnUserNamespace,
    InRootCgroup,
    KernelModule,
    KernelOfDistribution,
    KernelOption,
    MachineIs,
    NeedsFact,
    NoLsmDenial,
    PathUnmasked,
    Precondition,
    Privileged,
    RunsInMachine,
    RunsInSentry,
    SharesHostKernel,
    SharesNamespace,
    Sysctl,
)


def evaluate(precondition: Precondition, subject: Subject) -> ConditionResult:  # noqa: C901 - one branch a kind
    """The value of `precondition` for `subject`, with the reason and the control that stops it."""
    match precondition:
        case KernelOption() | KernelModule() | KernelOfDistribution() | MachineIs() | Sysctl() | CgroupVersion():
            return of_kernel(precondition, subject)
        case CanCall() | CanOpenSocket():
            return of_calls(precondition, subject)
        case SharesNamespace() | HasMount() | HasDevice() | PathUnmasked() | InRootCgroup():
            return of_host_tie(precondition, subject)
        case HasCapability():
            return has_capability(precondition, subject)
        case CanMakeUserNamespace(with_flags=flags):
            return can_make(subject, flags)
        case NoLsmDenial(operation=operation):
            return _lsm(operation, subject)
        case ContainerRoot():
            return _container_root(subject)
        case CanGainPrivileges():
            return _gains(subject)
        case InOwnUserNamespace():
            return _own_user_namespace(subject)
        case Privileged():
            return _privileged(subject)
        case SharesHostKernel() | RunsInMachine() | RunsInSentry():
            return _whose_kernel(precondition, subject)
        case AttackerActs(what=what):
            return met(f"someone {what}", "taken as given: it is the attacker's or an operator's act")
        case NeedsFact(what=what):
            return unknown(what, "no source tells this yet")
        case _:
            assert_never(precondition)


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


def _gains(subject: Subject) -> ConditionResult:
    condition = "execve may give more privileges"
    match subject.confinement.no_new_privileges:
        case Known(True):
            return stopped(condition, "no_new_privileges is set", "no_new_privileges")
        case Known(_):
            return met(condition, "no_new_privileges is not set")
        case Unknown(reason):
            return unknown(condition, f"whether no_new_privileges is set is not known: {reason}")


def _own_user_namespace(subject: Subject) -> ConditionResult:
    condition = "the container has a user namespace of its own"
    match in_initial_namespace(subject.confinement):
        case True:
            return stopped(condition, "the container is in the host's user namespace", "no user namespace of its own")
        case False:
            return met(condition, condition)
        case None:
            return unknown(condition, "it is not known whether the container has a user namespace of its own")


def _privileged(subject: Subject) -> ConditionResult:
    condition = "the container is privileged"
    match subject.confinement.privileged:
        case Known(True):
            return met(condition, condition)
        case Known(_):
            return stopped(condition, "the container is not privileged", "not privileged")
        case Unknown(reason):
            return unknown(condition, f"whether it is privileged is not known: {reason}")


def _whose_kernel(wanted: SharesHostKernel | RunsInMachine | RunsInSentry, subject: Subject) -> ConditionResult:
    kernel, condition = _WANTED[type(wanted)]
    match subject.confinement.kernel:
        case Unknown(reason):
            return unknown(condition, f"whose kernel it runs on is not known: {reason}")
        case Known(whose):
            return met(condition, condition) if whose is kernel else stopped(condition, *_KERNELS[whose])


_WANTED = {
    SharesHostKernel: (Kernel.HOST, "the container runs on the host's kernel"),
    RunsInMachine: (Kernel.GUEST, "the container runs in a machine of its own"),
    RunsInSentry: (Kernel.SENTRY, "the container runs in gVisor"),
}
_KERNELS = {
    Kernel.HOST: ("it runs on the host's kernel", "no kernel of its own"),
    Kernel.GUEST: ("it runs on the kernel of its own virtual machine", "separate kernel"),
    Kernel.SENTRY: ("its system calls go to gVisor's sentry", "separate kernel"),
}
