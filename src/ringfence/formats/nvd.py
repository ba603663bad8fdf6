"""CVE records as NIST's National Vulnerability Database gives them: CVSS, and the products as CPE names with version ranges.

Source: csrc.nist.gov/schema/nvd/api/2.0 (the API and the yearly files have one form); CPE 2.3 (NISTIR 7695), section 6.2.
"""

import re
from typing import TypeVar

import msgspec

from ringfence.errors import Malformed

_T = TypeVar("_T")

MAX_BYTES = 1024 * 1024 * 1024
"""Bytes of one year's file; 2024's is about 250 MB."""


class NvdMatch(msgspec.Struct, frozen=True, rename="camel"):
    """A product by its CPE name, with the versions meant."""

    criteria: str
    vulnerable: bool = False
    version_start_including: str = ""
    version_start_excluding: str = ""
    version_end_including: str = ""
    version_end_excluding: str = ""


class NvdNode(msgspec.Struct, frozen=True, rename="camel"):
    """Products of which any (or, negated, none) is meant."""

    negate: bool = False
    cpe_match: tuple[NvdMatch, ...] = ()


class NvdConfiguration(msgspec.Struct, frozen=True):
    """Nodes."""

    nodes: tuple[NvdNode, ...] = ()


class NvdText(msgspec.Struct, frozen=True):
    """A text in a language."""

    lang: str = ""
    value: str = ""


class NvdCvss(msgspec.Struct, frozen=True, rename="camel"):
    """A vector."""

    vector_string: str = ""


class NvdMetric(msgspec.Struct, frozen=True, rename="camel"):
    """A score: `type` is `Primary` for NIST's own."""

    type: str = ""
    cvss_data: NvdCvss = NvdCvss()


class NvdMetrics(msgspec.Struct, frozen=True):
    """Scores by CVSS's version."""

    v40: tuple[NvdMetric, ...] = msgspec.field(default=(), name="cvssMetricV40")
    v31: tuple[NvdMetric, ...] = msgspec.field(default=(), name="cvssMetricV31")
    v30: tuple[NvdMetric, ...] = msgspec.field(default=(), name="cvssMetricV30")
    v2: tuple[NvdMetric, ...] = msgspec.field(default=(), name="cvssMetricV2")


class NvdCve(msgspec.Struct, frozen=True, rename="camel"):
    """One CVE; `vuln_status` is `Rejected` for one that was taken back."""

    id: str = ""
    published: str = ""
    last_modified: str = ""
    vuln_status: str = ""
    descriptions: tuple[NvdText, ...] = ()
    metrics: NvdMetrics = NvdMetrics()
    configurations: tuple[NvdConfiguration, ...] = ()


class NvdEntry(msgspec.Struct, frozen=True):
    """A CVE within a page."""

    cve: NvdCve


class NvdPage(msgspec.Struct, frozen=True, rename="camel"):
    """A page of the API, or a year's file; its entries are read one by one, so that a broken one loses only itself."""

    vulnerabilities: tuple[msgspec.Raw, ...]
    total_results: int = -1


class NvdNote(msgspec.Struct, frozen=True):
    """Who made an override, of which CVE."""

    cve_id: str = ""
    modified: str = ""
    reason: str = ""


class NvdOverride(msgspec.Struct, frozen=True):
    """A CVE's configurations as somebody else has them. Source: github.com/anchore/nvd-data-overrides, README."""

    cve: NvdCve
    annotation: NvdNote = msgspec.field(default=NvdNote(), name="_annotation")


class Product(msgspec.Struct, frozen=True):
    """A CPE name taken apart: `a`, `o` or `h`; `vendor:product`; the version, empty where any is meant."""

    part: str
    name: str
    version: str


def page(data: bytes) -> NvdPage:
    """A page. Raises `Malformed`, also if it holds fewer entries than a yearly file says."""
    return _decoded(data, NvdPage, "NVD page")


def entry(data: bytes | msgspec.Raw) -> NvdCve:
    """One entry of a page. Raises `Malformed`."""
    return _decoded(bytes(data), NvdEntry, "NVD record").cve


def override(data: bytes) -> NvdOverride:
    """An override. Raises `Malformed`."""
    return _decoded(data, NvdOverride, "NVD override")


def _decoded(data: bytes, kind: type[_T], what: str) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed(what, str(cause)) from cause


_FIELD = re.compile(r"((?:\\.|[^:\\])*)(?::|\Z)")


def product(name: str) -> Product:
    """The parts of `cpe:2.3:a:vendor:product:1.2:...`. Raises `Malformed`."""
    if not name.startswith("cpe:2.3:"):
        raise Malformed("CPE name", f"{name[:100]!r} does not begin with cpe:2.3:")
    fields = [re.sub(r"\\(.)", r"\1", text) for text in _FIELD.findall(name[len("cpe:2.3:") : 1000])]
    if len(fields) < 3 or fields[0] not in ("a", "o", "h"):
        raise Malformed("CPE name", f"{name[:100]!r} has no part, vendor and product")
    version = fields[3] if len(fields) > 3 else "*"
    update = fields[4] if len(fields) > 4 else "*"
    if version in ("*", "-", ""):
        return Product(fields[0], f"{fields[1]}:{fields[2]}", "" if version != "-" else "-")
    return Product(fields[0], f"{fields[1]}:{fields[2]}", version if update in ("*", "-", "") else f"{version}{update}")
