"""VEX in CycloneDX: the `vulnerabilities` of a bill of materials, with their analysis.

Source: cyclonedx.org, specification 1.6, "vulnerabilities[].analysis", and the use case "Vulnerability exploitability".
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.model.vex import VexProduct, VexStatement, VexStatus

_STATES = {
    "resolved": VexStatus.FIXED,
    "resolved_with_pedigree": VexStatus.FIXED,
    "exploitable": VexStatus.AFFECTED,
    "in_triage": VexStatus.UNDER_INVESTIGATION,
    "false_positive": VexStatus.NOT_AFFECTED,
    "not_affected": VexStatus.NOT_AFFECTED,
}


class _Analysis(msgspec.Struct, frozen=True, rename="camel"):
    state: str = ""
    justification: str = ""
    detail: str = ""
    last_updated: str = ""


class _Affects(msgspec.Struct, frozen=True):
    ref: str = ""


class _Reference(msgspec.Struct, frozen=True):
    id: str = ""


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str = ""
    references: tuple[_Reference, ...] = ()
    analysis: _Analysis | None = None
    affects: tuple[_Affects, ...] = ()


class _Component(msgspec.Struct, frozen=True):
    ref: str = msgspec.field(default="", name="bom-ref")
    purl: str = ""


class _Metadata(msgspec.Struct, frozen=True):
    timestamp: str = ""


class _Document(msgspec.Struct, frozen=True):
    form: str = msgspec.field(name="bomFormat")
    components: tuple[_Component, ...] = ()
    vulnerabilities: tuple[_Vulnerability, ...] = ()
    metadata: _Metadata | None = None


def parse(data: bytes, path: str) -> tuple[VexStatement, ...]:
    """The statements of the document at `path`; vulnerabilities without an analysis say nothing. Raises `Malformed`."""
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("CycloneDX document", str(cause), where=path) from cause
    purls = {item.ref: item.purl for item in document.components if item.ref and item.purl}
    made = document.metadata.timestamp if document.metadata else ""
    return tuple(
        VexStatement(
            names=tuple(dict.fromkeys(name for name in (item.id, *(one.id for one in item.references)) if name)),
            status=_STATES[item.analysis.state],
            products=tuple(VexProduct(id=_product(one.ref, purls)) for one in item.affects),
            why="; ".join(text for text in (item.analysis.justification, item.analysis.detail) if text),
            document=path,
            at=item.analysis.last_updated or made,
        )
        for item in document.vulnerabilities
        if item.analysis is not None and item.analysis.state in _STATES
    )


def _product(ref: str, purls: dict[str, str]) -> str:
    """The package URL behind a reference: of this document, or of another (`urn:cdx:SERIAL/VERSION#REF`)."""
    inner = ref.partition("#")[2] if ref.startswith("urn:cdx:") else ref
    return purls.get(inner, inner)
