"""One CVE over one graph: which instances of its component are affected, and every way in for every workload.

Equal confinements over equal hosts are judged once: ten thousand pods of a cluster are a few dozen questions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringfence.graph.affected import Affected, affected
from ringfence.graph.assemble import Graph
from ringfence.graph.hosts import Host
from ringfence.graph.memory import digest, recalled, written
from ringfence.graph.orders import Orders
from ringfence.graph.subject import Subject
from ringfence.graph.verdicts import WORST_FIRST, cve_results, worst
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import Kernel
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.node import EdgeKind, Node
from ringfence.model.report import WayResult
from ringfence.model.stack_cve import StackCve
from ringfence.model.workload import Workload

KERNEL = "linux"
"""The component that every container on a host stands on."""

LIVE_PATCHED = "the live patch {} is in force, and what it mends is not told"

NO_KUBELET_CALLS = frozenset({"buildah", "buildkit", "podman"})
"""Components without the container runtime interface: what is only planned for a cluster never stands on them."""


def _guest(component: Component) -> KernelState:
    """What is known of a guest's kernel: its release, and how it is built where that was read. Its settings are not."""
    untold = Unknown("the guest's kernel was not looked into")
    return KernelState(
        node=component.node, release=component.version, config=component.config, lsms=untold, cgroups=untold, modules=untold
    )


def _live_patched(found: Affected, kernel: KernelState | None) -> Affected:
    """A live patch may have mended what the version says is open."""
    if found.value is not True or kernel is None or not kernel.livepatches:
        return found
    return Affected(None, f"{found.because}, but {LIVE_PATCHED.format(', '.join(kernel.livepatches))}")


@dataclass(slots=True)
class Judge:
    """A CVE, a graph, and the answers given so far.

    `told` has what is known of instances, by node id, from elsewhere than the CVE's ranges; equal hosts are told alike.
    """

    graph: Graph
    cve: StackCve
    orders: Orders
    told: Mapping[str, Affected] = field(default_factory=dict)
    _affected: dict[tuple[int, int], Affected] = field(default_factory=dict)
    _ways: dict[tuple[int, int, int], tuple[WayResult, ...]] = field(default_factory=dict)
    _labels: dict[tuple[int, int], str] = field(default_factory=dict)
    _instances: dict[str, dict[str, int]] = field(default_factory=dict)
    _written: bytes = b""

    def instances(self, host: Host) -> dict[str, int]:
        """The copies of the CVE's component on a host, by node id, each with its place among the host's components."""
        found = self._instances.get(host.id)
        if found is None:
            found = {key: index for index, (key, item) in enumerate(host.components) if item.name == self.cve.component}
            self._instances[host.id] = found
        return found

    def instance(self, host: Host, index: int) -> Affected:
        """Whether the host's component at `index` is affected."""
        memo = (host.group, index)
        found = self._affected.get(memo)
        if found is None:
            distribution = host.kernel.distribution if host.kernel else ""
            key, component = host.components[index]
            found = self.told.get(key) or affected(self.cve, component, distribution, self.orders)
            if component.name == KERNEL and not component.guest:
                found = _live_patched(found, host.kernel)
            self._affected[memo] = found
        return found

    def ways(self, host: Host, index: int, node: Node) -> tuple[WayResult, ...]:
        """Every way in for a workload's confinement, the worst first."""
        memo = (self.graph.alike[node.id], host.group, index)
        found = self._ways.get(memo)
        if found is None:
            if node.what is None:
                return ()
            component = host.components[index][1]
            subject = Subject(node.what.confinement, _guest(component) if component.guest else host.kernel, component)
            affected = self.instance(host, index)
            found = self._ways[memo] = recalled(
                self.graph.memory,
                self.key(b"ways", host, index, node),
                tuple[WayResult, ...],
                lambda: cve_results(self.cve, affected, subject),
            )
        return found

    def anywhere(self, node: Node) -> tuple[WayResult, ...]:
        """Every way in for a workload's confinement on a host of which nothing is known."""
        memo = (self.graph.alike[node.id], -1, -1)
        found = self._ways.get(memo)
        if found is None and node.what is not None:
            untold = Affected(None, f"no host was collected that it could run on, so its {self.cve.component} is not known")
            found = self._ways[memo] = cve_results(self.cve, untold, Subject(node.what.confinement, None))
        return found or ()

    def key(self, what: bytes, host: Host, index: int, node: Node) -> bytes:
        """A digest of all that an answer about a workload's confinement over the host's component at `index` rests on."""
        if self.graph.memory is None:
            return b""
        self._written = self._written or written(self.cve)
        affected = self.instance(host, index)
        told = written((affected.value, affected.because, affected.control))
        groups = self.graph.groups
        return digest(what, self._written, groups.digests[groups.of[node.id]], host.digest, bytes((index,)), told)

    def label(self, host: Host, index: int) -> str:
        """The name of the host's component at `index` for people."""
        memo = (host.group, index)
        found = self._labels.get(memo)
        if found is None:
            found = self._labels[memo] = host.components[index][1].label
        return found

    def _kernels(self, host: Host, instances: dict[str, int], workload: Workload) -> tuple[int, ...]:
        """The kernel a container runs on: its guest's where it has one, the host's otherwise, both where nobody tells."""
        guests = tuple(index for index in instances.values() if host.components[index][1].guest)
        own = tuple(index for index in instances.values() if index not in guests)
        match workload.confinement.kernel:
            case Known(Kernel.GUEST):
                return guests or own
            case Known(_):
                return own
            case Unknown():
                return own + guests

    def worst_instance(self, host: Host, indices: tuple[int, ...], node: Node) -> int:
        """Of several copies under a workload, the one that it is worst on."""
        if len(indices) == 1:
            return indices[0]

        def rank(index: int) -> int:
            return WORST_FIRST.index(worst(way.status for way in self.ways(host, index, node)).status)

        return min(indices, key=rank)

    def concerned(self, host: Host, key: str, workload: Workload) -> tuple[int, ...]:
        """The instances under a workload: the host's kernel; the runtime that started it, or may if it is only planned."""
        instances = self.instances(host)
        if self.cve.component == KERNEL:
            return self._kernels(host, instances, workload)
        if not workload.node or not instances:
            return () if self.cve.component in NO_KUBELET_CALLS else tuple(instances.values())
        started = self.graph.started_by.get(key, ())
        mine = [instances[item] for item in started if item in instances]
        if mine or workload.oci_runtime:
            return tuple(sorted(mine))
        # Whoever named no runtime of its own may have been started by any that its engine calls.
        called = {item for one in started for item in self.graph.targets(one, EdgeKind.CALLS)}
        return tuple(index for item, index in instances.items() if item in called)
