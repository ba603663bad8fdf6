"""Changes to YAML and JSON as text: a value set or added at a place, every other byte as it was.

Comments, order, quoting, anchors and indentation stay, because nothing is written anew. Positions come from PyYAML's marks;
the document is read again after every change, so that no position is ever stale.
"""

import json
import re
from collections.abc import Mapping, Sequence

import yaml

from ringfence.errors import Malformed

Value = bool | int | str | Sequence["Value"] | Mapping[str, "Value"]
"""What can be written. A list is written on one line, a mapping as its surroundings are."""
Way = tuple[str | int, ...]
"""The way to a place: keys of mappings and indexes of lists."""

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.\[\]]+)')
_BEFORE_DASH = re.compile(r"(?:[&!]\S*+|#[^\n]*+|\s)*+(?=-)")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*", re.ASCII)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def way(field: str) -> Way:
    """The way that a place's field tells (`spec.containers[0].name`)."""
    return tuple(int(index) if index else quoted or plain for quoted, index, plain in _STEP.findall(field))


def put(text: str, place: Way, value: Value) -> str:
    """The document with `value` at `place`: in place of the scalar there, or added with the mappings that lead to it.

    Raises `Malformed` for a text that is no single document, or a place inside of what is no mapping.
    """
    node, key = _composed(text), None
    for depth, step in enumerate(place):
        child = _child(node, step)
        if child is None or _is_null(child):
            if isinstance(step, int):
                raise Malformed("place", f"there is no item {step}")
            added: Value = value
            for name in reversed(place[depth + 1 :]):
                added = {str(name): added}
            return _filled(text, child, added) if child is not None else _added(text, node, step, added)
        key, node = _key_of(node, step), child
    return _replaced(text, node, key, value)


def append(text: str, place: Way, item: Mapping[str, Value]) -> str:
    """The document with one more item in the list at `place`, which is made if it is not there.

    It comes last, or first where the last ends in a block of text. Raises `Malformed` like `put`, and for what is no list.
    """
    node: yaml.Node | None = _composed(text)
    for step in place:
        node = None if node is None else _child(node, step)
    if node is None or _is_null(node):
        return put(text, place, [item])
    if not isinstance(node, yaml.SequenceNode):
        raise Malformed("place", "there is no list")
    if node.flow_style:
        at = node.start_mark.index + 1 + len(text[node.start_mark.index + 1 : node.end_mark.index - 1].rstrip())
        comma = "" if not node.value else " " if text[at - 1] == "," else ", "
        return f"{text[:at]}{comma}{_flow(item)}{text[at:]}"
    newline = "\r\n" if "\r\n" in text else "\n"
    dash = _dash(text, node)
    indent = dash - text.rfind("\n", 0, dash) - 1
    first, *others = (f"{_key(name)}:{_written(value, indent + 4)}" for name, value in item.items())
    lines = "\n".join([f"- {first}", *(f"{' ' * (indent + 2)}{line}" for line in others)]).replace("\n", newline)
    last = _last(node)
    if not (isinstance(last, yaml.ScalarNode) and last.style in ("|", ">")):
        at = text.find("\n", last.end_mark.index)
        if at < 0:
            return f"{text}{newline}{' ' * indent}{lines}"
        return f"{text[: at + 1]}{' ' * indent}{lines}{newline}{text[at + 1 :]}"
    return f"{text[:dash]}{lines}{newline}{' ' * indent}{text[dash:]}"


def _dash(text: str, node: yaml.Node) -> int:
    """Where the first item of a block list begins, behind the list's anchor and tag."""
    found = _BEFORE_DASH.match(text, node.start_mark.index)
    if found is None:
        raise Malformed("place", "the list has no items")
    return found.end()


def _composed(text: str) -> yaml.Node:
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as cause:
        raise Malformed("YAML document", str(cause)) from cause
    finally:
        loader.dispose()
    if node is None:
        raise Malformed("YAML document", "it is empty")
    return node


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(step, int):
        if not isinstance(node, yaml.SequenceNode):
            raise Malformed("place", "it lies in no list")
        return node.value[step] if step < len(node.value) else None
    if not isinstance(node, yaml.MappingNode):
        raise Malformed("place", f"{step} lies in no mapping")
    return next((value for key, value in node.value if isinstance(key, yaml.ScalarNode) and key.value == step), None)


def _key_of(node: yaml.Node, step: str | int) -> yaml.Node | None:
    """The key of an entry of a mapping; None for an item of a list."""
    entries = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((key for key, _ in entries if isinstance(key, yaml.ScalarNode) and key.value == step), None)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _flow(value: Value) -> str:
    return json.dumps(value)


def _written(value: Value, indent: int) -> str:
    """A value after `key:`, in block style: on the same line, or below and indented."""
    if isinstance(value, Mapping) and value:
        lines = [f"\n{' ' * indent}{_key(name)}:{_written(item, indent + 2)}" for name, item in value.items()]
        return "".join(lines)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f" [{', '.join(_scalar(item) for item in value)}]"
    return f" {_scalar(value)}"


def _scalar(value: Value) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return _flow(value)


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else _flow(name)


def _filled(text: str, node: yaml.Node, value: Value) -> str:
    """A value in place of a null, written (`~`) or not."""
    start, end = node.start_mark.index, node.end_mark.index
    space = "" if text[start - 1 : start] in (" ", "\t") or start == 0 else " "
    return f"{text[:start]}{space}{_flow(value)}{text[end:]}"


def _replaced(text: str, node: yaml.Node, key: yaml.Node | None, value: Value) -> str:
    """A value in place of another; behind a key it begins on the key's line, comments behind what was there stay."""
    start, end = node.start_mark.index, node.end_mark.index
    if not _one_piece(node):
        end = _last(node).end_mark.index
        if key is not None:
            start = text.index(":", key.end_mark.index) + 1
            return f"{text[:start]} {_flow(value)}{text[end:]}"
    return f"{text[:start]}{_flow(value)}{text[end:]}"


def _one_piece(node: yaml.Node) -> bool:
    """Whether a node is a scalar or written in brackets, and so ends where its text ends."""
    return isinstance(node, yaml.ScalarNode) or (isinstance(node, yaml.CollectionNode) and bool(node.flow_style))


def _last(node: yaml.Node) -> yaml.Node:
    """The last scalar or one-line structure inside a block."""
    while not _one_piece(node) and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return node


def _added(text: str, node: yaml.Node, name: str, value: Value) -> str:
    """A new key of a mapping: last inside braces; in a block behind a key whose value ends on its own line."""
    if not isinstance(node, yaml.MappingNode):
        raise Malformed("place", f"{name} lies in no mapping")
    if node.flow_style:
        end = node.end_mark.index - 1
        body = text[node.start_mark.index + 1 : end]
        kept = body.rstrip()
        comma = ", " if node.value and not kept.endswith(",") else " " if node.value else ""
        at = node.start_mark.index + 1 + len(kept)
        quoted = _flow(name) if text.lstrip("\ufeff -\r\n\t").startswith("{") else _key(name)
        return f"{text[:at]}{comma}{quoted}: {_flow(value)}{text[at:]}"
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = node.value[0][0].start_mark.column
    line = f"{_key(name)}:{_written(value, indent + 2)}".replace("\n", newline)
    for key, child in node.value:
        if _one_piece(child) and key.start_mark.line == child.end_mark.line:
            at = text.find("\n", child.end_mark.index)
            if at < 0:
                return f"{text}{newline}{' ' * indent}{line}"
            return f"{text[: at + 1]}{' ' * indent}{line}{newline}{text[at + 1 :]}"
    first = node.value[0][0].start_mark.index
    return f"{text[:first]}{line}{newline}{' ' * indent}{text[first:]}"
