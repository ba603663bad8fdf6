"""What a CVE reaches: every instance of its component, every workload on or under it, and what falls with them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from ringfence.graph.affected import Affected, affected
from ringfence.graph.assemble import Graph
from ringfence.graph.orders import Orders
from ringfence.graph.subject import Subject
from ringfence.graph.verdicts import cve_results, worst
from ringfence.model.component import Component, KernelState
from ringfence.model.finding import Verdict, VerdictStatus
from ringfence.model.knowledge import Known
from ringfence.model.node import EdgeKind, Node, NodeKind, host_id
from ringfence.model.report import BlastRadius, ComponentVerdict, Impact, WayResult, WorkloadVerdict
from ringfence.model.stack_cve import StackCve
from ringfence.model.workload import Workload

KERNEL = "linux"
MAX_FLIPS = 6
"""Sentences on what would change the verdict; the rest is in the conditions."""


@dataclass(frozen=True, slots=True)
class _Host:
    """A host as far as a CVE asks: its kernel, and the instances of the CVE's component on it by node id."""

    node: str
    kernel: KernelState | None
    instances: dict[str, Component] = field(default_factory=dict)


@dataclass(slots=True)
class _Judge:
    """One CVE over one graph. Equal confinements on one instance are judged once."""

    graph: Graph
    cve: StackCve
    orders: Orders
    affected: dict[str, Affected] = field(default_factory=dict)
    judged: dict[tuple[int, str], tuple[WayResult, ...]] = field(default_factory=dict)

    def instance(self, host: _Host, key: str) -> Affected:
        """Whether that instance is affected."""
        if key not in self.affected:
            distribution = host.kernel.distribution if host.kernel else ""
            self.affected[key] = affected(self.cve, host.instances[key], distribution, self.orders)
        return self.affected[key]

    def ways(self, host: _Host, key: str, node: Node) -> tuple[WayResult, ...]:
        """Every way in, for a workload's confinement on an instance."""
        memo = (self.graph.alike[node.id], key)
        if memo not in self.judged and node.what is not None:
            subject = Subject(node.what.confinement, host.kernel, host.instances[key])
            self.judged[memo] = cve_results(self.cve, self.instance(host, key), subject)
        return self.judged[memo]


def impact(graph: Graph, cve: StackCve, orders: Orders) -> Impact:
    """The whole answer about one CVE."""
    judge = _Judge(graph, cve, orders)
    hosts = _hosts(graph, cve.component)
    components = tuple(
        ComponentVerdict(
            node=host.node,
            component=host.instances[key].label,
            affected=(found := judge.instance(host, key)).value,
            because=found.because,
        )
        for host in hosts.values()
        for key in host.instances
    )
    workloads = tuple(verdict for node in graph.kind(NodeKind.WORKLOAD) for verdict in _verdicts(judge, hosts, node))
    return Impact(
        cve=cve.id,
        title=cve.title,
        gain=cve.gain,
        severity=cve.severity.value,
        components=components,
        workloads=workloads,
        radius=_radius(judge, hosts, workloads),
        remedy=cve.remedy,
        sources=cve.links,
        would_flip=_flips(workloads),
    )


def with_kernel(graph: Graph, release: str) -> Graph:
    """The same graph as if every host ran this kernel release: its settings stay, its distribution's fixes do not."""
    nodes = dict(graph.nodes)
    for key, node in graph.nodes.items():
        if node.kernel is not None:
            kernel = msgspec.structs.replace(node.kernel, release=Known(release))
            nodes[key] = msgspec.structs.replace(node, kernel=kernel)
        elif node.component is not None and node.component.name == KERNEL:
            other = msgspec.structs.replace(node.component, version=Known(release), package=None)
            nodes[key] = msgspec.structs.replace(node, component=other, label=other.label)
    return Graph(nodes, graph.out, graph.into, graph.disagreements, graph.alike)


def _hosts(graph: Graph, component: str) -> dict[str, _Host]:
    found: dict[str, _Host] = {}
    for node in graph.kind(NodeKind.HOST):
        instances = {
            key: graph.nodes[key].component
            for key in graph.targets(node.id, EdgeKind.HAS)
            if key in graph.nodes and _is(graph.nodes[key], component)
        }
        found[node.id] = _Host(node.label, node.kernel, {key: item for key, item in instances.items() if item})
    return found


def _is(node: Node, component: str) -> bool:
    return node.component is not None and node.component.name == component


def _verdicts(judge: _Judge, hosts: dict[str, _Host], node: Node) -> Iterable[WorkloadVerdict]:
    """One verdict for a container on its host; for a manifest one for each host, as if it ran there."""
    workload = node.what
    if workload is None:
        return
    if workload.node:
        host = hosts.get(host_id(workload.node)) or _Host(workload.node, None)
        yield _verdict(judge, host, node, workload)
    elif hosts:
        for host in hosts.values():
            yield msgspec.structs.replace(_verdict(judge, host, node, workload), assumed_host=True)
    else:
        verdict = Verdict(status=VerdictStatus.UNDECIDED, because=("no host was collected that it could run on",))
        yield WorkloadVerdict(workload=workload.identity, node="", verdict=verdict, ways=(), running=workload.running)


def _verdict(judge: _Judge, host: _Host, node: Node, workload: Workload) -> WorkloadVerdict:
    concerned = _concerned(judge, host, node.id, workload)
    ways: tuple[WayResult, ...] = ()
    label = ""
    if not concerned:
        verdict = _not_there(judge.cve, host, workload)
    else:
        best = min(concerned, key=lambda item: _rank(judge.ways(host, item, node)))
        ways = judge.ways(host, best, node)
        label = host.instances[best].label
        verdict = worst(way.status for way in ways)
    return WorkloadVerdict(
        workload=workload.identity,
        node=host.node,
        verdict=verdict,
        ways=ways,
        component=label,
        running=workload.running,
    )


def _rank(ways: tuple[WayResult, ...]) -> int:
    return list(VerdictStatus).index(worst(way.status for way in ways).status)


def _concerned(judge: _Judge, host: _Host, key: str, workload: Workload) -> tuple[str, ...]:
    """The instances under a workload: the host's kernel; the runtime that started it, or may start it if only planned."""
    if judge.cve.component == KERNEL or not workload.node:
        return tuple(host.instances)
    started = judge.graph.targets(key, EdgeKind.STARTED_BY)
    called = tuple(item for one in started for item in judge.graph.targets(one, EdgeKind.CALLS))
    mine = tuple(item for item in host.instances if item in started)
    # Whoever named no runtime of its own may have been started by any that its engine calls.
    return mine or (tuple(item for item in host.instances if item in called) if not workload.oci_runtime else ())


def _not_there(cve: StackCve, host: _Host, workload: Workload) -> Verdict:
    if host.instances:
        started = " and ".join(name for name in (workload.engine, workload.oci_runtime) if name)
        if not started:
            return Verdict(
                status=VerdictStatus.UNDECIDED, because=(f"which runtime started it is not known, {cve.component} is there",)
            )
        return Verdict(status=VerdictStatus.ABSENT, because=(f"it was started by {started}, not by {cve.component}",))
    if host.kernel is None and cve.component == KERNEL:
        return Verdict(status=VerdictStatus.UNDECIDED, because=("the host's kernel was not collected",))
    return Verdict(status=VerdictStatus.ABSENT, because=(f"no {cve.component} was found on {host.node}",))


def _radius(judge: _Judge, hosts: dict[str, _Host], workloads: tuple[WorkloadVerdict, ...]) -> BlastRadius:
    """What falls where the CVE is reachable: hosts, everything on them, and what that can read."""
    counts = {status: sum(item.verdict.status is status for item in workloads) for status in VerdictStatus}
    lost = {
        item.node
        for item in workloads
        if item.verdict.status is VerdictStatus.REACHABLE and judge.cve.gain == "node" and not item.assumed_host
    }
    graph = judge.graph
    fallen = {key for node in lost for key in graph.sources(host_id(node), EdgeKind.RUNS_ON)}
    instances = [key for host in hosts.values() for key in host.instances]
    return BlastRadius(
        workloads_seen=len(workloads),
        reachable=counts[VerdictStatus.REACHABLE],
        mitigated=counts[VerdictStatus.MITIGATED],
        absent=counts[VerdictStatus.ABSENT],
        undecided=counts[VerdictStatus.UNDECIDED],
        nodes_lost=len(lost),
        workloads_lost=len(fallen),
        namespaces_lost=len({item for key in fallen for item in graph.targets(key, EdgeKind.IN_NAMESPACE)}),
        secrets_lost=len({item for key in fallen for item in graph.targets(key, EdgeKind.READS)}),
        engines_sharing=len({item for key in instances for item in graph.sources(key, EdgeKind.CALLS)}),
    )


def _flips(workloads: tuple[WorkloadVerdict, ...]) -> tuple[str, ...]:
    """What one change would do: whatever is the only thing that stops a way, is what the verdict rests on."""
    said: dict[str, None] = {}
    for item in workloads:
        for way in item.ways:
            unmet = [condition for condition in way.conditions if condition.met is not True]
            if len(unmet) == 1 and unmet[0].met is False and item.verdict.status is VerdictStatus.MITIGATED:
                said[f"{item.workload}: reachable if {unmet[0].control or unmet[0].because} were gone"] = None
    return tuple(said)[:MAX_FLIPS]
