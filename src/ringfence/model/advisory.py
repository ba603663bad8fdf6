"""An advisory about a package, whatever feed it came from. Shape: OSV schema 1.7, reduced to what matching needs."""

from ringfence.model.fact import Fact
from ringfence.model.finding import Severity


class VersionRange(Fact):
    """Versions from `introduced` ("0": the beginning) up to `fixed` (exclusive) or `last_affected` (inclusive)."""

    introduced: str = "0"
    fixed: str = ""
    last_affected: str = ""


class AffectedVersions(Fact):
    """A package in one ecosystem: the ranges and the single versions that are affected."""

    ecosystem: str
    name: str
    ranges: tuple[VersionRange, ...] = ()
    versions: tuple[str, ...] = ()


class Advisory(Fact):
    """One record. `modified` is RFC 3339; a withdrawn record has `withdrawn` set and never matches."""

    id: str
    modified: str
    summary: str = ""
    details: str = ""
    aliases: tuple[str, ...] = ()
    severity: Severity = Severity.UNKNOWN
    cvss: str = ""
    affected: tuple[AffectedVersions, ...] = ()
    references: tuple[str, ...] = ()
    withdrawn: str = ""
