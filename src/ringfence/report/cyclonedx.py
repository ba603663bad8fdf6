"""CycloneDX 1.6 as JSON: the packages of the target, each with where it is, and the vulnerabilities found in them.

Source: cyclonedx.org/docs/1.6/json. The document says nothing that is not in the report, and the same report gives the same
document.
"""

import uuid

import msgspec

from ringfence.model.declare import ReportFormat
from ringfence.model.finding import Finding, FindingKind, Severity
from ringfence.model.package import Package
from ringfence.model.report import Report
from ringfence.report.json import complete
from ringfence.report.style import Style

REPORT = ReportFormat(slug="cyclonedx")

NAMESPACE = uuid.UUID("c0a8f4f2-6b0e-5c3f-9a53-7d1c5b1a2e11")
"""The name space of our serial numbers (a random number, chosen once)."""
_SEVERITIES = {Severity.NEGLIGIBLE: "none"}
_Object = dict[str, object]


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this form
    """The bill of materials as one JSON document."""
    name, _, version = report.made_by.partition(" ")
    packages = distinct(report.packages)
    root = f"target:{report.target.kind}:{report.target.ref}"
    document: _Object = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, identity(report))}",
        "version": 1,
        "metadata": {
            "timestamp": report.made_at,
            "tools": {"components": [{"type": "application", "name": name, "version": version}]},
            "component": _target(report, root),
        },
        "components": [_component(package) for package in packages],
        "dependencies": [{"ref": root, "dependsOn": sorted(package.purl for package in packages)}],
    }
    if vulnerabilities := [_vulnerability(item) for item in report.findings if _is_of_package(item)]:
        document["vulnerabilities"] = vulnerabilities
    return msgspec.json.format(msgspec.json.encode(complete(document)), indent=2).decode() + "\n"


def distinct(packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """Each package once, by its purl, in its order."""
    by_purl: dict[str, Package] = {}
    for package in packages:
        by_purl.setdefault(package.purl, package)
    return tuple(by_purl[purl] for purl in sorted(by_purl))


def identity(report: Report) -> str:
    """What makes two bills of materials the same: the target's digest (else its name), the packages, the time."""
    packages = "\n".join(package.purl for package in distinct(report.packages))
    text = f"{report.target.digest or report.target.ref}\n{report.made_at}\n{packages}"
    return text.encode("utf-8", "backslashreplace").decode()


def _target(report: Report, root: str) -> _Object:
    kind = {"image": "container", "host": "device"}.get(report.target.kind, "application")
    found: _Object = {"type": kind, "bom-ref": root, "name": report.target.ref}
    return {**found, "version": report.target.digest} if report.target.digest else found


def _component(package: Package) -> _Object:
    found: _Object = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
    }
    if package.licenses:
        found["licenses"] = [{"license": {"name": licence}} for licence in package.licenses]
    if places := [{"location": at.path} for at in package.locations if at.path]:
        found["evidence"] = {"occurrences": places}
    told = (
        ("layer", package.layer_digest),
        ("owned-by", package.owned_by),
        ("source-name", package.source_name),
        ("source-version", package.source_version),
        ("ecosystem", package.ecosystem),
    )
    found["properties"] = [{"name": f"ringfence:{name}", "value": value} for name, value in told if value]
    return found


def _is_of_package(finding: Finding) -> bool:
    return finding.kind is FindingKind.VULNERABILITY and finding.package is not None and bool(finding.package.purl)


def _vulnerability(finding: Finding) -> _Object:
    found: _Object = {
        "bom-ref": f"finding:{finding.id}",
        "id": finding.rule,
        "ratings": [{"severity": _SEVERITIES.get(finding.severity, finding.severity.value)}],
        "description": finding.description or finding.title,
        "affects": [{"ref": finding.package.purl}] if finding.package else [],
    }
    return {**found, "recommendation": finding.remedy} if finding.remedy else found
