"""Amazon Linux: the security updates (ALAS) that its repositories name.

Layout: a `mirror.list` for each release names the folder of the current repository, whose `repodata/repomd.xml` names the
updateinfo file with its digest. Source: docs.aws.amazon.com/linux, "Repositories"; createrepo_c.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.oval_records import SEVERITIES
from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import updateinfo
from ringfence.formats.updateinfo import Update
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity

FEED = Feed(
    slug="amazon-updateinfo",
    url="https://cdn.amazonlinux.com",
    licence="Amazon's terms; fetched by the user, never bundled",
    authority=2,
)

ECOSYSTEM = "Amazon Linux"
LISTS = {
    "2": "2/core/latest/x86_64/mirror.list",
    "2023": "al2023/core/mirrors/latest/x86_64/mirror.list",
}
"""Where each release says which folder its repository is in."""
MAX_LIST_BYTES = 64 * 1024
"""Bytes of a mirror.list; it is one line."""


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Amazon Linux."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """The updates of every release. Raises `Unavailable`, `Malformed`, `UnreadableInput`, `LimitExceeded`."""
    if bucket.single:
        return Delivery(ecosystem, True, _records(bucket.open_single(), bucket.ref, ""))
    found = [(release, path, file) for release, (path, file) in _files(bucket)]
    if not found:
        return None
    return Delivery(ecosystem, True, (pair for release, path, file in found for pair in _records(file, path, release)))


def _files(bucket: Bucket) -> Iterator[tuple[str, tuple[str, IO[bytes]]]]:
    for release, path in LISTS.items():
        folder = _folder(bucket, path)
        opened = bucket.open(f"{folder}/repodata/repomd.xml") if folder else None
        if opened is None:
            continue
        with opened:
            named = updateinfo.index(unpacked(opened, bucket.ref)).get("updateinfo")
        inside = f"{folder}/{named.path}" if named else ""
        file = bucket.open(inside) if named else None
        if named is None or file is None:
            raise Malformed(
                "rpm repository", "its index names no updateinfo file that is there", where=f"{bucket.ref}/{folder}"
            )
        _check(file, named.digest, inside)
        yield release, (inside, file)


def _folder(bucket: Bucket, path: str) -> str:
    """The folder that a mirror.list names, as a path in the bucket; empty if the list is not there."""
    opened = bucket.open(path, MAX_LIST_BYTES)
    if opened is None:
        return ""
    with opened:
        line = opened.read().decode("utf-8", "replace").strip().partition("\n")[0].strip()
    # A whole address of the publisher's; a mirror has the same tree under its own.
    folder = line.removeprefix(FEED.url).removeprefix(bucket.ref).strip("/")
    if not folder or "://" in folder or ".." in folder.split("/"):
        raise Malformed("mirror list", f"it names {line[:100]!r}, which is not in {FEED.url}", where=f"{bucket.ref}/{path}")
    return folder


def _check(file: IO[bytes], digest: str, where: str) -> None:
    if digest:
        running = hashlib.sha256()
        while piece := file.read(1 << 20):
            running.update(piece)
        file.seek(0)
        seen = f"sha256:{running.hexdigest()}"
        if seen != digest:
            file.close()
            raise UnreadableInput(f"has the digest {seen}, and its index says {digest}", where=where, mend="fetch it again")


def _records(file: IO[bytes], where: str, release: str) -> Iterator[tuple[Advisory, str]]:
    with file:
        made = advisories(updateinfo.parse(unpacked(file, where)), release)
    yield from ((item, item.modified) for item in made)


def advisories(updates: Iterable[Update], release: str) -> tuple[Advisory, ...]:
    """A record for each CVE of a release, with every package that an update mended it in; without `release` the ids tell it.

    An update without a CVE is a record under its own id.
    """
    kept: dict[str, Advisory] = {}
    for item in updates:
        for name in (item.cves or (item.id,)) if item.kind == "security" and item.packages else ():
            where = release or _release(item.id)
            # A CVE has a record for each release, so its id carries the release.
            key = f"{name}:amzn{where}" if item.cves else name
            kept[key] = _with(kept.get(key), item, key, name, where)
    return tuple(kept.values())


def _release(id_: str) -> str:
    """The release an id tells: `ALAS2023-2023-126`, `ALAS2-2024-1`."""
    head = id_.removeprefix("ALAS").partition("-")[0]
    return head if head in LISTS else "2"


def _with(before: Advisory | None, item: Update, id_: str, name: str, release: str) -> Advisory:
    severity = SEVERITIES.get(item.severity.lower(), Severity.UNKNOWN)
    affected = (
        AffectedVersions(
            ecosystem=f"{ECOSYSTEM}:{release}",
            name=package.name,
            ranges=(VersionRange(fixed=package.version),),
            note=item.id,
            severity=severity,
        )
        for package in item.packages
    )
    modified = (item.updated or item.issued).replace(" ", "T")
    return Advisory(
        id=id_,
        modified=max(modified, before.modified if before else ""),
        summary=before.summary if before else item.title,
        aliases=(name,) if name != id_ else (),
        severity=severity,
        affected=tuple(dict.fromkeys((*(before.affected if before else ()), *affected))),
        references=(f"https://explore.alas.aws.amazon.com/{name}.html",) if name != id_ else (),
    )
