"""An advisory about a package, whatever feed it came from. Shape: OSV schema 1.7, reduced to what matching needs."""

from enum import IntEnum, StrEnum

from ringfence.model.fact import Fact
from ringfence.model.finding import Severity


class FixState(StrEnum):
    """What a publisher says of a package and a vulnerability, where it says more than a range of versions."""

    AFFECTED = "affected"
    FIXED = "fixed"
    PENDING = "pending"  # a fix is announced, but not yet in the archive
    NEEDS_SUBSCRIPTION = "needs_subscription"  # Ubuntu Pro, extended support
    DEFERRED = "deferred"
    WILL_NOT_FIX = "will_not_fix"
    END_OF_LIFE = "end_of_life"
    UNDER_INVESTIGATION = "under_investigation"
    NOT_AFFECTED = "not_affected"
    MENTIONED = "mentioned"  # evidence of a fix, such as a changelog's entry; affects nothing by itself


class Authority(IntEnum):
    """Whose word counts where two disagree about one package: the distribution's own before anybody's conversion of it."""

    EVIDENCE = 0
    DERIVED = 1
    PUBLISHER = 2


class VersionRange(Fact, gc=False):
    """Versions from `introduced` ("0": the beginning) up to `fixed` (exclusive) or `last_affected` (inclusive)."""

    introduced: str = "0"
    fixed: str = ""
    last_affected: str = ""


class AffectedVersions(Fact, gc=False):
    """A package in one ecosystem: the ranges and the single versions that are affected.

    `state` is what the publisher says of those, `note` its own word for it (`no-dsa`), `severity` its own for this package.
    `channel` names the subscription whose packages the entry is about (`Pro`), `module` an rpm module stream (`nodejs:18`).
    `symbols` are the functions the fault is in (`crypto/tls.Conn.Handshake`); empty where nobody says.
    """

    ecosystem: str
    name: str
    ranges: tuple[VersionRange, ...] = ()
    versions: tuple[str, ...] = ()
    state: FixState = FixState.AFFECTED
    note: str = ""
    severity: Severity = Severity.UNKNOWN
    channel: str = ""
    module: str = ""
    symbols: tuple[str, ...] = ()


class Advisory(Fact, gc=False):
    """One record. `modified` is RFC 3339; a withdrawn record has `withdrawn` set and never matches.

    `feed` is the slug of the feed it came from, `authority` that feed's.
    """

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
    feed: str = ""
    authority: Authority = Authority.DERIVED
