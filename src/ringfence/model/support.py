"""How long a release, or one package of it, gets security fixes."""

from ringfence.model.fact import Fact


class SupportEnd(Fact):
    """The last day of free security fixes for a release. `distribution` is os-release's ID, `cycle` its release line.

    For Debian that is the end of long-term support; `note` says what ended before. `source` names the publication.
    Other products (`kubernetes`) have endoflife.date's names in place of an ID.
    """

    distribution: str
    cycle: str
    end_of_life: str
    source: str = ""
    note: str = ""
    modified: str = ""

    @property
    def id(self) -> str:
        """`debian:12`."""
        return f"{self.distribution}:{self.cycle}"


class PackageSupport(Fact):
    """A source package that its distribution gives no, or only limited, security support in a release.

    `pattern` is a regular expression for names of sources, as Debian writes it (`php-horde.*`). `ended` is a day, `through`
    the last version with support; both are empty where support is `limited`: then `why` says to what.
    """

    ecosystem: str
    pattern: str
    why: str = ""
    through: str = ""
    ended: str = ""
    limited: bool = False
    modified: str = ""

    @property
    def id(self) -> str:
        """`Debian:12/wpewebkit`."""
        return f"{self.ecosystem}/{self.pattern}"
