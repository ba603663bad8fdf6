"""An image in the graph: its layers, and the packages that each layer brought."""

from ringfence.layers.image.facts import Facts
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, Relations, image_id, layer_id, package_id


def relations(facts: Facts) -> Relations:
    """The image under its digest and its reference, to which workloads that use it point; layers; packages by layer."""
    own = image_id(facts.digest or facts.reference)
    nodes = [Node(id=own, kind=NodeKind.IMAGE, label=facts.reference)]
    edges: list[Edge] = []
    layers = {layer.digest: layer_id(layer.diff_id) for layer in facts.layers}
    for layer in facts.layers:
        nodes.append(Node(id=layer_id(layer.diff_id), kind=NodeKind.LAYER, label=layer.created_by or layer.diff_id))
        edges.append(Edge(source=own, target=layer_id(layer.diff_id), kind=EdgeKind.HAS_LAYER))
    for package in facts.packages:
        node = Node(id=package_id(package.purl), kind=NodeKind.PACKAGE, label=package.purl, package=package)
        nodes.append(node)
        edges.append(Edge(source=layers.get(package.layer_digest, own), target=node.id, kind=EdgeKind.CONTAINS))
    return Relations(nodes=tuple(nodes), edges=tuple(dict.fromkeys(edges)))
