"""JSON into a document tree, strictly: for what arrives by the thousand and decides who gets in.

libyaml would read it too, at thirty times the cost. A member that stands twice is an error, because readers differ on which
of them counts (RFC 8259, section 4), and so is more depth or size than any object of Kubernetes has.
"""

import json
from typing import NoReturn

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.document_tree import Mapping, Scalar, Sequence, Tree
from ringfence.formats.yaml_lines import MAX_DEPTH

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of one document: an AdmissionReview holds an object twice, and the API server takes none beyond 3 MiB."""
MAX_NODES = 500_000
"""Values of one document."""
MAX_DIGITS = 40
"""Characters of a number: int() takes quadratic time."""


def read(data: bytes, form: str) -> Tree:
    """The document, every node on line 1. Raises `Malformed` naming `form`, or `LimitExceeded`."""
    return tree(decode(data, form))


def decode(data: bytes, form: str) -> object:
    """The document as plain values, its depth not looked at yet. Raises as `read`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {form}", MAX_BYTES)
    try:
        text = data.decode("utf-8")
        value: object = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number, parse_int=_integer)
    # ValueError: json's own, bytes that are no UTF-8, and ours below.
    except (ValueError, RecursionError) as cause:
        raise Malformed(form, str(cause)) from cause
    return value


def tree(value: object) -> Tree:
    """A decoded value as a tree. Raises `LimitExceeded` past `MAX_DEPTH` or `MAX_NODES`."""
    left = [MAX_NODES]
    return _tree(value, 0, left)


def _tree(value: object, depth: int, left: list[int]) -> Tree:
    if depth > MAX_DEPTH:
        raise LimitExceeded("depth of a JSON document", MAX_DEPTH)
    left[0] -= 1
    if left[0] < 0:
        raise LimitExceeded("values of a JSON document", MAX_NODES)
    if isinstance(value, dict):
        return Mapping({name: _tree(item, depth + 1, left) for name, item in value.items()}, 1)
    if isinstance(value, list):
        return Sequence(tuple(_tree(item, depth + 1, left) for item in value), 1)
    if value is None:
        return Scalar(None, "", 1)
    if isinstance(value, bool):
        return Scalar(value, "true" if value else "false", 1)
    if isinstance(value, str | int | float):
        return Scalar(value, str(value), 1)
    raise Malformed("JSON document", f"it holds a {type(value).__name__}")


def plain(node: Tree) -> object:
    """The value that a tree was made of."""
    if isinstance(node, Mapping):
        return {name: plain(item) for name, item in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(text)
