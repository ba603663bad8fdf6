"""What a source tree is to the rest of the stack: nothing yet.

A tree and the images built from it share no identity that both sides state. Packages meet advisories by their purl, not
here. Where an image's labels name its source revision, the edge will be drawn from there.
"""

from ringfence.layers.application.facts import Facts
from ringfence.model.node import Relations


def relations(facts: Facts) -> Relations:  # noqa: ARG001 - every storey is asked the same question
    """No nodes, no edges."""
    return Relations()
