"""Whether the functions that a Go advisory names are in the program at all.

Absence is evidence that the fault is not there: a function that is not linked in cannot be called. Presence is none that it
is called. Nothing is decided where the advisory names no functions, or the program's are not known.
"""

from ringfence.advisories.match import Match
from ringfence.formats import go_pclntab
from ringfence.model.finding import Suppression

MOST = 3
"""Functions named in a reason."""


def _named(found: Match) -> tuple[str, ...]:
    """The functions with the fault that the advisory names in this module; a package alone means all of it."""
    name = found.package.name
    held = (
        symbol for item in found.advisory.affected if item.ecosystem == "Go" and item.name == name for symbol in item.symbols
    )
    return tuple(dict.fromkeys(held))


def _present(found: Match) -> tuple[str, ...]:
    sums = go_pclntab.known(found.package.linked)
    return tuple(name for name in _named(found) if go_pclntab.among(name, sums))


def not_linked(found: Match) -> Suppression | None:
    """That none of the functions with the fault is in the program; None where one is, or it cannot be told."""
    named = _named(found)
    if not found.package.linked or not named or _present(found):
        return None
    which = ", ".join(named[:MOST]) + (f" and {len(named) - MOST} more" if len(named) > MOST else "")
    return Suppression(by="go-symbols", reason=f"the program has none of the functions with the fault: {which}")


def linked(found: Match) -> str:
    """A line of evidence about the functions; empty where the advisory names none."""
    if found.package.ecosystem != "Go" or not _named(found):
        return ""
    if not found.package.linked:
        return "which functions are linked into the program is not known"
    here = _present(found)
    if not here:
        return "none of the functions with the fault is linked into the program"
    return f"linked into the program: {', '.join(here[:MOST])}" + (
        f" and {len(here) - MOST} more" if len(here) > MOST else ""
    )
