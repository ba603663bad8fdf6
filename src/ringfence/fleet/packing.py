"""The relations of one section in a form that is small to keep and fast to read back, kind by kind.

Names are numbered, and what many nodes have alike (a container's confinement, a kernel's build) is kept once for the whole
fleet, under its digest. Nodes and edges can be read by their kinds: one CVE asks for a few of them only.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from ringfence.graph.memory import digest, written
from ringfence.model.component import KernelState
from ringfence.model.confinement import NOT_COLLECTED, Confinement, Mount
from ringfence.model.knowledge import Known, Maybe
from ringfence.model.location import Location
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, Relations

NOTHING_HELD = b""
Held = dict[bytes, bytes]
"""Values that are kept once: their bytes by digest."""


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """Relations, packed: names by number, nodes and edges still closed, each kind for itself."""

    names: tuple[str, ...]
    nodes: dict[NodeKind, msgspec.Raw]
    edges: dict[EdgeKind, msgspec.Raw]


class _Node(msgspec.Struct, frozen=True, array_like=True):
    """A node: the number of its id, its label, what of it is held for the fleet, and the rest if there is any."""

    id: int
    label: str
    held: bytes = NOTHING_HELD
    rest: Node | None = None


class _Edge(msgspec.Struct, frozen=True, array_like=True):
    """An edge: the numbers of its ends and of what shows it; where that is written, if it is."""

    source: int
    target: int
    because: int
    at: Location | None = None


class Packed(NamedTuple):
    """A parcel as bytes, and the values that it refers to."""

    parcel: bytes
    held: Held


def pack(relations: Relations) -> Packed:
    """Relations as a parcel."""
    numbers: dict[str, int] = {}
    held: Held = {}
    nodes: dict[NodeKind, list[_Node]] = {}
    edges: dict[EdgeKind, list[_Edge]] = {}

    def number(name: str) -> int:
        return numbers.setdefault(name, len(numbers))

    for node in relations.nodes:
        nodes.setdefault(node.kind, []).append(_packed(node, number(node.id), held))
    nowhere = Location()
    for edge in relations.edges:
        at = None if edge.at == nowhere else edge.at
        made = _Edge(number(edge.source), number(edge.target), number(edge.because), at)
        edges.setdefault(edge.kind, []).append(made)
    encode = msgspec.msgpack.encode
    parcel = Parcel(
        tuple(numbers),
        {kind: msgspec.Raw(encode(some)) for kind, some in nodes.items()},
        {kind: msgspec.Raw(encode(some)) for kind, some in edges.items()},
    )
    return Packed(encode(parcel), held)


def _packed(node: Node, number: int, held: Held) -> _Node:
    key, rest = NOTHING_HELD, node
    if node.what is not None:
        own = node.what.confinement
        key = _held(replace(own, evidence=(), mounts=NOT_COLLECTED), held)
        rest = replace(node, what=replace(node.what, confinement=Confinement(evidence=own.evidence, mounts=own.mounts)))
    elif node.kernel is not None:
        bare = KernelState(node=node.kernel.node, release=node.kernel.release, sysctls=node.kernel.sysctls)
        key = _held(replace(node.kernel, node="", sysctls={}), held)
        rest = replace(node, kernel=bare)
    plain = rest == Node(id=node.id, kind=node.kind, label=node.label)
    return _Node(number, node.label, key, None if plain else replace(rest, id="", label=""))


def _held(value: Confinement | KernelState, held: Held) -> bytes:
    data = written(value)
    key = digest(type(value).__name__.encode(), data)
    held[key] = data
    return key


class Opener:
    """Opens parcels. Equal kernel builds, and confinements that judgement takes for equal, come out as one shared value.

    `find` gives the bytes of a value that is held. With `whole` confinements come out as they went in, else without what
    judgement does not look at: where a fact was read, and volumes that were made for the container.
    """

    def __init__(self, find: Callable[[bytes], bytes], *, whole: bool = False) -> None:
        self._find = find
        self._whole_ones = whole
        self._parcels = msgspec.msgpack.Decoder(Parcel)
        self._nodes = msgspec.msgpack.Decoder(list[_Node])
        self._edges = msgspec.msgpack.Decoder(list[_Edge])
        self._confinements: dict[tuple[bytes, Maybe[tuple[Mount, ...]]], Confinement] = {}
        self._common: dict[bytes, Confinement] = {}
        self._kernels: dict[bytes, KernelState] = {}

    def relations(
        self, data: bytes, nodes: frozenset[NodeKind] | None = None, edges: frozenset[EdgeKind] | None = None
    ) -> Relations:
        """The relations of a parcel; of some kinds of nodes and edges alone, if they are named.

        Raises `msgspec.DecodeError` if it is none.
        """
        parcel = self._parcels.decode(data)
        return Relations(
            nodes=tuple(
                node
                for kind, some in parcel.nodes.items()
                if nodes is None or kind in nodes
                for node in self._of(kind, some, parcel)
            ),
            edges=tuple(
                edge
                for kind, some in parcel.edges.items()
                if edges is None or kind in edges
                for edge in self._to(kind, some, parcel)
            ),
        )

    def _of(self, kind: NodeKind, some: msgspec.Raw, parcel: Parcel) -> Iterator[Node]:
        names = parcel.names
        for item in self._nodes.decode(some):
            name = names[item.id]
            if item.rest is None:
                yield Node(id=name, kind=kind, label=item.label)
            else:
                yield self._whole(name, item, item.rest)

    def _whole(self, name: str, item: _Node, rest: Node) -> Node:
        what, kernel = rest.what, rest.kernel
        if what is not None:
            what = replace(what, confinement=self._confinement(item.held, what.confinement))
        if kernel is not None:
            kernel = replace(self._kernel(item.held), node=kernel.node, sysctls=kernel.sysctls)
        return replace(rest, id=name, label=item.label, what=what, kernel=kernel)

    def _confinement(self, key: bytes, bare: Confinement) -> Confinement:
        common = self._common.get(key)
        if common is None:
            common = self._common[key] = msgspec.json.decode(self._find(key), type=Confinement)
        if self._whole_ones:
            return replace(common, evidence=bare.evidence, mounts=bare.mounts)
        mounts = bare.mounts
        if isinstance(mounts, Known) and mounts.value:
            mounts = Known(tuple(mount for mount in mounts.value if mount.kind != "bind" or mount.of_host))
        found = self._confinements.get((key, mounts))
        if found is None:
            found = self._confinements[key, mounts] = replace(common, mounts=mounts)
        return found

    def _kernel(self, key: bytes) -> KernelState:
        found = self._kernels.get(key)
        if found is None:
            found = self._kernels[key] = msgspec.json.decode(self._find(key), type=KernelState)
        return found

    @staticmethod
    def _edges_of(parcel: Parcel, kind: EdgeKind, some: Iterable[_Edge]) -> Iterator[Edge]:
        names = parcel.names
        for item in some:
            if item.at is None:
                yield Edge(source=names[item.source], target=names[item.target], kind=kind, because=names[item.because])
            else:
                yield Edge(
                    source=names[item.source], target=names[item.target], kind=kind, because=names[item.because], at=item.at
                )

    def _to(self, kind: EdgeKind, some: msgspec.Raw, parcel: Parcel) -> Iterator[Edge]:
        return self._edges_of(parcel, kind, self._edges.decode(some))
