"""OSV: the public bucket of osv.dev, or a copy of it.

Layout of the bucket: `<ecosystem>/all.zip` with a JSON record per entry, `<ecosystem>/<id>.json`, and
`<ecosystem>/modified_id.csv`, a line `modified,id` per record. Source: google.github.io/osv.dev/data.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import IO

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.names import channel_of, family
from ringfence.errors import LimitExceeded, Malformed, RingfenceError
from ringfence.formats import cvss, osv
from ringfence.formats.osv import OsvAffected, OsvRange, OsvRecord, OsvScore
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity

FEED = Feed(
    slug="osv",
    url="https://storage.googleapis.com/osv-vulnerabilities",
    licence="by source: CC-BY-4.0 (GitHub, PyPA, Go), CC0-1.0 (RustSec), others at google.github.io/osv.dev/data",
    usual=True,
)

MAX_RECORDS = 3_000_000
"""Entries of one zip; all of OSV is below a million."""
MAX_UNPACKED_BYTES = 32 * 1024**3
"""Bytes that one zip may unpack to, in all; all of OSV is a few GB."""
MAX_LISTING_BYTES = 512 * 1024**2
"""Bytes of one modified_id.csv; npm's is about 10 MB."""
MAX_SINGLE_FETCHES = 300
"""Changed records fetched one by one; above, the zip is quicker."""

_TAR_MARK = 257
_PACKED = (b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd")
"""How gzip, xz, bzip2 and zstd begin: an archive of a database's own repository."""

_WORDS = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}
"""`database_specific.severity` as GitHub's database writes it."""
_SCORES = ("CVSS_V3", "CVSS_V4", "CVSS_V2")
"""Which vector decides where there are several: 3.x, which most databases fill with care; 2.0 is coarse."""


def ecosystems(bucket: Bucket) -> tuple[str, ...] | None:
    """The ecosystems in a single zip or a folder, sorted; None for a bucket behind the network. Raises as `deliver`."""
    if not bucket.single:
        folders = bucket.folders()
        return None if folders is None else tuple(name for name in folders if bucket.has(f"{name}/all.zip"))
    with bucket.open_single() as file:
        records = _records(file, bucket.ref, lambda _id, _why: None)
        return tuple(sorted({family(item.ecosystem) for record in records for item in record.affected}))


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:
    """All records of an ecosystem, or where few changed since `known`, those; None if the bucket has none of it.

    Raises `Unavailable`, `Malformed`, `LimitExceeded`.
    """
    if bucket.single:
        everything = _stamped(bucket.open_single(), bucket.ref, {}, report)
        mine = (pair for pair in everything if any(family(item.ecosystem) == ecosystem for item in pair[0].affected))
        return Delivery(ecosystem, True, mine)
    folder = ecosystem
    listing = _listing(bucket, folder)
    if listing and known:
        changed = [id_ for id_, stamp in listing.items() if known.get(id_) != stamp]
        gone = tuple(id_ for id_ in known if id_ not in listing)
        if not changed or (bucket.remote and len(changed) <= MAX_SINGLE_FETCHES):
            return Delivery(ecosystem, False, _one_by_one(bucket, folder, changed, listing, report), gone)
    file = bucket.open(f"{folder}/all.zip")
    if file is None:
        return None
    return Delivery(ecosystem, True, _stamped(file, f"{bucket.ref}/{folder}/all.zip", listing, report))


def _stamped(
    file: IO[bytes], where: str, listing: Mapping[str, str], report: Callable[[str, str], None]
) -> Iterator[tuple[Advisory, str]]:
    with file:
        for advisory in _records(file, where, report):
            yield advisory, listing.get(advisory.id, advisory.modified)


def _one_by_one(
    bucket: Bucket, folder: str, ids: list[str], listing: Mapping[str, str], report: Callable[[str, str], None]
) -> Iterator[tuple[Advisory, str]]:
    for id_ in ids:
        file = bucket.open(f"{folder}/{id_}.json", osv.MAX_RECORD_BYTES)
        if file is None:
            report(id_, "is listed as changed, but not there")
            continue
        with file:
            data = file.read()
        try:
            yield advisory_of(osv.parse(data)), listing[id_]
        except RingfenceError as cause:
            report(id_, cause.wrong)


def _listing(bucket: Bucket, folder: str) -> dict[str, str]:
    path = f"{folder}/modified_id.csv"
    file = bucket.open(path, MAX_LISTING_BYTES)
    if file is None:
        return {}
    found: dict[str, str] = {}
    with file:
        for line in file:
            stamp, comma, id_ = line.decode("utf-8", "replace").strip().partition(",")
            if not comma or not id_ or len(found) >= MAX_RECORDS:
                raise Malformed("OSV listing", f"line {len(found) + 1} is not 'modified,id'", where=f"{bucket.ref}/{path}")
            found[id_.rpartition("/")[2]] = stamp
    return found


def _records(file: IO[bytes], where: str, report: Callable[[str, str], None]) -> Iterator[Advisory]:
    """Every record of a zip, or of a tar. One that cannot be read is reported; a zip that lies about itself raises."""
    head = file.read(_TAR_MARK + 5)
    file.seek(0)
    if not head.startswith((b"PK", b"<")) and (head.startswith(_PACKED) or head[_TAR_MARK:] == b"ustar"):
        for name, data in documents(file, where):
            try:
                yield advisory_of(osv.parse(data))
            except RingfenceError as cause:
                report(name, cause.wrong)
        return
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_RECORDS:
                raise LimitExceeded("records of one zip", MAX_RECORDS, where=where)
            unpacked = 0
            for entry in entries:
                if not _is_record(entry, where):
                    continue
                with archive.open(entry) as opened:  # nothing is written to disk, whatever the entry is called
                    data = opened.read(osv.MAX_RECORD_BYTES + 1)
                unpacked += len(data)
                if unpacked > MAX_UNPACKED_BYTES:
                    raise LimitExceeded("unpacked bytes of one zip", MAX_UNPACKED_BYTES, where=where)
                try:
                    yield advisory_of(osv.parse(data))
                except RingfenceError as cause:
                    report(entry.filename.removesuffix(".json"), cause.wrong)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as cause:
        # RuntimeError is zipfile's word for an encrypted entry, NotImplementedError for a compression it lacks.
        raise Malformed("OSV zip", str(cause) or "it ends early", where=where, mend="fetch it again") from cause


def _is_record(entry: zipfile.ZipInfo, where: str) -> bool:
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith("/") or ".." in parts:
        raise Malformed("OSV zip", f"an entry is called {entry.filename[:100]!r}", where=where)
    return entry.filename.endswith(".json") and not entry.is_dir()


def advisory_of(record: OsvRecord) -> Advisory:
    """What matching and reporting need of a record."""
    vector = _vector(record)
    aliases = list(record.aliases or ())
    if record.upstream and len(record.upstream) == 1:
        # A distribution's record of one CVE; with several it is a bundle, and its members are not the same thing.
        aliases.append(record.upstream[0])
    return Advisory(
        id=record.id,
        modified=record.modified,
        summary=record.summary or "",
        details=record.details or "",
        aliases=tuple(dict.fromkeys(name for name in aliases if name != record.id)),
        severity=_severity(record, vector),
        cvss=vector,
        affected=tuple(_affected(item) for item in record.affected or () if item.package and item.package.name),
        references=tuple(dict.fromkeys(item.url for item in record.references or () if item.url)),
        withdrawn=record.withdrawn or "",
    )


def _vector(record: OsvRecord) -> str:
    scores: list[OsvScore] = list(record.severity or ())
    for item in record.affected or ():
        scores.extend(item.severity or ())
    for kind in _SCORES:
        for score in scores:
            if score.type == kind and _is_vector(score.score):
                return score.score
    return ""


def _is_vector(text: str) -> bool:
    try:
        cvss.base_score(text)
    except Malformed:
        return False
    return True


def _severity(record: OsvRecord, vector: str) -> Severity:
    if record.id.startswith("MAL-"):
        return Severity.CRITICAL  # the package itself is the attack (openssf malicious-packages)
    if vector:
        return cvss.severity(vector)
    word = record.database_specific.severity if record.database_specific else None
    return _WORDS.get(word.upper(), Severity.UNKNOWN) if isinstance(word, str) else Severity.UNKNOWN


def _affected(item: OsvAffected) -> AffectedVersions:
    assert item.package is not None  # noqa: S101 - the caller has looked
    return AffectedVersions(
        ecosystem=item.package.ecosystem,
        name=item.package.name,
        ranges=tuple(found for range_ in item.ranges or () if range_.type != "GIT" for found in _ranges(range_)),
        versions=tuple(item.versions or ()),
        channel=channel_of(item.package.ecosystem),
        symbols=tuple(_symbols(item)),
    )


def _symbols(item: OsvAffected) -> Iterator[str]:
    """`net/http.Server.Serve`; a package alone where all of it has the fault. Source: go.dev/doc/security/vuln/database.

    What is a fault on other systems only has their names behind it, so that it is no function of a program for Linux.
    """
    yield from item.functions()
    for package in item.imports():
        elsewhere = f" ({', '.join(package.goos)} only)" if package.goos and "linux" not in package.goos else ""
        yield from (f"{package.path}.{name}{elsewhere}" for name in package.symbols or ())
        if not package.symbols:
            yield package.path + elsewhere


def _ranges(range_: OsvRange) -> Iterator[VersionRange]:
    """A range per `introduced`, with the end that follows it.

    Two ends after one `introduced` give two ranges of that beginning; the matcher lets the lower end count, as OSV's
    evaluation does. An `introduced` that another follows stays open: where a record contradicts itself, more is affected.
    """
    start, open_ = "", False
    for event in range_.events or ():
        if event.introduced is not None:
            if open_:
                yield VersionRange(introduced=start)
            start, open_ = event.introduced, True
        elif event.fixed is not None:
            yield VersionRange(introduced=start or "0", fixed=event.fixed)
            open_ = False
        elif event.last_affected is not None:
            yield VersionRange(introduced=start or "0", last_affected=event.last_affected)
            open_ = False
    if open_:
        yield VersionRange(introduced=start)
