"""Preconditions on the host's kernel: what is built into it, what can be loaded, and how it is set."""

from typing import assert_never

from ringfence.graph.answers import met, stopped, unknown
from ringfence.graph.subject import Subject
from ringfence.model.component import KernelState
from ringfence.model.confinement import Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import (
    CgroupVersion,
    KernelModule,
    KernelOfDistribution,
    KernelOption,
    KernelPrecondition,
    MachineIs,
    Precondition,
    Sysctl,
)

NOT_COLLECTED = "the host's kernel was not collected"


def of_kernel(precondition: KernelPrecondition, subject: Subject) -> ConditionResult:
    """The value of `precondition` on the kernel under `subject`."""
    match precondition:
        case KernelOption(option=option):
            return _option(option, subject)
        case KernelModule():
            return _module(precondition, subject)
        case KernelOfDistribution(names=names):
            return _distribution(names, subject)
        case MachineIs(names=names):
            return _machine(names, subject)
        case Sysctl():
            return _sysctl(precondition, subject)
        case CgroupVersion(version=version):
            return _cgroup(version, subject)
        case _:
            assert_never(precondition)


def code_is_missing(precondition: Precondition, subject: Subject) -> bool:
    """Whether it asks for code that this kernel is known not to have: nothing stops it, there is nothing to stop."""
    kernel = subject.kernel
    match precondition:
        case KernelOption(option=option) if kernel and isinstance(kernel.config, Known):
            return option not in kernel.config.value
        case KernelModule(module=module, option=option) if kernel and isinstance(kernel.modules, Known):
            if module in kernel.modules.value:
                return False
            if isinstance(kernel.config, Known) and kernel.config.value.get(option) != "m":
                return option not in kernel.config.value
            return isinstance(kernel.module_files, Known) and module not in kernel.module_files.value
        case KernelOfDistribution(names=names) if kernel and kernel.distribution:
            return kernel.distribution.partition(":")[0] not in names
        case _:
            return False


def _option(option: str, subject: Subject) -> ConditionResult:
    if subject.kernel is None:
        return unknown(option, NOT_COLLECTED)
    match subject.kernel.config:
        case Unknown(reason):
            return unknown(option, f"whether the kernel has {option} is not known: {reason}")
        case Known(options):
            if options.get(option) in ("y", "m"):
                return met(option, f"the kernel has {option}={options[option]}")
            return stopped(option, f"the kernel was built without {option}", f"kernel without {option}")


def _module(wanted: KernelModule, subject: Subject) -> ConditionResult:
    """Built in or loaded settles it; what is built as a module comes in when it is asked for, unless something refuses."""
    condition = f"the kernel has {wanted.module} ({wanted.option}) or can load it"
    kernel = subject.kernel
    if kernel is None:
        return unknown(condition, NOT_COLLECTED)
    if isinstance(kernel.modules, Known) and wanted.module in kernel.modules.value:
        return met(condition, f"the module {wanted.module} is loaded")
    if isinstance(kernel.config, Known):
        built = kernel.config.value.get(wanted.option)
        if built == "y":
            return met(condition, f"{wanted.option} is built in")
        if built != "m":
            return stopped(condition, f"the kernel was built without {wanted.option}", f"kernel without {wanted.option}")
    return _loading(condition, wanted.module, kernel, subject)


def _loading(condition: str, module: str, kernel: KernelState, subject: Subject) -> ConditionResult:
    """Whether a module comes in that is neither built in nor known to be loaded."""
    if not isinstance(kernel.modules, Known):
        return unknown(condition, f"whether {module} is loaded is not known: {kernel.modules.reason}")
    if subject.sysctl("kernel.modules_disabled") == Known("1"):
        because = f"the module {module} is not loaded, and kernel.modules_disabled is 1"
        return stopped(condition, because, "sysctl kernel.modules_disabled=1")
    match kernel.module_files, kernel.barred_modules:
        case Known(files), _ if module not in files:
            return stopped(condition, f"the module {module} is neither loaded nor installed", f"no module {module}")
        case _, Known(barred) if module in barred:
            because = f"the module {module} is not loaded, and modprobe is told not to load it"
            return stopped(condition, because, f"modprobe bars {module}")
        case Unknown(reason), _:
            return unknown(condition, f"whether {module} can be loaded is not known: {reason}")
        case _, Unknown(reason):
            return unknown(condition, f"whether modprobe may load {module} is not known: {reason}")
        case _:
            return met(condition, f"the module {module} is installed and is loaded when it is asked for")


def _distribution(names: tuple[str, ...], subject: Subject) -> ConditionResult:
    condition = f"the kernel is one of {' or '.join(names)}"
    if subject.kernel is None:
        return unknown(condition, NOT_COLLECTED)
    family = subject.kernel.distribution.partition(":")[0]
    if not family:
        return unknown(condition, "the host's distribution is not known")
    if family in names:
        return met(condition, f"the host is {subject.kernel.distribution}")
    return stopped(condition, f"the host is {subject.kernel.distribution}", f"kernel not of {' or '.join(names)}")


def _machine(names: tuple[str, ...], subject: Subject) -> ConditionResult:
    condition = f"the machine is {' or '.join(names)}"
    if subject.kernel is None:
        return unknown(condition, NOT_COLLECTED)
    machine = subject.kernel.architecture
    if not machine:
        return unknown(condition, "the machine's kind was not read")
    if machine in names:
        return met(condition, f"the machine is {machine}")
    return stopped(condition, f"the machine is {machine}", f"machine {machine}")


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
        return unknown(condition, NOT_COLLECTED)
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
