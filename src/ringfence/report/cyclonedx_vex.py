"""CycloneDX 1.6 as VEX: vulnerabilities with their analysis, and the deployments that it is about.

Source: https://cyclonedx.org/docs/1.6/json/ (`vulnerabilities[].analysis`) and https://cyclonedx.org/capabilities/vex/.
"""

import uuid

from ringfence.model.declare import ReportFormat
from ringfence.model.report import Report
from ringfence.report.json import written
from ringfence.report.style import Style
from ringfence.report.vex import reissue
from ringfence.report.vex.statements import Justification, Product, Statement, VexStatus, digest, statements

REPORT = ReportFormat(slug="cyclonedx-vex", reissued=True)
STATE = {
    VexStatus.AFFECTED: "exploitable",
    VexStatus.NOT_AFFECTED: "not_affected",
    VexStatus.UNDER_INVESTIGATION: "in_triage",
}
REASON = {
    Justification.COMPONENT_NOT_PRESENT: "code_not_present",
    Justification.CODE_NOT_PRESENT: "code_not_present",
    Justification.MITIGATED: "protected_by_mitigating_control",
}
"""The nearest of CycloneDX' justifications, none of which says more."""
SPACE = uuid.UUID("8c4e3bb5-6f0e-5a43-9a1c-2d5c8b6f3f57")
"""The namespace of the serial numbers that are made of what a document says (RFC 9562, version 5)."""


def render(report: Report, style: Style) -> str:
    """The report's statements as one CycloneDX document, in place of `style.reissued` if there is one."""
    found = statements(report)
    products = dict.fromkeys(product for item in found for product in item.products)
    document: dict[str, object] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(SPACE, digest(found))}",
        "version": 1,
        "metadata": {"timestamp": report.made_at, "tools": {"components": [_tool(report)]}},
        "components": [_component(product) for product in products],
        "vulnerabilities": [_vulnerability(item) for item in found],
    }
    return written(reissue.cyclonedx(document, style.reissued))


def _tool(report: Report) -> dict[str, object]:
    name, _, version = report.made_by.rpartition(" ")
    return {"type": "application", "name": name or version, "version": version}


def _reference(product: Product) -> str:
    return f"{product.id}#{product.component}" if product.component else product.id


def _component(product: Product) -> dict[str, object]:
    """The deployment; the component in it inside."""
    made: dict[str, object] = {"type": "container", "bom-ref": _reference(product), "name": product.name}
    if product.component:
        inside = {"type": "application", "name": product.component.split("/")[-1], "purl": product.component}
        made["components"] = [inside]
    return made


def _vulnerability(item: Statement) -> dict[str, object]:
    analysis: dict[str, object] = {"state": STATE[item.status]}
    if item.justification is not None:
        analysis["justification"] = REASON[item.justification]
    if item.status is VexStatus.AFFECTED:
        analysis["response"] = ["update"]
    if item.notes:
        analysis["detail"] = item.notes
    made: dict[str, object] = {
        "id": item.vulnerability,
        "analysis": analysis,
        "affects": [{"ref": _reference(product)} for product in item.products],
    }
    if item.action:
        made["recommendation"] = item.action
    if item.aliases:
        made["references"] = [{"id": alias, "source": {"name": "alias"}} for alias in item.aliases]
    return made
