"""How a command says what it is: a constant `COMMAND` of literals, beside `arguments(parser)` and `run(options) -> int`.

Not in `model.declare` with the other declarations: commands must load without msgspec, for `ringfence checks` to start fast.
"""

from typing import NamedTuple


class Command(NamedTuple):
    """A word of the command line. `order` sorts the help; the help line is the first line of the module's docstring."""

    slug: str
    order: int
