"""A parsed YAML or JSON document whose every node knows its line, and a cursor to read it by.

The tree is the shape between a document's bytes and narrow types: a parser of objects walks it once with `Cursor` and
leaves it behind.
"""

from collections.abc import Iterator
from functools import lru_cache

import msgspec

from ringfence.errors import Malformed
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location


class Scalar(msgspec.Struct, frozen=True, gc=False):
    """A single value, resolved, with its text as written. `line` counts from 1: that of its key, where it has one."""

    value: str | int | float | bool | None
    text: str
    line: int


class Sequence(msgspec.Struct, frozen=True):
    """A list."""

    items: "tuple[Tree, ...]"
    line: int


class Mapping(msgspec.Struct, frozen=True):
    """A mapping; its keys are text, as in JSON, and occur once."""

    entries: "dict[str, Tree]"
    line: int


Tree = Scalar | Sequence | Mapping

TEMPLATE = "{{"
"""What opens an action of Go's text/template, the language of Helm charts."""


@lru_cache(maxsize=4096)
def _step(name: str) -> str:
    """How a key is written in the way to a place; every pod asks for the same two hundred."""
    plain = name.replace("_", "").replace("-", "").isalnum()
    return f".{name}" if plain else f'["{name}"]'


class Cursor(msgspec.Struct, frozen=True):
    """A place in a document: the node there, if any, with the way that leads to it.

    `node` is None where nothing is written; `line` is then that of the nearest thing around it which is. `path` is the
    file's, `field` the way in from the object's top (`spec.containers[0].image`).
    """

    node: Tree | None
    path: str = ""
    field: str = ""
    line: int = 1

    @property
    def at(self) -> Location:
        """The place, for a report."""
        return Location(path=self.path, line=self.line, field=self.field)

    @property
    def written(self) -> bool:
        """Whether there is a value other than null: Kubernetes takes null for not written."""
        return self.node is not None and not (isinstance(self.node, Scalar) and self.node.value is None)

    @property
    def templated(self) -> bool:
        """Whether a template stands here that was not rendered, whatever it would have become."""
        return isinstance(self.node, Scalar) and TEMPLATE in self.node.text

    def get(self, *names: str) -> "Cursor":
        """The place under these keys, one below the other. Raises `Malformed` where a key is asked of what has none."""
        here = self
        for name in names:
            here = here._child(name)
        return here

    def _child(self, name: str) -> "Cursor":
        step = _step(name)
        field = f"{self.field}{step}" if self.field else step.removeprefix(".")
        node = self.node
        # The two common cases first, without a call: a pod asks for two hundred places, most of which are empty.
        if node is None:
            return Cursor(None, self.path, field, self.line)
        if type(node) is Mapping:
            child = node.entries.get(name)
            return Cursor(child, self.path, field, self.line if child is None else child.line)
        if self.written:
            raise self.fault("is not a mapping")
        return Cursor(None, self.path, field, self.line)

    def items(self) -> "tuple[Cursor, ...]":
        """The places of a list's items; none where nothing is written. Raises `Malformed` for what is no list."""
        if not self.written:
            return ()
        if not isinstance(self.node, Sequence):
            raise self.fault("is not a list")
        return tuple(
            Cursor(item, self.path, f"{self.field}[{index}]", item.line) for index, item in enumerate(self.node.items)
        )

    def entries(self) -> "Iterator[tuple[str, Cursor]]":
        """Each key of a mapping with the place under it. Raises `Malformed` for what is no mapping."""
        if not self.written:
            return
        if not isinstance(self.node, Mapping):
            raise self.fault("is not a mapping")
        for name in self.node.entries:
            yield name, self._child(name)

    def text(self, otherwise: str = "") -> str:
        """A scalar's text, as written. Raises `Malformed` for a list or mapping."""
        if not self.written:
            return otherwise
        if not isinstance(self.node, Scalar):
            raise self.fault("is not a single value")
        return self.node.text

    def texts(self) -> tuple[str, ...]:
        """The texts of a list of scalars. Raises `Malformed` for anything else."""
        return tuple(item.text() for item in self.items())

    def told(self) -> "Known[str] | Unknown | None":
        """A scalar's text; `Unknown` if it still holds a template; None where nothing is written."""
        if not self.written:
            return None
        text = self.text()
        return Unknown(f"{self.field} is a template that was not rendered") if TEMPLATE in text else Known(text)

    def boolean(self) -> "Known[bool] | Unknown | None":
        """A truth value; `Unknown` if something else stands there; None where nothing is written."""
        if not self.written:
            return None
        if isinstance(self.node, Scalar) and isinstance(self.node.value, bool):
            return Known(self.node.value)
        return Unknown(f"{self.field} is neither true nor false, but {self._shown()}")

    def number(self) -> "Known[int] | Unknown | None":
        """A whole number; `Unknown` if something else stands there; None where nothing is written."""
        if not self.written:
            return None
        if isinstance(self.node, Scalar) and isinstance(self.node.value, int) and not isinstance(self.node.value, bool):
            return Known(self.node.value)
        return Unknown(f"{self.field} is not a number, but {self._shown()}")

    def fault(self, wrong: str) -> Malformed:
        """The error that says what is wrong at this place."""
        return Malformed("Kubernetes object", f"line {self.line}: {self.field or 'the document'} {wrong}", where=self.path)

    def _shown(self) -> str:
        if not isinstance(self.node, Scalar):
            return "a structure"
        # Only templates are shown: anything else may be a credential in the wrong place.
        return "a template that was not rendered" if TEMPLATE in self.node.text else "other text"
