"""OpenVEX 0.2.0, for scanners that filter by it and for whoever asks whether a CVE matters here.

Source: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md. The document's id is made of what it says, so that another
control, and with it another statement, gives another document.
"""

from ringfence.model.declare import ReportFormat
from ringfence.model.report import Report
from ringfence.report.json import written
from ringfence.report.style import Style
from ringfence.report.vex import reissue
from ringfence.report.vex.reissue import demand_some
from ringfence.report.vex.statements import Product, Statement, VexStatus, digest, statements

REPORT = ReportFormat(slug="openvex", reissued=True)
CONTEXT = "https://openvex.dev/ns/v0.2.0"
AUTHOR = "Ringfence, on behalf of whoever ran it"


def render(report: Report, style: Style) -> str:
    """The report's statements as one OpenVEX document, in place of `style.reissued` if there is one."""
    found = statements(report)
    demand_some(found, REPORT.slug)
    document: dict[str, object] = {
        "@context": CONTEXT,
        "@id": f"urn:ringfence:vex:{digest(found)}",
        "author": AUTHOR,
        "timestamp": report.made_at,
        "version": 1,
        "tooling": report.made_by,
        "statements": [_statement(item, report.made_at) for item in found],
    }
    return written(reissue.openvex(document, style.reissued))


def _statement(item: Statement, at: str) -> dict[str, object]:
    made: dict[str, object] = {
        "vulnerability": {"name": item.vulnerability, **({"aliases": list(item.aliases)} if item.aliases else {})},
        "timestamp": at,
        "products": [_product(product) for product in item.products],
        "status": item.status.value,
    }
    if item.justification is not None:
        made["justification"] = item.justification.value
    if item.notes:
        # Never `impact_statement`: the specification's schema takes it instead of a justification, not beside one.
        made["status_notes"] = item.notes
    if item.status is VexStatus.AFFECTED:
        made["action_statement"] = item.action or "See the status notes."
    return made


def _product(product: Product) -> dict[str, object]:
    made: dict[str, object] = {"@id": product.id}
    if product.component:
        made["subcomponents"] = [{"@id": product.component}]
    return made
