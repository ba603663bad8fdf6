"""An image as a node of the graph."""

from ringfence.layers.image.facts import Facts
from ringfence.model.node import Node, NodeKind, Relations, image_id


def relations(facts: Facts) -> Relations:
    """The image under its digest, to which workloads that use it point."""
    return Relations(nodes=(Node(id=image_id(facts.digest or facts.reference), kind=NodeKind.IMAGE, label=facts.reference),))
