"""Several records of one vulnerability (CVE, GHSA, PYSEC, GO) made one: told by their ids and aliases."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from ringfence.formats import cvss
from ringfence.model.advisory import Advisory
from ringfence.model.finding import Severity

_PREFERENCE = ("CVE-", "GHSA-")
"""Which id a vulnerability is shown under: the one most people search for."""


class Named(Protocol):
    """Anything with an id and aliases."""

    @property
    def id(self) -> str:
        """Its own id."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Its other ids."""


N = TypeVar("N", bound=Named)


def related(records: Sequence[N]) -> tuple[tuple[N, ...], ...]:
    """The records in groups that are about one vulnerability each.

    Two belong together if an id or alias of one is an id or alias of the other, over any number of steps.
    """
    if len(records) == 1:
        return ((records[0],),)
    groups: dict[int, list[N]] = {}
    owner: dict[str, int] = {}
    for number, record in enumerate(records):
        names = (record.id, *record.aliases)
        met = sorted({owner[name] for name in names if name in owner})
        members = [item for other in met for item in groups.pop(other)]
        groups[number] = [*members, record]
        for item in groups[number] if met else (record,):
            owner.update(dict.fromkeys((item.id, *item.aliases), number))
    return tuple(tuple(members) for members in groups.values())


def shown_id(names: Sequence[str]) -> str:
    """The id a vulnerability is shown under: its CVE if it has one, then its GHSA, else its own."""
    for prefix in _PREFERENCE:
        lowest = ""
        for name in names:  # no generator: a match calls this
            if name.startswith(prefix) and (not lowest or name < lowest):
                lowest = name
        if lowest:
            return lowest
    return names[0]


def merged(members: Sequence[Advisory]) -> Advisory:
    """Records of one vulnerability as one: under its CVE's id, the other ids as aliases, the worst severity told."""
    names = list(dict.fromkeys(name for record in members for name in (record.id, *record.aliases)))
    shown = shown_id(names)
    if len(members) == 1:
        only = members[0]
        others = tuple(name for name in names if name != shown)
        return only if shown == only.id else msgspec.structs.replace(only, id=shown, aliases=others)
    # What a record with a severity says is worth more than the silence of another; of several the worst counts.
    worst = min(
        members, key=lambda record: (record.severity == Severity.UNKNOWN, record.severity.rank, -_score(record.cvss))
    )
    return msgspec.structs.replace(
        worst,
        id=shown,
        aliases=tuple(name for name in names if name != shown),
        modified=max(record.modified for record in members),
        summary=next((record.summary for record in members if record.summary), ""),
        details=max((record.details for record in members), key=len),
        affected=tuple(dict.fromkeys(item for record in members for item in record.affected)),
        references=tuple(dict.fromkeys(url for record in members for url in record.references)),
    )


def _score(vector: str) -> float:
    return cvss.base_score(vector) if vector else 0.0
