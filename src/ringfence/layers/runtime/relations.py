"""The storey in the graph: a host has engines and runtimes, engines call runtimes, containers were started by both."""

from collections.abc import Iterator

from ringfence.layers.runtime.facts import Facts
from ringfence.model.component import Component
from ringfence.model.knowledge import Known
from ringfence.model.node import (
    Edge,
    EdgeKind,
    Node,
    NodeKind,
    Relations,
    account_id,
    component_id,
    exposure_id,
    host_id,
    image_id,
    signer_id,
    workload_id,
)
from ringfence.model.workload import Workload

EVERY_USER = "every user"
"""The name of the account that stands for all of a host."""
NODES = "node-network"
"""The place of an exposure that whoever reaches the hosts' own network reaches."""
POLICED = frozenset({"podman", "buildah", "cri-o"})
"""Engines that keep to containers-policy.json(5)."""
SANDBOXING = "kata-containers"
"""The runtime whose containers have a kernel of their own."""


def relations(facts: Facts) -> Relations:
    """Nodes and edges of one host."""
    host = host_id(facts.node)
    nodes = [Node(id=host, kind=NodeKind.HOST, label=facts.node)]
    edges: list[Edge] = []
    ids = {item.name: _id(item, facts.components) for item in reversed(facts.components) if not item.guest}
    for component in facts.components:
        own = _id(component, facts.components)
        nodes.append(Node(id=own, kind=NodeKind.COMPONENT, label=component.label, component=component))
        edges.append(Edge(source=host, target=own, kind=EdgeKind.HAS))
        if component.guest:
            edges.append(Edge(source=component_id(component.node, SANDBOXING), target=own, kind=EdgeKind.CALLS))
        edges.extend(
            Edge(source=own, target=ids.get(name, component_id(component.node, name)), kind=EdgeKind.CALLS)
            for name in component.calls
        )
    for workload in facts.workloads:
        nodes.append(Node(id=workload_id(workload), kind=NodeKind.WORKLOAD, label=str(workload.identity), what=workload))
        edges.extend(_edges(workload, ids))
    more = (*_commanding(facts, ids), *_vouching(facts))
    nodes.extend({node.id: node for node, _ in more}.values())
    return Relations(nodes=tuple(nodes), edges=(*edges, *(edge for _, edge in more)))


def _id(component: Component, among: tuple[Component, ...]) -> str:
    """The first copy of a component has the plain id, so that other storeys can name it; further ones add their path.

    A guest's kernel always does: the plain one is the host's.
    """
    if component.guest:
        return component_id(component.node, component.name, component.path)
    first = next(item for item in among if item.name == component.name)
    return component_id(component.node, component.name, "" if first is component else component.path)


def _commanding(facts: Facts, ids: dict[str, str]) -> Iterator[tuple[Node, Edge]]:
    """Who may command an engine of root's: members of its socket's group, everybody, whoever reaches its port."""
    for socket in facts.sockets:
        engine = ids.get(socket.engine, component_id(facts.node, socket.engine))
        if socket.owner != 0:
            continue
        who = [
            (name, f"member of {socket.group}, which may write {socket.path}") for name in socket.members if name != "root"
        ]
        who = who if socket.mode & 0o020 else []
        if socket.mode & 0o002 and not socket.closed_by:
            who.append((EVERY_USER, f"{socket.path} may be written by all"))
        for name, because in who:
            account = Node(id=account_id(facts.node, name), kind=NodeKind.ACCOUNT, label=f"{name} on {facts.node}")
            yield account, Edge(source=account.id, target=engine, kind=EdgeKind.COMMANDS, because=because)
    for api in facts.apis:
        ports = [address for address in api.listens if address.startswith("tcp://")]
        if ports and api.tls_verified != Known(True):
            engine = ids.get(api.engine, component_id(facts.node, api.engine))
            place = Node(id=exposure_id(NODES), kind=NodeKind.EXPOSURE, label=NODES.replace("-", " "))
            because = f"{api.engine} listens on {', '.join(ports)} without verified client certificates"
            yield place, Edge(source=place.id, target=engine, kind=EdgeKind.EXPOSES, because=because, at=api.at)


def _vouching(facts: Facts) -> Iterator[tuple[Node, Edge]]:
    """Who must have signed the images that are run here, as the policy of Podman, Buildah and CRI-O says."""
    trust = facts.trust
    if trust is None or not isinstance(trust.policy, Known):
        return
    for workload in facts.workloads:
        if workload.engine in POLICED and workload.image:
            for name in trust.policy.value.signers(workload.image):
                signer = Node(id=signer_id(name), kind=NodeKind.SIGNER, label=name)
                because = f"policy.json of {facts.node} asks for a signature by {name}"
                yield (
                    signer,
                    Edge(
                        source=workload_id(workload),
                        target=signer.id,
                        kind=EdgeKind.VOUCHED_BY,
                        because=because,
                        at=trust.at,
                    ),
                )


def _edges(workload: Workload, ids: dict[str, str]) -> Iterator[Edge]:
    own = workload_id(workload)
    if workload.node:
        yield Edge(source=own, target=host_id(workload.node), kind=EdgeKind.RUNS_ON)
    for name in dict.fromkeys((workload.engine, workload.oci_runtime)):
        if name:
            yield Edge(source=own, target=ids.get(name, component_id(workload.node, name)), kind=EdgeKind.STARTED_BY)
    if image := workload.image_digest or workload.image:
        yield Edge(source=own, target=image_id(image), kind=EdgeKind.USES_IMAGE)
