"""What a CVE reaches: every instance of its component, every workload on or under it, and what falls with them."""

from collections.abc import Iterable, Mapping

import msgspec

from ringfence.graph.affected import Affected
from ringfence.graph.assemble import Graph
from ringfence.graph.clusters import hosts_of
from ringfence.graph.conditional import Judged, alike, missing, rests
from ringfence.graph.hosts import Host
from ringfence.graph.judge import KERNEL, NO_KUBELET_CALLS, Judge
from ringfence.graph.orders import Orders
from ringfence.graph.verdicts import worst
from ringfence.model.finding import Verdict, VerdictStatus
from ringfence.model.knowledge import Known
from ringfence.model.node import EdgeKind, Node, NodeKind, cluster_id, host_id
from ringfence.model.report import BlastRadius, ComponentVerdict, EngineShare, Impact, WayResult, WorkloadVerdict
from ringfence.model.stack_cve import StackCve
from ringfence.model.workload import Workload

MAX_FLIPS = 6
"""Sentences on what would change the verdict; the rest is in the conditions."""


def impact(graph: Graph, cve: StackCve, orders: Orders, told: Mapping[str, Affected] | None = None) -> Impact:
    """The whole answer about one CVE. `told` has what is known of instances by node id from elsewhere than its ranges."""
    judge = Judge(graph, cve, orders, told or {})
    judged = [
        (verdict, node.what)
        for node in graph.kind(NodeKind.WORKLOAD)
        if node.what is not None
        for verdict in _verdicts(judge, node)
    ]
    workloads = tuple(verdict for verdict, _ in judged)
    groups = alike(judged)
    return Impact(
        cve=cve.id,
        title=cve.title,
        gain=cve.gain,
        severity=cve.severity.value,
        components=components(judge),
        workloads=workloads,
        radius=_radius(judge, workloads),
        remedy=cve.remedy,
        sources=cve.links,
        would_flip=_flips(workloads),
        rests_on=rests(groups),
        missing=missing(groups),
        shared=_shared(judge, judged),
        confidence=cve.confidence.value,
        doubt=cve.versions_note,
    )


def components(judge: Judge) -> tuple[ComponentVerdict, ...]:
    """Every instance of the component of the judge's CVE, with whether it is affected."""
    return tuple(
        ComponentVerdict(
            node=host.node,
            component=host.components[index][1].label,
            affected=(found := judge.instance(host, index)).value,
            because=found.because,
        )
        for host in judge.graph.hosts.values()
        for index in judge.instances(host).values()
    )


def with_kernel(graph: Graph, release: str) -> Graph:
    """The same graph as if every host ran this kernel release: its settings stay, its distribution's fixes do not."""
    nodes = dict(graph.nodes)
    for key, node in graph.nodes.items():
        if node.kernel is not None:
            kernel = msgspec.structs.replace(node.kernel, release=Known(release), livepatches=())
            nodes[key] = msgspec.structs.replace(node, kernel=kernel)
        elif node.component is not None and node.component.name == KERNEL and not node.component.guest:
            other = msgspec.structs.replace(node.component, version=Known(release), package=None)
            nodes[key] = msgspec.structs.replace(node, component=other, label=other.label)
    return graph.with_nodes({key: node for key, node in nodes.items() if node is not graph.nodes[key]})


def _verdicts(judge: Judge, node: Node) -> Iterable[WorkloadVerdict]:
    """One verdict for a container on its host; for a manifest one for each host, as if it ran there."""
    workload = node.what
    if workload is None:
        return
    if workload.node:
        key = host_id(workload.node)
        yield _verdict(judge, judge.graph.hosts.get(key) or Host(key, workload.node), node, workload)
    elif hosts := hosts_of(judge.graph, cluster_id(workload.identity.cluster)):
        for host in hosts:
            yield msgspec.structs.replace(_verdict(judge, host, node, workload), assumed_host=True)
    else:
        yield _anywhere(judge, node, workload)


def _anywhere(judge: Judge, node: Node, workload: Workload) -> WorkloadVerdict:
    """Where no host was collected: what its own settings stop is stopped on any; all else waits for a host's facts."""
    if judge.cve.component in NO_KUBELET_CALLS:
        verdict = Verdict(status=VerdictStatus.ABSENT, because=(f"no kubelet starts a pod with {judge.cve.component}",))
        return WorkloadVerdict(workload=workload.identity, node="", verdict=verdict, ways=(), running=workload.running)
    ways = judge.anywhere(node)
    verdict = ways[0].status if ways else worst(())
    return WorkloadVerdict(workload=workload.identity, node="", verdict=verdict, ways=ways, running=workload.running)


def _verdict(judge: Judge, host: Host, node: Node, workload: Workload) -> WorkloadVerdict:
    concerned = judge.concerned(host, node.id, workload)
    ways: tuple[WayResult, ...] = ()
    label = ""
    if not concerned:
        verdict = _not_there(judge, host, workload)
    else:
        best = judge.worst_instance(host, concerned, node)
        ways = judge.ways(host, best, node)
        label = judge.label(host, best)
        verdict = ways[0].status if ways else worst(())
    return WorkloadVerdict(
        workload=workload.identity,
        node=host.node,
        verdict=verdict,
        ways=ways,
        component=label,
        running=workload.running,
    )


def _not_there(judge: Judge, host: Host, workload: Workload) -> Verdict:
    cve = judge.cve
    if judge.instances(host):
        if not workload.node and cve.component in NO_KUBELET_CALLS:
            return Verdict(status=VerdictStatus.ABSENT, because=(f"no kubelet starts a pod with {cve.component}",))
        started = " and ".join(name for name in (workload.engine, workload.oci_runtime) if name)
        if not started:
            return Verdict(
                status=VerdictStatus.UNDECIDED, because=(f"which runtime started it is not known, {cve.component} is there",)
            )
        return Verdict(status=VerdictStatus.ABSENT, because=(f"it was started by {started}, not by {cve.component}",))
    if host.kernel is None and cve.component == KERNEL:
        return Verdict(status=VerdictStatus.UNDECIDED, because=("the host's kernel was not collected",))
    return Verdict(status=VerdictStatus.ABSENT, because=(f"no {cve.component} was found on {host.node}",))


def _radius(judge: Judge, workloads: tuple[WorkloadVerdict, ...]) -> BlastRadius:
    """What falls where the CVE is reachable: hosts, everything on them, and what that can read."""
    counts = {status: sum(item.verdict.status is status for item in workloads) for status in VerdictStatus}
    lost = {
        item.node
        for item in workloads
        if item.verdict.status is VerdictStatus.REACHABLE and judge.cve.gain == "node" and not item.assumed_host
    }
    graph = judge.graph
    fallen = {key for node in lost for key in graph.sources(host_id(node), EdgeKind.RUNS_ON)}
    instances = [key for host in graph.hosts.values() for key in judge.instances(host)]
    namespaces: set[str] = set()
    secrets: set[str] = set()
    for key in fallen:
        for edge in graph.out.get(key, ()):
            if edge.kind is EdgeKind.IN_NAMESPACE:
                namespaces.add(edge.target)
            elif edge.kind is EdgeKind.READS:
                secrets.add(edge.target)
    return BlastRadius(
        workloads_seen=len(workloads),
        reachable=counts[VerdictStatus.REACHABLE],
        mitigated=counts[VerdictStatus.MITIGATED],
        absent=counts[VerdictStatus.ABSENT],
        undecided=counts[VerdictStatus.UNDECIDED],
        nodes_lost=len(lost),
        workloads_lost=len(fallen),
        namespaces_lost=len(namespaces),
        secrets_lost=len(secrets),
        engines_sharing=len({item for key in instances for item in graph.sources(key, EdgeKind.CALLS)}),
    )


def _shared(judge: Judge, judged: Iterable[Judged]) -> tuple[EngineShare, ...]:
    """Each engine that calls the component, in numbers: one hole is under everything that any of them starts."""
    graph = judge.graph
    nodes: dict[str, set[str]] = {}
    for host in graph.hosts.values():
        for key in judge.instances(host):
            for caller in graph.sources(key, EdgeKind.CALLS):
                component = graph.nodes[caller].component if caller in graph.nodes else None
                if component is not None:
                    nodes.setdefault(component.name, set()).add(host.node)
    started = dict.fromkeys(nodes, 0)
    reachable = dict.fromkeys(nodes, 0)
    for verdict, workload in judged if nodes else ():
        if workload.engine in started and workload.node in nodes[workload.engine]:
            started[workload.engine] += 1
            reachable[workload.engine] += verdict.verdict.status is VerdictStatus.REACHABLE
    return tuple(
        EngineShare(engine=name, nodes=len(where), workloads=started[name], reachable=reachable[name])
        for name, where in sorted(nodes.items())
    )


def _flips(workloads: tuple[WorkloadVerdict, ...]) -> tuple[str, ...]:
    """What one change would do: whatever is the only thing that stops a way, is what the verdict rests on."""
    alike: dict[int, list[WorkloadVerdict]] = {}
    for item in workloads:
        if item.verdict.status is VerdictStatus.MITIGATED:
            alike.setdefault(id(item.ways), []).append(item)
    said: dict[str, None] = {}
    for group in alike.values():
        first = group[0]
        who = f"{first.workload} and {len(group) - 1:,} more" if len(group) > 1 else str(first.workload)
        for way in first.ways:
            unmet = [condition for condition in way.conditions if condition.met is not True]
            if len(unmet) == 1 and unmet[0].met is False:
                said[f"{who}: reachable if {unmet[0].control or unmet[0].because} were gone"] = None
    return tuple(said)[:MAX_FLIPS]
