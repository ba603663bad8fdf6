"""Kernel CVEs from the kernel's own numbering authority: version and commit ranges, and the files the fault is in.

Layout: one archive of the repository vulns.git, with `cve/published/<year>/<CVE>.json` in the CVE record format. A file with
a record a line is read as well. Source: docs.kernel.org/process/cve.html; git.kernel.org's snapshots.
"""

from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.errors import RingfenceError
from ringfence.formats import cve_record
from ringfence.formats.cve_record import CveAffected, CveRecord, CveVersion
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.declare import Feed
from ringfence.model.kernel_cve import CommitSpan, KernelCve, KernelSpan

FEED = Feed(
    slug="kernel-cna",
    url="https://git.kernel.org/pub/scm/linux/security/vulns.git/snapshot",
    licence="CVE terms of use (cve.org/legal/termsofuse)",
    usual=True,
)

ARCHIVE = "vulns-master.tar.gz"
"""The repository as one file, under the feed's address."""
SUBJECT = "Linux"
"""What this feed is about, in place of an ecosystem."""

_GIT = frozenset({"git"})


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """It has one subject only."""
    return (SUBJECT,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All records. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(ARCHIVE)
    if file is None:
        return None
    return Delivery(ecosystem, True, _records(documents(file, bucket.ref), report))


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[KernelCve, str]]:
    for name, data in found:
        try:
            record = cve_record.parse(data)
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        made = kernel_cve(record)
        yield made, made.modified


def kernel_cve(record: CveRecord) -> KernelCve:
    """What a record says of Linux. Entries of other products are left out."""
    about, said = record.cve_metadata, record.containers.cna
    linux = tuple(item for item in said.affected if item.product in ("Linux", ""))
    released = tuple(item for item in linux if not _is_git(item))
    return KernelCve(
        id=about.cve_id,
        modified=about.date_updated or about.date_published,
        title=said.title,
        description=_english(said.descriptions),
        default_affected=any(item.default_status == "affected" for item in released),
        spans=tuple(_span(version) for item in released for version in item.versions if version.version_type not in _GIT),
        commits=tuple(_commits(version) for item in linux for version in item.versions if version.version_type in _GIT),
        files=tuple(sorted({path for item in linux for path in item.program_files})),
        references=tuple(dict.fromkeys(item.url for item in said.references if item.url)),
        rejected=(_english(said.rejected_reasons) or "rejected") if about.state == "REJECTED" else "",
    )


def _english(texts: tuple[cve_record.CveText, ...]) -> str:
    return next((item.value for item in texts if item.lang.startswith("en")), "")


def _is_git(item: CveAffected) -> bool:
    return bool(item.versions) and all(version.version_type in _GIT for version in item.versions)


def _span(item: CveVersion) -> KernelSpan:
    return KernelSpan(
        affected=item.status == "affected", first=item.version, before=item.less_than, through=item.less_than_or_equal
    )


def _commits(item: CveVersion) -> CommitSpan:
    return CommitSpan(introduced=item.version, fixed=item.less_than)
