"""What stands on what: for each component of each host, the engines that start it and the workloads on it, in numbers.

A hole in runc is under every engine that calls it. A container stands on what started it and on all that this calls; of an
engine's several OCI runtimes only on the one it was started with, or on each where nobody tells.
"""

from collections.abc import Iterator

from ringfence.graph.assemble import Graph
from ringfence.graph.judge import KERNEL
from ringfence.model.component import Component
from ringfence.model.confinement import Kernel
from ringfence.model.knowledge import Known
from ringfence.model.node import EdgeKind, NodeKind, host_id
from ringfence.model.report import ComponentUse
from ringfence.model.workload import Workload

OCI_RUNTIMES = frozenset({"runc", "crun", "youki", "kata-containers", "gvisor"})
"""Components of which a container is started with one (OCI runtime specification, "runtime and lifecycle")."""


def scope(graph: Graph) -> tuple[ComponentUse, ...]:
    """Every component, those with most workloads on them first."""
    loads: dict[str, int] = {}
    seen: dict[str, int] = {}
    for node in graph.kind(NodeKind.WORKLOAD):
        if node.what is None or not node.what.node:
            continue
        host = host_id(node.what.node)
        seen[host] = seen.get(host, 0) + 1
        for key in {*_under(graph, node.id, node.what), *_kernels(graph, host, node.what)}:
            loads[key] = loads.get(key, 0) + 1
    found = [
        _use(graph, key, component, loads.get(key, 0), seen.get(host.id, 0))
        for host in graph.hosts.values()
        for key, component in host.components
    ]
    return tuple(sorted(found, key=lambda item: (-item.workloads, -len(item.engines), item.node, item.name, item.path)))


def _use(graph: Graph, key: str, component: Component, workloads: int, seen: int) -> ComponentUse:
    return ComponentUse(
        node=component.node,
        name=f"guest {component.name}" if component.guest else component.name,
        version=component.version,
        package_version=component.package.version if component.package else "",
        path=component.path,
        engines=tuple(sorted({item.name for item in _callers(graph, key)})),
        workloads=workloads,
        workloads_seen=seen,
    )


def _callers(graph: Graph, key: str) -> Iterator[Component]:
    """Every component that starts it, directly or through others."""
    pending, known = [key], {key}
    while pending:
        for caller in graph.sources(pending.pop(), EdgeKind.CALLS):
            if caller not in known:
                known.add(caller)
                pending.append(caller)
                component = graph.nodes[caller].component if caller in graph.nodes else None
                if component is not None:
                    yield component


def _under(graph: Graph, key: str, workload: Workload) -> set[str]:
    pending = list(graph.targets(key, EdgeKind.STARTED_BY))
    known = set(pending)
    while pending:
        for called in graph.targets(pending.pop(), EdgeKind.CALLS):
            component = graph.nodes[called].component if called in graph.nodes else None
            other = component is not None and component.name in OCI_RUNTIMES and component.name != workload.oci_runtime
            if called not in known and not (other and workload.oci_runtime):
                known.add(called)
                pending.append(called)
    return known


def _kernels(graph: Graph, host: str, workload: Workload) -> Iterator[str]:
    """The host's kernel, unless the container is known to run on a guest's: that one is under its runtime."""
    if workload.confinement.kernel != Known(Kernel.GUEST) and host in graph.hosts:
        yield from (key for key, item in graph.hosts[host].instances(KERNEL).items() if not item.guest)
