"""A pod as it is changed: additions only, each kept as an operation of a JSON Patch.

What is there already is never replaced, so a patch made twice changes nothing the second time.
"""

import copy
from collections.abc import Sequence
from typing import TypeGuard

from ringfence.formats import json_tree
from ringfence.formats.admission_review import Operation
from ringfence.formats.document_tree import Cursor, Tree

Way = tuple[str | int, ...]
Json = dict[str, object]


def _is_mapping(value: object) -> TypeGuard[Json]:
    return isinstance(value, dict)


class Patched:
    """An object being added to, itself and no copy; `operations` are what was added, in order."""

    def __init__(self, value: object) -> None:
        self.value: Json = value if _is_mapping(value) else {}
        self.operations: list[Operation] = []

    def at(self, place: Way) -> object:
        """What stands at a place; None where nothing does."""
        here: object = self.value
        for step in place:
            if isinstance(step, int) and isinstance(here, list) and step < len(here):
                here = here[step]
            elif isinstance(step, str) and _is_mapping(here):
                here = here.get(step)
            else:
                return None
        return here

    def add(self, place: Way, value: object) -> None:
        """Adds a member where nothing is, with the mappings that lead to it; a null counts as nothing."""
        if self.at(place) is not None:
            return
        for depth in range(1, len(place)):
            if self.at(place[:depth]) is None:
                added: object = value
                for step in reversed(place[depth:]):
                    added = {str(step): added}
                self._put(place[:depth], added)
                return
        self._put(place, value)

    def append(self, place: Way, values: Sequence[object]) -> None:
        """Adds items at the end of a list, which is made if it is not there; items that are there are left out."""
        listed = self.at(place)
        if not isinstance(listed, list):
            self.add(place, list(values))
            return
        for item in values:
            if item not in listed:
                listed.append(copy.deepcopy(item))
                self.operations.append(Operation(path=f"{pointer(place)}/-", value=item))

    def _put(self, place: Way, value: object) -> None:
        parent, last = self.at(place[:-1]), place[-1]
        if _is_mapping(parent) and isinstance(last, str):
            parent[last] = copy.deepcopy(value)
            self.operations.append(Operation(path=pointer(place), value=value))

    def replay(self, operations: Sequence[Operation]) -> None:
        """Does what operations made by this class say."""
        for item in operations:
            *parents, last = (step.replace("~1", "/").replace("~0", "~") for step in item.path.split("/")[1:])
            parent: object = self.value
            for step in parents:
                parent = parent[int(step)] if isinstance(parent, list) else parent[step] if _is_mapping(parent) else None
            if isinstance(parent, list) and last == "-":
                parent.append(copy.deepcopy(item.value))
            elif _is_mapping(parent):
                parent[last] = copy.deepcopy(item.value)

    def cursor(self) -> Cursor:
        """The object as it stands now, to be read again."""
        tree: Tree = json_tree.tree(self.value)
        return Cursor(tree)


def pointer(place: Way) -> str:
    """A place as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in place)
