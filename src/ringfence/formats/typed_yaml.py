"""YAML into one narrow type: scalars are taken as they are written, for `1.10` is a version and no number."""

from typing import Generic, TypeVar

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import yaml_lines
from ringfence.formats.document_tree import Mapping, Scalar, Tree

T = TypeVar("T")


class Yaml(msgspec.Struct, Generic[T], frozen=True):
    """A decoded document, and the tree it was made of, which knows lines."""

    document: T
    tree: Tree

    def lines(self, *path: str) -> dict[str, int]:
        """The line of each key of the mapping at `path`; empty if there is none."""
        here: Tree | None = self.tree
        for name in path:
            here = here.entries.get(name) if isinstance(here, Mapping) else None
        return {name: item.line for name, item in here.entries.items()} if isinstance(here, Mapping) else {}


def decode(data: bytes, shape: type[T], form: str) -> Yaml[T]:
    """The first document of `data` as a value of `shape`; fields that `shape` does not have are passed over.

    Raises `Malformed` naming `form`, `LimitExceeded` past the limits of `yaml_lines`.
    """
    documents = yaml_lines.read(data)
    if not documents:
        raise Malformed(form, "it is empty")
    try:
        return Yaml(msgspec.convert(_plain(documents[0]), shape, strict=False), documents[0])
    except (ValueError, RecursionError) as cause:
        raise Malformed(form, str(cause)) from cause


def _plain(tree: Tree) -> object:
    if isinstance(tree, Scalar):
        return None if tree.value is None else tree.text
    if isinstance(tree, Mapping):
        return {name: _plain(item) for name, item in tree.entries.items()}
    return [_plain(item) for item in tree.items]
