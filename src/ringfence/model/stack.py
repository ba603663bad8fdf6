"""The Stack: facts of all storeys as one document that can be saved, merged from many nodes, and judged anywhere."""

import msgspec

from ringfence.model.fact import Fact
from ringfence.model.finding import Problem, Storey

SCHEMA = "ringfence/stack/v1"


class Section(Fact):
    """The facts one source found in one target.

    `facts` is the JSON of the storey's own `Facts` type, kept raw so that this room need not know it: the engine decodes it.
    """

    storey: Storey
    source: str
    target: str
    facts: msgspec.Raw

    def __eq__(self, other: object) -> bool:
        """Equal if every part is, the raw facts byte for byte."""
        return isinstance(other, Section) and (self.storey, self.source, self.target, bytes(self.facts)) == (
            other.storey,
            other.source,
            other.target,
            bytes(other.facts),
        )

    def __hash__(self) -> int:
        """By every part."""
        return hash((self.storey, self.source, self.target, bytes(self.facts)))


class Stack(Fact):
    """Everything collected in one run. `made_by` is the program's version, `collected_at` RFC 3339 in UTC."""

    # `schema` must be written even though it has a default, so it has none here.
    schema: str
    made_by: str
    collected_at: str
    node: str
    sections: tuple[Section, ...] = ()
    problems: tuple[Problem, ...] = ()
