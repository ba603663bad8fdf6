"""SPDX 2.3 as JSON: the packages of the target and their relation to it.

Source: spdx.github.io/spdx-spec/v2.3. A licence as a package's metadata has it need be no SPDX expression: it stands in
`licenseComments`, and nothing is concluded from it.
"""

import hashlib
import uuid

import msgspec

from ringfence.model.declare import ReportFormat
from ringfence.model.package import Package
from ringfence.model.report import Report
from ringfence.report.cyclonedx import NAMESPACE, distinct, identity
from ringfence.report.json import complete
from ringfence.report.style import Style

REPORT = ReportFormat(slug="spdx")

_PURPOSES = {"image": "CONTAINER", "host": "DEVICE"}
_Object = dict[str, object]


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this form
    """The bill of materials as one JSON document."""
    packages = distinct(report.packages)
    root = "SPDXRef-Target"
    contains = [_relation(root, "CONTAINS", _reference(package)) for package in packages]
    document: _Object = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": report.target.ref,
        "documentNamespace": f"https://ringfence.invalid/spdx/{uuid.uuid5(NAMESPACE, identity(report))}",
        "creationInfo": {"created": report.made_at, "creators": [f"Tool: {report.made_by.replace(' ', '-')}"]},
        "packages": [_target(report, root), *(_package(package) for package in packages)],
        "relationships": [_relation("SPDXRef-DOCUMENT", "DESCRIBES", root), *contains],
    }
    return msgspec.json.format(msgspec.json.encode(complete(document)), indent=2).decode() + "\n"


def _relation(one: str, kind: str, other: str) -> _Object:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _reference(package: Package) -> str:
    """Letters and digits only, as the specification wants it; equal for equal purls."""
    return f"SPDXRef-Package-{hashlib.sha256(package.purl.encode('utf-8', 'backslashreplace')).hexdigest()[:24]}"


def _common(reference: str, name: str) -> _Object:
    return {
        "SPDXID": reference,
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    }


def _target(report: Report, root: str) -> _Object:
    found = _common(root, report.target.ref)
    found["primaryPackagePurpose"] = _PURPOSES.get(report.target.kind, "APPLICATION")
    digest = report.target.digest
    if digest.startswith("sha256:"):
        found["checksums"] = [{"algorithm": "SHA256", "checksumValue": digest.removeprefix("sha256:")}]
    return found


def _package(package: Package) -> _Object:
    found = _common(_reference(package), package.name)
    found["versionInfo"] = package.version
    found["externalRefs"] = [
        {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": package.purl}
    ]
    if package.licenses:
        found["licenseComments"] = "as the package says: " + "; ".join(package.licenses)
    if places := sorted({at.path for at in package.locations if at.path}):
        found["sourceInfo"] = "found in " + ", ".join(places[:20])
    return found
