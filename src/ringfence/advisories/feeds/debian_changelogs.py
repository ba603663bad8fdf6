"""Debian changelogs as evidence: a source package's entry that names a CVE mended it in that version.

They decide nothing against the tracker; they overrule a match that comes from others' ranges, and so see the fixes that a
distribution carries back under an old number. Layout: an archive of changelogs, one a source package. There is no public
bulk file: take them from the packages you mirror. Source: deb-changelog(5); metadata.ftp-master.debian.org/changelogs.
"""

from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.feeds.debian_tracker import CODENAMES
from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import debian_changelog
from ringfence.formats.debian_changelog import Mention
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.advisory import Advisory, AffectedVersions, FixState, VersionRange
from ringfence.model.declare import Feed
from ringfence.versions import dpkg

FEED = Feed(
    slug="debian-changelogs",
    url="https://metadata.ftp-master.debian.org/changelogs",
    licence="each package's own",
    authority=0,
)

FILE = "changelogs.tar.zst"
ECOSYSTEM = "Debian"


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Debian."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All mentions, a record for each CVE of each source. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    if file is None:
        return None
    return Delivery(ecosystem, True, _records(documents(file, bucket.ref, ".changelog"), report))


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        first: dict[tuple[str, str], Mention] = {}
        try:
            for mention in debian_changelog.parse(data):
                about = (mention.source, mention.cve)
                if about not in first or _is_before(mention.version, first[about].version):
                    first[about] = mention
        except RingfenceError as cause:
            report(name, cause.wrong)
        yield from ((_advisory(item), "") for item in first.values())


def _is_before(version: str, other: str) -> bool:
    try:
        return dpkg.key(version) < dpkg.key(other)
    except Malformed:
        return False


def _advisory(item: Mention) -> Advisory:
    # An entry holds for every release: the version that has it is told by its number alone.
    releases = (f"{ECOSYSTEM}:{number}" for number in CODENAMES.values())
    return Advisory(
        id=f"{item.source}:{item.cve}",
        modified="",
        aliases=(item.cve,),
        summary=f"Debian's changelog of {item.source}",
        affected=tuple(
            AffectedVersions(
                ecosystem=release,
                name=item.source,
                ranges=(VersionRange(fixed=item.version),),
                state=FixState.MENTIONED,
            )
            for release in releases
        ),
    )
