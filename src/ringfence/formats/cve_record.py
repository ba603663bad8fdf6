"""CVE records, JSON 5.0 and 5.1: one vulnerability as a numbering authority publishes it, with what CISA adds.

Source: CVEProject/cve-schema, CVE_Record_Format. Only the fields that are used here.
"""

from typing import Any

import msgspec

from ringfence.errors import LimitExceeded, Malformed

MAX_RECORD_BYTES = 16 * 1024 * 1024
"""Bytes of one record; the largest of the kernel's are some 100 KB."""
MAX_AFFECTED = 20_000
"""Entries of `affected` in one record."""
MAX_VERSIONS = 100_000
"""Entries of `versions` in one `affected`."""


class CveVersion(msgspec.Struct, frozen=True, rename="camel"):
    """A version or a range of versions with a status (`affected`, `unaffected`, `unknown`)."""

    version: str = ""
    status: str = ""
    less_than: str = ""
    less_than_or_equal: str = ""
    version_type: str = ""


class CveAffected(msgspec.Struct, frozen=True, rename="camel"):
    """One product."""

    vendor: str = ""
    product: str = ""
    default_status: str = "unknown"
    versions: tuple[CveVersion, ...] = ()
    program_files: tuple[str, ...] = ()


class CveText(msgspec.Struct, frozen=True):
    """A text in one language."""

    lang: str = ""
    value: str = ""


class CveReference(msgspec.Struct, frozen=True):
    """A link."""

    url: str = ""


class CveOther(msgspec.Struct, frozen=True):
    """A metric that is none of CVSS; `content` is shaped by its `type` (`ssvc`)."""

    type: str = ""
    content: Any = None


class CveVector(msgspec.Struct, frozen=True, rename="camel"):
    """A CVSS block: the vector is enough."""

    vector_string: str = ""


class CveMetric(msgspec.Struct, frozen=True):
    """One metric: a CVSS vector of some version, or something else."""

    cvss4: CveVector | None = msgspec.field(default=None, name="cvssV4_0")
    cvss31: CveVector | None = msgspec.field(default=None, name="cvssV3_1")
    cvss30: CveVector | None = msgspec.field(default=None, name="cvssV3_0")
    cvss2: CveVector | None = msgspec.field(default=None, name="cvssV2_0")
    other: CveOther | None = None


class CveContainer(msgspec.Struct, frozen=True, rename="camel"):
    """What one party says: the numbering authority (`cna`), or somebody authorised to add to it (`adp`)."""

    title: str = ""
    descriptions: tuple[CveText, ...] = ()
    affected: tuple[CveAffected, ...] = ()
    references: tuple[CveReference, ...] = ()
    metrics: tuple[CveMetric, ...] = ()
    rejected_reasons: tuple[CveText, ...] = ()


class CveMetadata(msgspec.Struct, frozen=True, rename="camel"):
    """`state` is `PUBLISHED` or `REJECTED`; the dates are RFC 3339."""

    cve_id: str
    state: str = ""
    date_published: str = ""
    date_updated: str = ""


class CveContainers(msgspec.Struct, frozen=True):
    """The parties."""

    cna: CveContainer
    adp: tuple[CveContainer, ...] = ()


class CveRecord(msgspec.Struct, frozen=True, rename="camel"):
    """A record."""

    cve_metadata: CveMetadata
    containers: CveContainers


_decoder = msgspec.json.Decoder(CveRecord)


def parse(data: bytes) -> CveRecord:
    """The record in `data`. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_RECORD_BYTES:
        raise LimitExceeded("bytes of one CVE record", MAX_RECORD_BYTES)
    try:
        record = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("CVE record", str(cause)) from cause
    if not record.cve_metadata.cve_id.startswith("CVE-"):
        raise Malformed("CVE record", f"its id is {record.cve_metadata.cve_id[:40]!r}")
    affected = record.containers.cna.affected
    if len(affected) > MAX_AFFECTED or any(len(item.versions) > MAX_VERSIONS for item in affected):
        raise LimitExceeded("affected entries of one CVE record", MAX_AFFECTED, where=record.cve_metadata.cve_id)
    return record
