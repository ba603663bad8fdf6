"""Decisions by table: what an authority says is to be done, and every input that it was read from."""

from ringfence.model.fact import Fact


class DecisionTable(Fact):
    """A table of SSVC's kind. A row has a value for each of `inputs` and then the outcome; `outcomes` are in order, the
    least urgent first. `source` and `licence` are those of the publication.
    """

    slug: str
    title: str
    version: str
    source: str
    licence: str
    inputs: tuple[str, ...]
    outcomes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class DecisionInput(Fact):
    """One input: the values that it may have (one where it is known), and why."""

    name: str
    values: tuple[str, ...]
    because: str


class Decision(Fact):
    """What a table says: one outcome, or all that are possible while an input is not known, the least urgent first."""

    table: str
    title: str
    outcomes: tuple[str, ...]
    inputs: tuple[DecisionInput, ...]
