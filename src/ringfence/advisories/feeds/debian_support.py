"""Debian's packages whose security support has ended before their release's, or is limited.

Layout: `security-support-ended.debN` for each release, `security-support-limited` for all of them. Source: the package
debian-security-support; columns as told at the head of each file.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import SUPPORT, Delivery
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.declare import Feed
from ringfence.model.support import PackageSupport

FEED = Feed(
    slug="debian-support",
    url="https://salsa.debian.org/debian/debian-security-support/-/raw/master",
    licence="GPL-2.0-or-later (the package); facts",
    authority=2,
    usual=True,
)

RELEASES = ("9", "10", "11", "12", "13")
LIMITED = "security-support-limited"
ENDED = "security-support-ended.deb{}"

_RELEASE = re.compile(r"security-support-ended\.deb(\d+)")
_ENDED = re.compile(r"(\S+)\s+(\S+)\s+(\d{4}-\d{2}-\d{2})\s*(.*)")
_LIMITED = re.compile(r"(\S+)\s*(.*)")


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """It is about packages' support."""
    return (SUPPORT,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """Every list that is there. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    if bucket.single:
        seen = _RELEASE.search(bucket.ref)
        only = _lines(bucket, "") or ()
        return Delivery(ecosystem, True, ((item, "") for item in _entries(only, seen[1] if seen else "", report)))
    found = {release: lines for release in RELEASES if (lines := _lines(bucket, ENDED.format(release))) is not None}
    limited = _lines(bucket, LIMITED)
    if not found and limited is None:
        return None
    entries = [item for release, lines in found.items() for item in _entries(lines, release, report)]
    entries.extend(_entries(limited or (), "", report))
    return Delivery(ecosystem, True, ((item, "") for item in entries))


def _lines(bucket: Bucket, name: str) -> tuple[str, ...] | None:
    file = bucket.open_single() if bucket.single else bucket.open(name)
    if file is None:
        return None
    with file:
        text = unpacked(file, name).whole().decode("utf-8", "replace")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _entries(lines: tuple[str, ...], release: str, report: Callable[[str, str], None]) -> Iterator[PackageSupport]:
    """The entries of a list; one without a release holds for all of Debian."""
    for line in lines:
        seen = (_ENDED if release else _LIMITED).fullmatch(line)
        if seen is None or not _is_pattern(seen[1]):
            report(line[:60], "is not a package and when its support ended")
        elif release:
            yield PackageSupport(
                ecosystem=f"Debian:{release}", pattern=seen[1], through=seen[2], ended=seen[3], why=seen[4].strip()
            )
        else:
            yield PackageSupport(ecosystem="Debian", pattern=seen[1], why=seen[2].strip(), limited=True)


def _is_pattern(text: str) -> bool:
    # Names with `.*` only: anything richer could be made to run for ever.
    return re.fullmatch(r"[a-z0-9+.-]+(?:\.\*)?", text) is not None
