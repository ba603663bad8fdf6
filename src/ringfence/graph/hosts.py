"""The hosts of a graph as judgement sees them: equal kernels with equal components are one group, judged once."""

from dataclasses import dataclass

import msgspec

from ringfence.graph.memory import digest, written
from ringfence.model.component import Component, KernelState
from ringfence.model.node import Node


@dataclass(frozen=True, slots=True)
class Host:
    """A host: its kernel if it was collected, and its components by node id. Hosts of one `group` answer alike.

    `digest` is of what they have in common.
    """

    id: str
    node: str
    kernel: KernelState | None = None
    components: tuple[tuple[str, Component], ...] = ()
    group: int = -1
    digest: bytes = b""

    def instances(self, name: str) -> dict[str, Component]:
        """The copies of one component on it, by node id."""
        return {key: component for key, component in self.components if component.name == name}


class Grouping:
    """Numbers for equal values: the same number for what is written the same."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def of(self, key: bytes) -> int:
        """The group of what has this digest."""
        return self._seen.setdefault(key, len(self._seen))


def host(node: Node, components: tuple[tuple[str, Component], ...], grouping: Grouping) -> Host:
    """The host of a node with the components that it has."""
    kernel = msgspec.structs.replace(node.kernel, node="") if node.kernel else None
    alike = [msgspec.structs.replace(component, node="") for _, component in components]
    key = digest(written(kernel), written(alike))
    return Host(node.id, node.label, node.kernel, components, grouping.of(key), key)
