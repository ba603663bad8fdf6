"""VEX in CSAF: the product status of each vulnerability, as statements. Source: OASIS CSAF 2.0, profile 4.5 (VEX)."""

from collections.abc import Iterator

from ringfence.errors import Malformed
from ringfence.formats import csaf
from ringfence.formats.csaf import Csaf, CsafVulnerability
from ringfence.model.vex import VexProduct, VexStatement, VexStatus


def parse(data: bytes, path: str) -> tuple[VexStatement, ...]:
    """The statements of the document at `path`. Raises `Malformed`, `LimitExceeded`."""
    document = csaf.parse(data)
    if not document.document.category:
        raise Malformed("CSAF document", "it has no category", where=path)
    names = _names(document)
    return tuple(found for item in document.vulnerabilities for found in _statements(item, document, names, path))


def _names(document: Csaf) -> dict[str, VexProduct]:
    """Each product as it is known outside; one that is a part of another as that other with the part."""
    found = {
        id_: VexProduct(id=(item.product_identification_helper or csaf.CsafHelper()).purl or item.name)
        for id_, item in document.products().items()
    }
    for item in document.product_tree.relationships if document.product_tree else ():
        part, whole = found.get(item.product_reference), found.get(item.relates_to_product_reference)
        if part and whole:
            found[item.full_product_name.product_id] = VexProduct(id=whole.id, parts=(part.id,))
    return found


def _statements(item: CsafVulnerability, document: Csaf, names: dict[str, VexProduct], path: str) -> Iterator[VexStatement]:
    status = item.product_status or csaf.CsafStatus()
    reasons = {id_: flag.label for flag in item.flags for id_ in flag.product_ids}
    tracking, publisher = document.document.tracking, document.document.publisher
    for said, ids in (
        (VexStatus.FIXED, status.fixed),
        (VexStatus.AFFECTED, status.known_affected),
        (VexStatus.NOT_AFFECTED, status.known_not_affected),
        (VexStatus.UNDER_INVESTIGATION, status.under_investigation),
    ):
        by_reason: dict[str, list[VexProduct]] = {}
        for id_ in ids:
            if id_ in names:
                by_reason.setdefault(reasons.get(id_, ""), []).append(names[id_])
        for reason, products in by_reason.items():
            yield VexStatement(
                names=(item.cve,),
                status=said,
                products=tuple(products),
                why=reason,
                document=path,
                author=publisher.name if publisher else "",
                at=tracking.current_release_date if tracking else "",
            )
