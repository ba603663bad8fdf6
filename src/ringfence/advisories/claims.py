"""What one record says of one package: enough to decide on it, kept in the index so that records that miss are not read.

An inventory of 100,000 packages meets as many records, and nearly all of them miss.
"""

from collections.abc import Iterator

import msgspec

from ringfence.advisories.names import ecosystem_key, family, package_key
from ringfence.model.advisory import Advisory, AffectedVersions, Authority


class Claim(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The entries of one record about one package. `number` is the record's place in the store."""

    number: int
    id: str
    aliases: tuple[str, ...]
    feed: str
    authority: Authority
    entries: tuple[AffectedVersions, ...]
    withdrawn: bool = False


def claims(advisory: Advisory, number: int) -> Iterator[tuple[str, str, Claim]]:
    """The claims of a record, each with the ecosystem and the package it is about, as the store spells them."""
    by_package: dict[tuple[str, str], list[AffectedVersions]] = {}
    for item in advisory.affected:
        about = (ecosystem_key(item.ecosystem), package_key(family(item.ecosystem), item.name))
        by_package.setdefault(about, []).append(item)
    for (ecosystem, package), entries in by_package.items():
        yield (
            ecosystem,
            package,
            Claim(
                number=number,
                id=advisory.id,
                aliases=advisory.aliases,
                feed=advisory.feed,
                authority=advisory.authority,
                entries=tuple(entries),
                withdrawn=bool(advisory.withdrawn),
            ),
        )
