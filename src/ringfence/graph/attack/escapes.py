"""Out of a container onto its node: settings that leave a way open, and CVEs of the stack whose preconditions hold.

Equal confinements over equal hosts are judged once. What would stop a way is found by trying every single change on the
container and the host: a change is offered only where the same judgement then answers "stopped".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from ringfence.graph.affected import Affected
from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.arsenal import Arsenal
from ringfence.graph.attack.steps import Step
from ringfence.graph.clusters import hosts_of
from ringfence.graph.controls import candidates, changed
from ringfence.graph.hosts import Host
from ringfence.graph.judge import Judge
from ringfence.graph.memory import digest, recalled, written
from ringfence.graph.owners import owner_of
from ringfence.graph.subject import Subject
from ringfence.graph.verdicts import way_result
from ringfence.model.change import EVERYWHERE, Change, ChangeKind
from ringfence.model.component import Component
from ringfence.model.finding import Severity, VerdictStatus
from ringfence.model.knowledge import Known
from ringfence.model.node import EdgeKind, Node, NodeKind, host_id
from ringfence.model.report import ConditionResult, WayResult
from ringfence.model.stack_cve import Actor, AttackerActs, HasMount, StackCve, Way
from ringfence.model.technique import Escape, Technique

OPEN = (VerdictStatus.REACHABLE, VerdictStatus.UNDECIDED)
TO_ROOT = frozenset({"node", "host-file-write"})
"""Gains that are as good as root of the node."""
BUILDERS = frozenset({"buildkit", "buildah"})
"""Components that build images and run no workload: what they have on a host is not under the containers there."""
FROM_A_CONTAINER = frozenset({Actor.INSIDE, Actor.OPERATOR, Actor.IMAGE})
"""Who can lead out of a container: code in it, whoever made its image, and code that waits for an operator to act on it.

What takes rights in the cluster or an account of the host does not begin in a container.
"""
NO_FAULT = Affected(True, "no fault is needed")
MANY_HOSTS = 16
"""Hosts up to which a workload that is not scheduled is judged on each of them; beyond, on one of each group."""
HARDENING = (("user.max_user_namespaces", "0"), ("kernel.unprivileged_userns_clone", "0"), ("kernel.modules_disabled", "1"))
"""Sysctls of a host that close ways at once for all containers on it."""
_EFFORT = {Severity.CRITICAL: 4.0, Severity.HIGH: 8.0}


class Opening(msgspec.Struct, frozen=True):
    """A way that is open (or may be) for one kind of container on one kind of host."""

    technique: Technique
    gain: str
    actor: Actor
    because: tuple[str, ...]
    missing: tuple[str, ...]
    cuts: tuple[Change, ...]
    power: str = ""


@dataclass(slots=True)
class Escapes:
    """The openings of a graph, found once for each group of equal containers and hosts."""

    graph: Graph
    arsenal: Arsenal
    _memo: dict[tuple[int, int, tuple[object, ...]], tuple[Opening, ...]] = field(default_factory=dict)
    _judges: tuple[Judge, ...] = ()
    _written: bytes = b""
    _hosts: dict[str, tuple[Host, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A judge for every CVE that leads to the host."""
        self._written = written(self.arsenal.escapes)
        self._judges = tuple(
            Judge(self.graph, cve, self.arsenal.orders)
            for cve in self.arsenal.cves
            if (cve.gain in TO_ROOT or cve.gain == "host-file-read") and cve.component not in BUILDERS
        )

    def steps(self, holds: "PowersOfWorkloads") -> Iterator[Step]:
        """Every step from a container to a host."""
        for node in self.graph.kind(NodeKind.WORKLOAD):
            workload = node.what
            if workload is None:
                continue
            for host, ends in self._places(node):
                for opening in self.openings(node, host):
                    if opening.power and not holds(node.id, opening.power):
                        continue
                    yield from _steps(node, opening, ends)

    def openings(self, node: Node, host: Host) -> tuple[Opening, ...]:
        """Every way from one container to one host: the same for equal containers, started alike, on equal hosts."""
        started = self._started(node, host)
        memo = (self.graph.alike[node.id], host.group, started)
        found = self._memo.get(memo)
        if found is None and node.what is not None:
            faults = (
                opening
                for judge in self._judges
                for place in judge.concerned(host, node.id, node.what)
                for opening in self._known_faults(judge, node, host, place)
            )
            found = self._memo[memo] = (*self._known_settings(node, host), *faults)
        return found or ()

    def _known_settings(self, node: Node, host: Host) -> tuple[Opening, ...]:
        memory, groups = self.graph.memory, self.graph.groups
        key = b"" if memory is None else digest(self._written, groups.digests[groups.of[node.id]], host.digest)
        return recalled(memory, key, tuple[Opening, ...], lambda: tuple(self._settings(node, host)))

    def _known_faults(self, judge: Judge, node: Node, host: Host, place: int) -> tuple[Opening, ...]:
        key = judge.key(b"openings", host, place, node)
        return recalled(self.graph.memory, key, tuple[Opening, ...], lambda: tuple(self._faults(judge, node, host, place)))

    def _started(self, node: Node, host: Host) -> tuple[object, ...]:
        """What tells which components of the host are under the container, by their places on it."""
        workload = node.what
        if workload is None or not workload.node:
            return ()
        by = self.graph.targets(node.id, EdgeKind.STARTED_BY)
        places = {key: index for index, (key, _) in enumerate(host.components)}
        own = tuple(places.get(key) for key in by)
        if workload.oci_runtime:
            return own
        return (*own, None, *(places.get(key) for one in by for key in self.graph.targets(one, EdgeKind.CALLS)))

    def _places(self, node: Node) -> Iterator[tuple[Host, str]]:
        """The hosts that a workload is judged on, and the id of what it gets to there."""
        workload = node.what
        if workload is None:
            return
        if workload.node:
            key = host_id(workload.node)
            yield self.graph.hosts.get(key) or Host(key, workload.node), key
            return
        cluster = next(iter(self.graph.targets(node.id, EdgeKind.IN_CLUSTER)), "cluster:")
        yield Host(f"node-of:{cluster}", "a node"), f"node-of:{cluster}"
        if cluster not in self._hosts:
            self._hosts[cluster] = hosts_of(self.graph, cluster)
        hosts = self._hosts[cluster]
        yield from ((host, host.id) for host in (hosts if len(hosts) <= MANY_HOSTS else _one_of_each(hosts)))

    def _settings(self, node: Node, host: Host) -> Iterator[Opening]:
        if node.what is None:
            return
        subject = Subject(node.what.confinement, host.kernel)
        for escape in self.arsenal.escapes:
            for way in escape.ways:
                for single in _one_mount_each(way, subject):
                    yield from self._opening(escape, way, NO_FAULT, single)

    def _faults(self, judge: Judge, node: Node, host: Host, place: int) -> Iterator[Opening]:
        if node.what is None:
            return
        affected = judge.instance(host, place)
        component = host.components[place][1]
        subject = Subject(node.what.confinement, host.kernel, component)
        for way in judge.cve.ways:
            if affected.value is not False or not way.closed_by_fix:
                yield from self._opening(judge.cve, way, affected, subject, component)

    def _opening(
        self, what: Escape | StackCve, way: Way, affected: Affected, subject: Subject, component: Component | None = None
    ) -> Iterator[Opening]:
        fault = isinstance(what, StackCve)
        actor = _actor(way)
        if actor not in FROM_A_CONTAINER:
            return
        result = way_result(way, affected, subject)
        if result.status.status not in OPEN:
            return
        on_host = list(self._host_cuts(way, affected, subject))
        if fault and component is not None and way.closed_by_fix:
            on_host.append(Change(kind=ChangeKind.UPDATE, target=EVERYWHERE, detail=component.label))
        yield Opening(
            technique=_of_cve(what) if isinstance(what, StackCve) else what.technique,
            gain=what.gain,
            actor=actor,
            because=(way.name, *(item.because for item in _facts(result, fault=fault) if item.met)),
            missing=(*(item.because for item in _facts(result, fault=fault) if item.met is None), *_waits(way)),
            cuts=(*self._container_cuts(way, affected, subject), *on_host),
            power="" if isinstance(what, StackCve) else what.power,
        )

    def _container_cuts(self, way: Way, affected: Affected, subject: Subject) -> Iterator[Change]:
        for change in candidates(subject.confinement):
            tried = changed(subject.confinement, change, self.arsenal.defaults)
            if _stops(way, affected, Subject(tried, subject.kernel, subject.component)):
                yield change

    @staticmethod
    def _host_cuts(way: Way, affected: Affected, subject: Subject) -> Iterator[Change]:
        if subject.kernel is None:
            return
        for name, value in HARDENING:
            sysctls = {**subject.kernel.sysctls, name: Known(value)}
            kernel = msgspec.structs.replace(subject.kernel, sysctls=sysctls)
            if _stops(way, affected, Subject(subject.confinement, kernel, subject.component)):
                yield Change(kind=ChangeKind.SYSCTL, target=EVERYWHERE, detail=f"{name}={value}")


class PowersOfWorkloads:
    """Whether the identity that a workload acts as has a power anywhere."""

    def __init__(self, held: dict[str, frozenset[str]], graph: Graph) -> None:
        self._held = held
        self._graph = graph

    def __call__(self, workload: str, power: str) -> bool:
        """Whether it has."""
        identities = self._graph.targets(workload, EdgeKind.ACTS_AS)
        return any(power in self._held.get(identity, ()) for identity in identities)


def _waits(way: Way) -> Iterator[str]:
    """What an operator must do first: an impact takes it as given, a path must not count on it."""
    for item in way.preconditions:
        if isinstance(item, AttackerActs) and item.by is Actor.OPERATOR:
            yield f"whether someone {item.what}"


def _actor(way: Way) -> Actor:
    """Who a way takes: code in the container, unless somebody else must act."""
    acts = [item.by for item in way.preconditions if isinstance(item, AttackerActs)]
    return max(acts, key=list(Actor).index, default=Actor.INSIDE)


def _facts(result: WayResult, *, fault: bool) -> tuple[ConditionResult, ...]:
    """Conditions without the version's, where no version is asked."""
    return result.conditions if fault else result.conditions[1:]


def _stops(way: Way, affected: Affected, subject: Subject) -> bool:
    return way_result(way, affected, subject).status.status not in OPEN


def _one_of_each(hosts: Iterable[Host]) -> Iterator[Host]:
    seen: set[int] = set()
    for host in hosts:
        if host.group not in seen:
            seen.add(host.group)
            yield host


def _of_cve(cve: StackCve) -> Technique:
    """A CVE as a technique: one that was seen in use is likelier and asks less."""
    return Technique(
        slug=cve.id,
        title=cve.title,
        likelihood=0.7 if cve.exploited else 0.5,
        effort=_EFFORT.get(cve.severity, 16.0) / (2 if cve.exploited else 1),
        attack=("T1611", "T1068"),
        sources=cve.links,
    )


def _one_mount_each(way: Way, subject: Subject) -> Iterator[Subject]:
    """The subject with one of its mounts at a time, where the way asks for a mount: each is closed on its own."""
    confinement = subject.confinement
    if not any(isinstance(item, HasMount) for item in way.preconditions) or not isinstance(confinement.mounts, Known):
        yield subject
        return
    for mount in confinement.mounts.value:
        if mount.of_host:
            single = msgspec.structs.replace(confinement, mounts=Known((mount,)))
            yield Subject(single, subject.kernel, subject.component)


def _steps(node: Node, opening: Opening, ends: str) -> Iterator[Step]:
    workload = node.what
    if workload is None:
        return
    target = steps.root(ends) if opening.gain in TO_ROOT else steps.files(ends)
    if opening.gain == "host-network":
        return
    yield Step(
        steps.supplied(node.id) if opening.actor is Actor.IMAGE else steps.code(node.id),
        target,
        opening.technique,
        opening.because,
        opening.missing,
        opening.cuts,
        owner_of(node),
    )
