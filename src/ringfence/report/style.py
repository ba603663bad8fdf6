"""How a report is to be shown. The command line fills it; formats for programs look at nothing of it."""

from ringfence.model.fact import Fact

NARROWEST = 60
"""Columns below which a table is no longer one; a narrower terminal wraps the lines itself."""


class Style(Fact):
    """What the reader wants and what the terminal can do.

    `width` is in columns. `details` adds evidence, remedies, references and places. `unicode` False keeps to ASCII.
    `as_given` keeps the findings in the report's order (`--sort`) instead of by severity.
    `reissued` is the text of the VEX document that this one takes the place of (`--reissue`).
    `show_suppressed` lists the findings that exceptions cover, each with its reason.
    """

    width: int = 80
    colour: bool = False
    details: bool = False
    unicode: bool = True
    show_suppressed: bool = False
    as_given: bool = False
    reissued: str = ""

    @property
    def columns(self) -> int:
        """The width a table is laid out for."""
        return max(self.width, NARROWEST)
