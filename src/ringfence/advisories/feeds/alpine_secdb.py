"""Alpine's secdb: what was fixed in which version, for each release and its repositories.

It names fixes only: what nobody has fixed is silent here, so an Alpine package without a match is "no fix known that you
lack", not "clean". Layout: `<release>/<repository>.json`. Source: secdb.alpinelinux.org.
"""

from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import alpine_secdb
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents, unpacked
from ringfence.model.advisory import Advisory, AffectedVersions, FixState, VersionRange
from ringfence.model.declare import Feed

FEED = Feed(
    slug="alpine-secdb",
    url="https://secdb.alpinelinux.org",
    licence="none stated; facts, attributed to Alpine Linux",
    authority=2,
    usual=True,
)

ECOSYSTEM = "Alpine"
REPOSITORIES = ("main", "community")
OLDEST, BEYOND = 2, 60
"""Releases v3.OLDEST up to v3.BEYOND are asked for, until none is there any more."""
NEVER = "0"
"""The version that stands for "was never affected"."""


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Alpine."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All releases. Raises `Unavailable`, `Malformed` if none can be read, `LimitExceeded`."""
    entries: dict[str, list[AffectedVersions]] = {}
    read = 0
    if bucket.single:  # an archive of the databases: one of each release, as JSON or, until 2020, as YAML
        for name, data in documents(bucket.open_single(), bucket.ref, ""):
            if name.endswith((".json", ".yaml")):
                read += _take(name, data, entries, report)
        return Delivery(ecosystem, True, _records(entries)) if read else None
    for release in _releases(bucket):
        for repository in REPOSITORIES:
            read += _read(bucket, f"{release}/{repository}.json", entries, report)
    if not read:
        return None
    return Delivery(ecosystem, True, _records(entries))


def _releases(bucket: Bucket) -> Iterator[str]:
    yield "edge"
    folders = bucket.folders()
    if folders is not None:
        yield from (name for name in folders if name.startswith("v"))
        return
    seen = False
    for number in range(OLDEST, BEYOND):
        file = bucket.open(f"v3.{number}/main.json")
        if file is not None:
            file.close()
            seen = True
            yield f"v3.{number}"
        elif seen:
            return


def _read(bucket: Bucket, path: str, entries: dict[str, list[AffectedVersions]], report: Callable[[str, str], None]) -> int:
    file = bucket.open(path)
    if file is None:
        return 0
    with file:
        return _take(path, unpacked(file, path).whole(), entries, report)


def _take(path: str, data: bytes, entries: dict[str, list[AffectedVersions]], report: Callable[[str, str], None]) -> int:
    try:
        found = alpine_secdb.parse_yaml(data) if path.endswith(".yaml") else alpine_secdb.parse(data)
    except (Malformed, LimitExceeded) as cause:
        report(path, cause.wrong)
        return 0
    for entry in found.packages or ():
        for version, written in (entry.pkg.secfixes or {}).items():
            made = _entry(found.distroversion, entry.pkg.name, version)
            for text in written or ():
                for id_ in alpine_secdb.ids(text):
                    entries.setdefault(id_, []).append(made)
    return 1


def _entry(release: str, package: str, version: str) -> AffectedVersions:
    never = version == NEVER
    return AffectedVersions(
        ecosystem=f"{ECOSYSTEM}:{release}",
        name=package,
        ranges=() if never else (VersionRange(fixed=version),),
        state=FixState.NOT_AFFECTED if never else FixState.AFFECTED,
    )


def _records(entries: Mapping[str, list[AffectedVersions]]) -> Iterator[tuple[Advisory, str]]:
    for id_, held in entries.items():
        link = (f"https://security.alpinelinux.org/vuln/{id_}",)
        yield Advisory(id=id_, modified="", affected=tuple(dict.fromkeys(held)), references=link), ""
