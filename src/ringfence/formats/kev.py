"""CISA's catalogue of known exploited vulnerabilities. Source: cisa.gov/known-exploited-vulnerabilities-catalog."""

import msgspec

from ringfence.errors import Malformed


class KevEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One listed CVE; `known_ransomware_campaign_use` is `Known` or `Unknown`."""

    cve_id: str = msgspec.field(name="cveID")
    date_added: str = ""
    known_ransomware_campaign_use: str = ""


class KevCatalogue(msgspec.Struct, frozen=True, rename="camel"):
    """The whole list; `count` is how many entries its publisher says there are."""

    vulnerabilities: tuple[KevEntry, ...]
    count: int = -1
    catalog_version: str = ""


def parse(data: bytes) -> KevCatalogue:
    """The catalogue. Raises `Malformed`, also if it holds another number of entries than it says."""
    try:
        found = msgspec.json.decode(data, type=KevCatalogue)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("KEV catalogue", str(cause)) from cause
    if found.count not in (-1, len(found.vulnerabilities)):
        raise Malformed("KEV catalogue", f"it says {found.count} entries and has {len(found.vulnerabilities)}")
    return found
