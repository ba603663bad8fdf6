"""Two users share the ids of their containers.

A rootless container's ids come from a range that /etc/subuid gives its user. Where two users' ranges overlap, a process
that breaks out of one user's container owns files of the other's; where a range holds ids of real users, those of
theirs.

There is no good reason; it comes from ranges written by hand.
"""

from ringfence.layers.runtime.facts import SubordinateIds
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="subordinate-ids-overlap",
    severity="medium",
    kind="misconfiguration",
    remedy="Give each user a range of its own (`usermod --add-subuids FIRST-LAST USER`), from 100000 on.",
    references=("https://man7.org/linux/man-pages/man5/subuid.5.html",),
)

REAL = 60_000
"""Ids below belong to users of the system (login.defs(5) `UID_MAX`)."""


def check(ids: SubordinateIds) -> Outcome:
    """Ranges of different owners, in order, each against the one before; and ranges among real users."""
    match ids.ranges:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(ranges):
            at = Location(path=ids.path)
            low = [owner for owner, first, count in ranges if count and first < REAL]
            if low:
                return Broken(because=f"the range of {', '.join(low)} holds ids of users of the system", at=at)
            furthest = ("", 0)
            for owner, first, count in sorted((item for item in ranges if item[2]), key=lambda item: item[1]):
                if first < furthest[1] and owner != furthest[0]:
                    return Broken(because=f"the ranges of {furthest[0]} and {owner} overlap", at=at)
                furthest = max(furthest, (owner, first + count), key=lambda item: item[1])
            return Holds()
