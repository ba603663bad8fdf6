"""What all records together say of one package, as the store keeps it: read in one piece, and nearly always in simple words.

An inventory of 100,000 packages meets as many records, and nearly all of those say one thing: from here to there. Such a
record is kept as a `Span`; whatever says more (several ranges, channels, modules, other records of the same vulnerability,
evidence) is kept as the group of claims it is.
"""

from collections.abc import Iterable

import msgspec

from ringfence.advisories.claims import Claim
from ringfence.advisories.merge import related
from ringfence.advisories.names import MODULAR
from ringfence.model.advisory import AffectedVersions, Authority, FixState
from ringfence.model.finding import Severity


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The only record of a vulnerability, with one range: from `introduced` up to `fixed` or through `last_affected`.

    `number` is the record's place in the store; the rest is what `AffectedVersions` has.
    """

    number: int
    id: str
    feed: str
    introduced: str
    fixed: str
    last_affected: str
    state: FixState = FixState.AFFECTED
    severity: Severity = Severity.UNKNOWN
    note: str = ""


class Bearing(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All records about one package: those in simple words, and the others in groups about one vulnerability each."""

    spans: tuple[Span, ...] = ()
    groups: tuple[tuple[Claim, ...], ...] = ()


_SAID = frozenset({FixState.NOT_AFFECTED, FixState.MENTIONED})


def bearing(claims: Iterable[Claim]) -> Bearing:
    """The claims about one package, withdrawn ones left out."""
    spans: list[Span] = []
    groups: list[tuple[Claim, ...]] = []
    live = [claim for claim in claims if not claim.withdrawn]
    for group in related(live) if live else ():
        claim = group[0]
        if len(group) == 1 and claim.authority is not Authority.EVIDENCE and len(claim.entries) == 1:
            entry = claim.entries[0]
            if _is_simple(entry):
                spans.append(_span(claim, entry))
                continue
        groups.append(group)
    return Bearing(tuple(spans), tuple(groups))


def _is_simple(entry: AffectedVersions) -> bool:
    return (
        len(entry.ranges) == 1
        and not entry.versions
        and not entry.channel
        and not entry.module
        and entry.state not in _SAID
        and MODULAR not in entry.ranges[0].fixed
    )


def _span(claim: Claim, entry: AffectedVersions) -> Span:
    only = entry.ranges[0]
    return Span(
        claim.number,
        claim.id,
        claim.feed,
        only.introduced,
        only.fixed,
        only.last_affected,
        entry.state,
        entry.severity,
        entry.note,
    )
