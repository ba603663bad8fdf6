"""The page on the kernel's interfaces: what each takes, and which engines' defaults leave it open."""

from collections.abc import Iterator

from ringfence.graph import kernel_interfaces as graph
from ringfence.knowledge.default_containers import default_container
from ringfence.knowledge.kernel_interfaces import kernel_interfaces
from ringfence.model.confinement import Confinement
from ringfence.model.kernel_interface import Exposure, InterfaceAnswer, KernelInterface
from ringfence.model.knowledge import Known
from ringfence.model.stack_cve import (
    CanCall,
    CanMakeUserNamespace,
    CanOpenSocket,
    CapabilityScope,
    HasCapability,
    HasDevice,
    KernelModule,
    KernelOption,
    MachineIs,
    Precondition,
    SharesNamespace,
    Sysctl,
)
from ringfence.model.syscall_filter import UNCONFINED

PAGE = "kernel-interfaces.md"
ENGINES = (
    ("docker", "20.10.24"),
    ("docker", "29.4.3"),
    ("containerd", "1.7.2"),
    ("containerd", "2.2.4"),
    ("podman", "4.3.1"),
)
BY_ONE_THING = {("the seccomp filter",): "closed by the filter", ("missing capabilities",): "closed by capabilities"}
HEAD = """# The kernel's interfaces

Computed by `make gen` from `knowledge/kernel_interfaces`, the shipped default profiles and the graph; nothing here is typed
in.

`ringfence explain-confinement` asks about these interfaces of the kernel, behind which holes are found again and again. What
each takes is data in the words of CVE preconditions, so that one decision serves both. *By the filter* and *by capabilities*
say what closes it where that is one thing alone: take it away, and the interface is open. The kernel of this table has every
interface and restricts nothing; on a real host its build, modules and sysctls are looked at too.
"""


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield HEAD
    defaults = {f"{engine} {version}": default_container(engine, version).confinement for engine, version in ENGINES}
    columns = {"a Kubernetes pod without a profile": unfiltered(), **defaults}
    answers = {name: survey(confinement) for name, confinement in columns.items()}
    yield f"| interface | {' | '.join(columns)} |"
    yield f"| --- |{' --- |' * len(columns)}"
    for interface in kernel_interfaces():
        cells = (word(found[interface.name]) for found in answers.values())
        yield f"| {interface.name} | {' | '.join(cells)} |"
    yield ""
    yield "## What each takes"
    yield ""
    yield "| interface | any of these ways | in gVisor | sources |"
    yield "| --- | --- | --- | --- |"
    for interface in kernel_interfaces():
        links = " ".join(f"[{number}]({url})" for number, url in enumerate(interface.sources, 1))
        yield f"| {interface.name} | {ways(interface)} | {'yes' if interface.in_sentry else 'no'} | {links} |"
    yield ""


def unfiltered() -> Confinement:
    """What containerd makes of a pod that names no profile, unless the kubelet has `seccompDefault`."""
    given = default_container("containerd", "2.2.4").confinement
    return Confinement(
        uid=given.uid,
        uid_map=given.uid_map,
        gid_map=given.gid_map,
        capabilities=given.capabilities,
        no_new_privileges=given.no_new_privileges,
        syscalls=Known(UNCONFINED),
        namespaces=given.namespaces,
        devices=given.devices,
        kernel=given.kernel,
    )


def survey(confinement: Confinement) -> dict[str, InterfaceAnswer]:
    """Each interface's answer on a kernel that has everything."""
    interfaces = kernel_interfaces()
    found = graph.survey(interfaces, confinement, graph.permissive(interfaces, "x86_64"))
    return {item.name: item for item in found}


def word(answer: InterfaceAnswer) -> str:
    """A cell."""
    if answer.exposure is Exposure.CLOSED:
        return next((words for by, words in BY_ONE_THING.items() if by == answer.closed_by), "closed")
    return "**open**" if answer.exposure is Exposure.OPEN else f"**{answer.exposure.value}**"


def ways(interface: KernelInterface) -> str:
    """What each way takes, in short."""
    return "; ".join(", ".join(needed(item) for item in way.preconditions) for way in interface.ways)


def needed(item: Precondition) -> str:
    """A precondition in short."""
    match item:
        case CanCall(all_of=all_of, any_of=any_of):
            return " or ".join(f"`{call}`" for call in (*all_of, *any_of))
        case CanOpenSocket(family=family, protocol=protocol):
            return f"`socket({', '.join(part for part in (family, protocol) if part)})`"
        case CanMakeUserNamespace():
            return "a user namespace can be made"
        case HasCapability(names=names, scope=scope):
            return ", ".join(names) + (" over some user namespace" if scope is CapabilityScope.ANY else "")
        case HasDevice(paths=paths):
            return " or ".join(f"`{path}`" for path in paths if path != "/dev")
        case KernelOption(option=option) | KernelModule(option=option):
            return option
        case Sysctl(name=name, open_values=values):
            return f"{name} is {' or '.join(values)}"
        case SharesNamespace(kind=kind):
            return f"the host's {kind} namespace"
        case MachineIs(names=names):
            return " or ".join(names)
        case _:
            raise AssertionError(f"{item} has no words here yet")


def page() -> bytes:
    """The page as it is written."""
    return "\n".join(lines()).encode()
