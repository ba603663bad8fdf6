"""`--target-kernel RELEASE|stack.json`: which kernel workloads are judged against in place of the one they were seen on."""

from collections.abc import Iterable

from ringfence.engine import impacts
from ringfence.engine.storeys import Gathered
from ringfence.errors import WrongUsage
from ringfence.graph.assemble import Graph
from ringfence.graph.judge import KERNEL
from ringfence.graph.on_kernel import on_kernel
from ringfence.graph.target_kernel import TargetKernel
from ringfence.knowledge import kernel_history
from ringfence.knowledge.kernel_interfaces import kernel_interfaces
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import Confinement, Kernel
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.node import EdgeKind, NodeKind
from ringfence.model.on_kernel import OnKernel, WorkloadsOnKernel
from ringfence.model.workload import WorkloadId
from ringfence.versions.kernel import upstream_told

OPTION = "--target-kernel"
MACHINES = ("x86_64", "aarch64", "i386")


def of_release(release: str) -> TargetKernel:
    """A kernel of which only the release is known: its build, sysctls and modules are not. Raises `WrongUsage` for none."""
    version = upstream_told(release)
    if isinstance(version, Unknown) and not release[:1].isdigit():
        raise WrongUsage(f"{release!r} is neither a kernel release nor a file", where=OPTION, mend="give one as 5.15.90")
    untold = Unknown(f"of the target kernel only its release {release} is known")
    return TargetKernel(
        kernel=KernelState(
            node=f"a node with Linux {release}",
            release=Known(release),
            config=untold,
            lsms=untold,
            cgroups=untold,
            modules=untold,
            module_files=untold,
            barred_modules=untold,
        ),
        component=Component(name=KERNEL, node=f"a node with Linux {release}", version=version),
    )


def of_stack(gathered: Iterable[Gathered], where: str) -> TargetKernel:
    """The kernel of the one node in saved facts. Raises `WrongUsage` if there is no kernel in them, or several."""
    graph = impacts.graph_of(gathered)
    found = [
        TargetKernel(kernel=host.kernel, component=component)
        for host in graph.kind(NodeKind.HOST)
        if host.kernel is not None
        for key in graph.targets(host.id, EdgeKind.HAS)
        if key in graph.nodes
        and (component := graph.nodes[key].component)
        and component.name == KERNEL
        and not component.guest
    ]
    if len(found) != 1:
        said = "has no kernel in it" if not found else f"has the kernels of {len(found)} nodes"
        raise WrongUsage(said, where=where, mend="name the stack of one node, made there by 'ringfence collect'")
    return found[0]


def meaning(confinement: Confinement, target: KernelState, seen: KernelState | None = None) -> OnKernel:
    """`graph.on_kernel.on_kernel` with all that is known of kernels."""
    tables = {machine: system_calls(machine).numbers for machine in MACHINES}
    return on_kernel(confinement, target, kernel_history.load(), tables, kernel_interfaces(), seen)


def meanings(graph: Graph, target: TargetKernel) -> tuple[WorkloadsOnKernel, ...]:
    """What every workload of `graph` means on the target; those on a kernel of their own are not asked about.

    Workloads of one meaning stand together, the largest group first.
    """
    by_input: dict[tuple[int, str], OnKernel] = {}
    found: dict[OnKernel, list[WorkloadId]] = {}
    for node in graph.kind(NodeKind.WORKLOAD):
        if node.what is None or node.what.confinement.kernel in (Known(Kernel.GUEST), Known(Kernel.SENTRY)):
            continue
        hosts = [key for key in graph.targets(node.id, EdgeKind.RUNS_ON) if key in graph.nodes]
        kernel = graph.nodes[hosts[0]].kernel if hosts else None
        key = (graph.alike[node.id], hosts[0] if kernel else "")
        if key not in by_input:
            by_input[key] = meaning(node.what.confinement, target.kernel, kernel)
        found.setdefault(by_input[key], []).append(node.what.identity)
    groups = [WorkloadsOnKernel(workloads=tuple(names), meaning=said) for said, names in found.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.workloads), str(group.workloads[0]))))
