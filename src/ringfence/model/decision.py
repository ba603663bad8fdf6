"""Decisions by table: what an authority says is to be done, and every input that it was read from."""

from ringfence.model.fact import Fact


class DecisionTable(Fact):
    """A table of SSVC's kind. A row has a value for each of `inputs` and then the outcome; `outcomes` are in order, the
    least urgent first. `source` and `licence` are those of the publication. `gives` names the input of other tables that its
    outcome is, where it decides nothing by itself.
    """

    slug: str
    title: str
    version: str
    source: str
    licence: str
    inputs: tuple[str, ...]
    outcomes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    gives: str = ""

    def values(self, name: str) -> tuple[str, ...]:
        """The values that an input may have, as they come first in the rows."""
        place = self.inputs.index(name)
        return tuple(dict.fromkeys(row[place] for row in self.rows))


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
