"""An advisory as it bears on one package, made ready to be asked about many versions.

The values are structs without garbage collection: an inventory makes some 100,000 of them, and none is in a cycle.

Source of the rules: OSV schema, "Evaluation" (a version is affected if it is listed, or lies in a range).
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ringfence.advisories.claims import Claim
from ringfence.errors import Malformed
from ringfence.model.advisory import AffectedVersions, Authority, FixState, VersionRange

VersionKey = Callable[[str], Any]
"""The `key` of a version scheme: values of one scheme are totally ordered. Raises `Malformed`."""

BEGINNING = "0"
"""OSV's word for "before every version", in every scheme."""

_NONE: frozenset[str] = frozenset()
_SILENT = frozenset({FixState.NOT_AFFECTED, FixState.MENTIONED})
"""States of entries that affect no version, whatever their ranges say."""


class Range(msgspec.Struct, frozen=True, gc=False):
    """A range with its bounds as keys; None is the beginning, or no end."""

    start: Any
    end: Any
    inclusive: bool
    fixed: str

    def has(self, version: Any) -> bool:  # noqa: ANN401 - a scheme's own key
        """Whether a version, as a key, lies in it."""
        if self.start is not None and version < self.start:
            return False
        return self.end is None or version < self.end or (self.inclusive and version == self.end)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One entry of a record about this package: where its versions lie, and what the publisher says of it."""

    said: AffectedVersions
    ranges: tuple[Range, ...]
    listed: frozenset[str]
    listed_keys: tuple[Any, ...]

    def has(self, written: str, version: Any) -> bool:  # noqa: ANN401 - as above
        """Whether a version, as written and as a key, is one of its."""
        for range_ in self.ranges:  # no generator: this is the innermost loop of all
            if range_.has(version):
                return True
        return written in self.listed or version in self.listed_keys


class Record(msgspec.Struct, frozen=True, gc=False):
    """An advisory as it bears on one package. `broken` says why its ranges have no order, if they have none."""

    claim: Claim
    entries: tuple[Entry, ...]
    channels: tuple[Entry, ...] = ()
    broken: str = ""

    @property
    def authority(self) -> Authority:
        """Whose word it is."""
        return self.claim.authority

    def hit(self, written: str, version: Any) -> Entry | None:  # noqa: ANN401 - as above
        """The entry that calls a version affected, if any does.

        A fix in a subscription's channel mends whoever has that package installed, though the free channel has none.
        """
        found = next((entry for entry in self.entries if entry.has(written, version)), None)
        if not self.channels:
            return found
        theirs = next((entry for entry in self.channels if entry.has(written, version)), None)
        return (found or theirs) if theirs and (found or not self.entries) else None

    def listed(self, written: str) -> bool:
        """Whether a version is affected because it is listed, which needs no order."""
        return any(written in entry.listed for entry in (*self.entries, *self.channels))


def record(claim: Claim, mine: Iterable[AffectedVersions], key: VersionKey) -> Record:
    """An advisory ready to be asked; `mine` are its entries about the package. Total: what has no order is told in it."""
    entries: list[Entry] = []
    channels: list[Entry] = []
    broken = ""
    for item in mine:
        if item.state in _SILENT:
            if item.channel:  # a channel that is not affected mends whoever has it, as a fix would
                channels.append(Entry(item, (), frozenset(), ()))
            continue
        try:
            made = _entry(item, key)
        except Malformed as cause:
            broken = f"{claim.id} has a range that cannot be ordered: {cause.wrong}"
            made = Entry(item, (), frozenset(item.versions), ())
        (channels if item.channel else entries).append(made)
    return Record(claim, tuple(entries), tuple(channels), broken)


def _entry(item: AffectedVersions, key: VersionKey) -> Entry:
    ranges = tuple(_ranges(item.ranges, key))
    listed = frozenset(item.versions) if item.versions else _NONE
    if not listed:
        return Entry(item, ranges, listed, ())
    # Where ranges say it all, the list only repeats them; without any, other spellings of a listed version count too.
    keys = () if ranges else tuple(found for text in sorted(listed) if (found := _key_or_none(text, key)) is not None)
    return Entry(item, ranges, listed, keys)


def _range(item: VersionRange, key: VersionKey) -> Range:
    end = item.fixed or item.last_affected
    return Range(
        start=None if item.introduced == BEGINNING else key(item.introduced),
        end=key(end) if end else None,
        inclusive=not item.fixed,
        fixed=item.fixed,
    )


def _ranges(ranges: tuple[VersionRange, ...], key: VersionKey) -> Iterable[Range]:
    if len(ranges) == 1:
        return (_range(ranges[0], key),)
    lowest: dict[str, Range] = {}
    for item in ranges:
        made = _range(item, key)
        other = lowest.get(item.introduced)
        # Of several ends after one beginning the lowest counts.
        if other is None or other.end is None or (made.end is not None and made.end < other.end):
            lowest[item.introduced] = made
    return lowest.values()


def _key_or_none(version: str, key: VersionKey) -> Any:  # noqa: ANN401 - as above
    try:
        return key(version)
    except Malformed:
        return None


def mention(mine: Iterable[AffectedVersions], here: Any, base: Any, key: VersionKey) -> str:  # noqa: ANN401 - keys
    """The version, if it is not above `here`, in which evidence says that the fault was mended; else empty.

    `base` is what `here` was built from, if it is a rebuild for an older release (`590-2.1` of `590-2.1~deb12u2`): a fix
    that was uploaded to another release counts up to that, one of the rebuild's own line does not.
    """
    for item in mine:
        for range_ in item.ranges if item.state is FixState.MENTIONED else ():
            reached = here if "~deb" in range_.fixed else base
            if range_.fixed and (end := _key_or_none(range_.fixed, key)) is not None and not reached < end:
                return range_.fixed
    return ""
