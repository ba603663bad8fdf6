"""YAML and JSON as Kubernetes reads them, into trees that know their lines.

libyaml (through PyYAML) does the scanning; the composition is our own, so that no input can make it deep, large or
endless. Scalars are resolved as sigs.k8s.io/yaml does (YAML 1.1: `yes` and `on` are true, `0644` is octal), a key that
occurs twice is an error as there, and merge keys (`<<`) are merged. Sources: YAML 1.1 type repository (yaml.org/type),
sigs.k8s.io/yaml `UnmarshalStrict`, go-yaml v2 resolve.go.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
import yaml

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.document_tree import TEMPLATE, Mapping, Scalar, Sequence, Tree
from ringfence.formats.yaml_scalars import resolve

MAX_BYTES = 32 * 1024 * 1024
"""Bytes of one stream of documents: `kubectl get all -A -o yaml` of a cluster with some thousand pods."""
MAX_DOCUMENTS = 20_000
"""Documents of one stream."""
MAX_DEPTH = 100
"""Structures inside each other; the deepest schemas of Kubernetes nest about 30."""
MAX_NODES = 2_000_000
"""Nodes of one stream, those counted that an alias repeats: an alias bomb ends here, whatever its size on disk."""
MAX_SCALAR = 4 * 1024 * 1024
"""Characters of one scalar; etcd takes no object beyond 1.5 MiB."""

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_PREAMBLE = re.compile(r"(?:[ \t]*(?:[#%][^\n]*)?(?:\r?\n|\Z))*\Z")
_MERGE = "<<"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a stream between two `---` lines: its text and the line it begins on, from 1."""

    text: str
    line: int

    @property
    def templated(self) -> bool:
        """Whether an action of a Go template is left in it."""
        return TEMPLATE in self.text


def split(data: bytes) -> tuple[Part, ...]:
    """The parts of a stream, so that one broken document does not hide its neighbours.

    Raises `Malformed` for bytes that are no text, `LimitExceeded` past `MAX_BYTES` or `MAX_DOCUMENTS`.
    """
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of one YAML stream", MAX_BYTES)
    text = decoded(data)
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text))]
    if len(starts) > MAX_DOCUMENTS:
        raise LimitExceeded("documents of one YAML stream", MAX_DOCUMENTS)
    parts: list[Part] = []
    line, held, held_line = 1, "", 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = text[start:end]
        # Comments and directives before a `---` belong to the document that follows.
        if _PREAMBLE.fullmatch(piece):
            held, held_line = (held + piece, held_line or line)
        else:
            parts.append(Part(held + piece, held_line or line))
            held, held_line = "", 0
        line += piece.count("\n")
    return tuple(parts)


def decoded(data: bytes) -> str:
    """The text of a stream: UTF-8 with or without a mark, or UTF-16 with one. Raises `Malformed`."""
    # Windows' shell writes UTF-16 with a byte order mark; go-yaml reads it.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as cause:
        line = data[: cause.start].count(b"\n") + 1
        raise Malformed(
            "YAML stream", f"line {line}: byte {cause.start} is not {encoding.removesuffix('-sig').upper()}"
        ) from cause


def read(data: bytes) -> tuple[Tree, ...]:
    """Every document of a stream that is not empty. Raises `Malformed` or `LimitExceeded`."""
    budget = Budget()
    return tuple(tree for part in split(data) for tree in parse(part, budget))


@dataclass(slots=True)
class Budget:
    """The nodes that one stream may still have."""

    left: int = MAX_NODES

    def spend(self, nodes: int) -> None:
        """Count `nodes`. Raises `LimitExceeded` when none are left."""
        self.left -= nodes
        if self.left < 0:
            raise LimitExceeded("nodes of one YAML stream", MAX_NODES)


def parse(part: Part, budget: Budget | None = None) -> tuple[Tree, ...]:
    """The documents of one part, those left out that are empty. Raises `Malformed` or `LimitExceeded`."""
    spent = budget or Budget()
    try:
        return tuple(_Composer(part, spent).documents())
    except yaml.MarkedYAMLError as cause:
        if part.text.lstrip("\ufeff- \t\r\n")[:1] in ("{", "["):
            return _json(part, spent, _fault(part, cause))
        raise _fault(part, cause) from cause
    except (yaml.YAMLError, UnicodeError, ValueError) as cause:
        # A ReaderError (a control character) has a position in characters and no line.
        position = getattr(cause, "position", None)
        line = part.line + part.text[:position].count("\n") if isinstance(position, int) else part.line
        raise Malformed("YAML document", f"line {line}: it has a character that YAML does not allow") from cause


def _fault(part: Part, cause: yaml.MarkedYAMLError) -> Malformed:
    mark = cause.problem_mark or cause.context_mark
    said = " ".join(str(cause.problem or cause.context or "it cannot be read").split())
    if mark is None:
        return Malformed("YAML document", f"line {part.line}: {said}")
    return Malformed("YAML document", f"line {part.line + mark.line}, column {mark.column + 1}: {said}")


def _json(part: Part, budget: Budget, otherwise: Malformed) -> tuple[Tree, ...]:
    """JSON that libyaml refuses (escaped surrogates, keys past 1,024 characters); every node gets the first line."""
    text = part.text.lstrip("\ufeff")
    # The part may open with the `---` that separated it.
    body = text.removeprefix("---")
    try:
        value: object = msgspec.json.decode(body.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        raise otherwise from None
    return (_from_json(value, part.line, budget, 0),)


def _from_json(value: object, line: int, budget: Budget, depth: int) -> Tree:
    if depth > MAX_DEPTH:
        raise LimitExceeded("depth of a YAML document", MAX_DEPTH)
    budget.spend(1)
    if isinstance(value, dict):
        return Mapping({str(key): _from_json(item, line, budget, depth + 1) for key, item in value.items()}, line)
    if isinstance(value, list):
        return Sequence(tuple(_from_json(item, line, budget, depth + 1) for item in value), line)
    if value is None or isinstance(value, str | int | float):
        return Scalar(value, "" if value is None else str(value).lower() if isinstance(value, bool) else str(value), line)
    raise Malformed("JSON document", f"line {line}: it holds a value JSON does not have")


@dataclass(slots=True)
class _Composer:
    """Makes trees of libyaml's events. `anchors` maps an anchor to its node and how many nodes that stands for."""

    part: Part
    budget: Budget
    anchors: dict[str, tuple[Tree, int]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    source: Callable[[], object] = field(init=False)

    def documents(self) -> Iterator[Tree]:
        """Each document in turn."""
        loader = _LOADER(self.part.text)
        self.source = loader.get_event
        try:
            while not isinstance(event := self.next(), yaml.StreamEndEvent):
                if isinstance(event, yaml.DocumentStartEvent):
                    self.anchors.clear()
                    tree = self.node(self.next(), 0, 0)
                    if not (isinstance(tree, Scalar) and tree.value is None):
                        yield tree
        finally:
            loader.dispose()

    def next(self) -> yaml.Event:
        """The next event of the scanner."""
        event = self.source()
        if not isinstance(event, yaml.Event):
            raise Malformed("YAML document", f"line {self.part.line}: it ends too early")
        return event

    def line(self, event: yaml.Event) -> int:
        """The line of the stream on which `event` begins."""
        return self.part.line + (event.start_mark.line if event.start_mark else 0)

    def node(self, event: yaml.Event, depth: int, line: int) -> Tree:
        """The node that begins with `event`; `line` is its key's, or 0."""
        here = line or self.line(event)
        if isinstance(event, yaml.ScalarEvent):
            self.budget.spend(1)
            if len(event.value) > MAX_SCALAR:
                raise LimitExceeded("characters of one YAML scalar", MAX_SCALAR)
            plain = event.implicit[0] and event.style in (None, "")
            scalar = Scalar(resolve(event.value, event.tag, plain), event.value, here)
            if event.anchor:
                self.anchors[event.anchor] = (scalar, 1)
            return scalar
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, here)
        if depth >= MAX_DEPTH:
            raise LimitExceeded("depth of a YAML document", MAX_DEPTH)
        if not isinstance(event, yaml.CollectionStartEvent):
            raise Malformed("YAML document", f"line {here}: a value is missing")
        anchor, before = event.anchor, self.budget.left
        if anchor:
            self.open.add(anchor)
        self.budget.spend(1)
        tree = self.sequence(depth, here) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(depth, here)
        if anchor:
            self.open.discard(anchor)
            self.anchors[anchor] = (tree, before - self.budget.left)
        return tree

    def alias(self, event: yaml.AliasEvent, line: int) -> Tree:
        """The node an alias repeats, paid for as if it were written again."""
        name = event.anchor
        if name in self.open:
            raise Malformed("YAML document", f"line {line}: alias *{name} stands inside what it repeats")
        if name not in self.anchors:
            raise Malformed("YAML document", f"line {line}: alias *{name} repeats nothing")
        tree, size = self.anchors[name]
        self.budget.spend(size)
        return tree

    def sequence(self, depth: int, line: int) -> Sequence:
        """The rest of a sequence."""
        items: list[Tree] = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1, 0))
        return Sequence(tuple(items), line)

    def mapping(self, depth: int, line: int) -> Mapping:
        """The rest of a mapping; what merge keys bring in gives way to what is written."""
        entries: dict[str, Tree] = {}
        merged: dict[str, Tree] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key_line = self.line(event)
            key = self.node(event, depth + 1, 0)
            if not isinstance(key, Scalar):
                raise Malformed("YAML document", f"line {key_line}: a key is a structure, not text")
            value = self.node(self.next(), depth + 1, key_line)
            if key.text == _MERGE and isinstance(event, yaml.ScalarEvent) and event.style in (None, ""):
                self.merge(value, merged, key_line)
            elif key.text in entries:
                raise Malformed(
                    "YAML document", f"line {key_line}: the key {key.text[:80]!r} is already set in this mapping"
                )
            else:
                entries[key.text] = value
        return Mapping({**merged, **entries}, line)

    def merge(self, value: Tree, merged: dict[str, Tree], line: int) -> None:
        """Add what a merge key's value brings; the first mapping that has a key wins."""
        sources = value.items if isinstance(value, Sequence) else (value,)
        for source in sources:
            if not isinstance(source, Mapping):
                raise Malformed("YAML document", f"line {line}: a merge key takes a mapping or a list of mappings")
            self.budget.spend(len(source.entries))
            for name, item in source.entries.items():
                merged.setdefault(name, item)
