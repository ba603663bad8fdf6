"""Where a container's settings are written: in the object that makes its pods. One change there is made for all of them."""

from ringfence.model.change import EVERYWHERE
from ringfence.model.node import Node

MADE_BY = "made-by"
"""The label of a container's node that names the object which makes its pod, as `Kind/name`."""


def owner_of(node: Node) -> str:
    """The name that a change to a container's settings goes by: `cluster/namespace/kind/name/container`, as far as told."""
    if node.what is None:
        return ""
    own = node.what.identity
    made_by = dict(node.labels).get(MADE_BY, f"{own.kind}/{own.name}")
    return "/".join(part for part in (own.cluster, own.namespace, made_by, own.container) if part)


def fits(node: Node, target: str) -> bool:
    """Whether a container is meant: by its whole name or its owner's, a part of one between slashes, or as everything is."""
    if node.what is None:
        return False
    if target == EVERYWHERE:
        return True
    wanted = f"/{target.strip('/')}/"
    own = node.what.identity
    return any(wanted in f"/{name}/" for name in (owner_of(node), f"{own.cluster}/{own}"))
