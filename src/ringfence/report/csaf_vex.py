"""CSAF 2.0 in its VEX profile (`csaf_vex`), for tools that take advisories from publishers.

Source: OASIS, "Common Security Advisory Framework Version 2.0", sections 3 and 4.5. A deployment and the component in it are
one product each; what is said is said of the relationship between the two.
"""

from ringfence.model.declare import ReportFormat
from ringfence.model.report import Report
from ringfence.report.json import written
from ringfence.report.style import Style
from ringfence.report.vex import reissue
from ringfence.report.vex.reissue import demand_some
from ringfence.report.vex.statements import Product, Statement, VexStatus, digest, statements

REPORT = ReportFormat(slug="csaf-vex", reissued=True)
STATUS = {
    VexStatus.AFFECTED: "known_affected",
    VexStatus.NOT_AFFECTED: "known_not_affected",
    VexStatus.UNDER_INVESTIGATION: "under_investigation",
}
"""The names of statuses in `product_status` (section 3.2.3.9)."""
NAMESPACE = "https://github.com/ringfence/ringfence"


def render(report: Report, style: Style) -> str:
    """The report's statements as one CSAF document, in place of `style.reissued` if there is one."""
    found = statements(report)
    demand_some(found, REPORT.slug)
    products = list(dict.fromkeys(product for item in found for product in item.products))
    ids = {product: f"P{number}" for number, product in enumerate(products, 1)}
    document: dict[str, object] = {
        "document": _document(report, digest(found)),
        "product_tree": _tree(ids),
        "vulnerabilities": _vulnerabilities(found, ids),
    }
    return written(reissue.csaf(document, style.reissued))


def _document(report: Report, said: str) -> dict[str, object]:
    at = report.made_at
    return {
        "category": "csaf_vex",
        "csaf_version": "2.0",
        "lang": "en",
        "title": f"What was asked about is to {report.target.ref or 'this stack'}",
        "publisher": {"category": "user", "name": "Ringfence, on behalf of whoever ran it", "namespace": NAMESPACE},
        "tracking": {
            "id": f"ringfence-{said[:32]}",
            "status": "final",
            "version": "1",
            "initial_release_date": at,
            "current_release_date": at,
            "revision_history": [{"date": at, "number": "1", "summary": "As it was found"}],
            "generator": {"engine": {"name": report.made_by.split(" ")[0], "version": report.made_by.rpartition(" ")[2]}},
        },
    }


def _tree(ids: dict[Product, str]) -> dict[str, object]:
    """Every product whole, with the purl of its component where that is told."""
    return {"full_product_names": [_full(product, key) for product, key in ids.items()]}


def _full(product: Product, key: str) -> dict[str, object]:
    name = f"{product.name}: {product.component}" if product.component else product.name
    made: dict[str, object] = {"product_id": key, "name": name}
    helper: dict[str, object] = {"x_generic_uris": [{"namespace": "urn:ringfence", "uri": product.id}]}
    if product.component:
        helper["purl"] = product.component
    made["product_identification_helper"] = helper
    return made


def _vulnerabilities(found: tuple[Statement, ...], ids: dict[Product, str]) -> list[dict[str, object]]:
    by_name: dict[str, list[Statement]] = {}
    for item in found:
        by_name.setdefault(item.vulnerability, []).append(item)
    return [_vulnerability(name, items, ids) for name, items in by_name.items()]


def _vulnerability(name: str, items: list[Statement], ids: dict[Product, str]) -> dict[str, object]:
    status: dict[str, list[str]] = {}
    flags, threats, remediations = [], [], []
    for item in items:
        keys = [ids[product] for product in item.products]
        status.setdefault(STATUS[item.status], []).extend(keys)
        if item.justification is not None:
            flags.append({"label": item.justification.value, "product_ids": keys})
        if item.notes:
            threats.append({"category": "impact", "details": item.notes, "product_ids": keys})
        if item.status is VexStatus.AFFECTED:
            details = item.action or "See the threats."
            remediations.append({"category": "mitigation", "details": details, "product_ids": keys})
    made: dict[str, object] = (
        {"cve": name} if name.startswith("CVE-") else {"ids": [{"system_name": "advisory", "text": name}]}
    )
    made["notes"] = [{"category": "description", "text": f"{name}, as found in the products below."}]
    made["product_status"] = status
    lists = {"flags": flags, "threats": threats, "remediations": remediations}
    return made | {key: entries for key, entries in lists.items() if entries}
