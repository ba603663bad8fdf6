"""The rules of the VEX formats that our documents must keep, written from the specifications they name."""

import re
from typing import Any

IRI = re.compile(r"(https?://|urn:|pkg:)[^\s<>\"{}|\\^`]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
PURL = re.compile(r"pkg:[A-Za-z][A-Za-z0-9.+-]*/[^\s]+")
JUSTIFICATIONS = {
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
}
"""CISA, "VEX Status Justifications"; the flags of CSAF 2.0 (3.2.3.5) and OpenVEX bear the same names."""


def openvex(document: dict[str, Any]) -> None:
    """OPENVEX-SPEC.md 0.2.0: "The VEX Document", "The Statement", "Status Labels", "Status Justifications"."""
    assert document["@context"] == "https://openvex.dev/ns/v0.2.0"
    assert IRI.fullmatch(document["@id"])
    assert document["author"]
    assert MOMENT.fullmatch(document["timestamp"])
    assert isinstance(document["version"], int)
    assert document["version"] >= 1
    assert document["statements"]
    for item in document["statements"]:
        assert item["vulnerability"]["name"]
        assert item["products"]
        for product in item["products"]:
            assert IRI.fullmatch(product["@id"])
            assert all(IRI.fullmatch(part["@id"]) for part in product.get("subcomponents", []))
        assert item["status"] in {"not_affected", "affected", "fixed", "under_investigation"}
        assert ("justification" in item) <= (item["status"] == "not_affected")
        assert not ("justification" in item and "impact_statement" in item), "the schema takes one or the other"
        assert item.get("justification", "component_not_present") in JUSTIFICATIONS
        if item["status"] == "not_affected":
            assert "justification" in item or item["impact_statement"]
        if item["status"] == "affected":
            assert item["action_statement"]
        assert set(item) <= {
            *("vulnerability", "timestamp", "products", "status", "justification", "impact_statement", "status_notes"),
            "action_statement",
        }


def csaf(document: dict[str, Any]) -> None:
    """CSAF 2.0: the mandatory fields of section 3, the profile of 4.5, and tests 6.1.1, 6.1.2, 6.1.6, 6.1.27.5 to .11."""
    head = document["document"]
    assert head["category"] == "csaf_vex"
    assert head["csaf_version"] == "2.0"
    assert head["title"]
    assert head["publisher"]["category"] in {"coordinator", "discoverer", "other", "translator", "user", "vendor"}
    assert head["publisher"]["name"]
    assert IRI.fullmatch(head["publisher"]["namespace"])
    tracking = head["tracking"]
    assert re.fullmatch(r"[\S](.*[\S])?", tracking["id"])
    assert tracking["status"] in {"draft", "final", "interim"}
    assert tracking["version"] == tracking["revision_history"][-1]["number"]
    assert MOMENT.fullmatch(tracking["current_release_date"])
    defined = [item["product_id"] for item in document["product_tree"]["full_product_names"]]
    assert len(defined) == len(set(defined))
    for item in document["product_tree"]["full_product_names"]:
        assert item["name"]
        assert PURL.fullmatch(item["product_identification_helper"].get("purl", "pkg:a/b"))
    for item in document["vulnerabilities"]:
        _csaf_vulnerability(item, set(defined))


def _csaf_vulnerability(item: dict[str, Any], defined: set[str]) -> None:
    assert ("cve" in item) or item["ids"]
    assert re.fullmatch(r"CVE-\d{4}-\d{4,}", item.get("cve", "CVE-2000-0001"))
    assert item["notes"]
    status = item["product_status"]
    assert set(status) & {"fixed", "known_affected", "known_not_affected", "under_investigation"}
    every = [key for keys in status.values() for key in keys]
    assert len(every) == len(set(every)), "6.1.6: contradicting product status"
    assert set(every) <= defined, "6.1.1: missing definition of product"
    flagged = {key for flag in item.get("flags", []) for key in flag["product_ids"]}
    told = {key for threat in item.get("threats", []) if threat["category"] == "impact" for key in threat["product_ids"]}
    assert set(status.get("known_not_affected", [])) <= flagged | told, "6.1.27.9: impact statement"
    mended = {key for remedy in item.get("remediations", []) for key in remedy["product_ids"]}
    assert set(status.get("known_affected", [])) <= mended, "6.1.27.10: action statement"
    assert {flag["label"] for flag in item.get("flags", [])} <= JUSTIFICATIONS


def cyclonedx(document: dict[str, Any]) -> None:
    """CycloneDX 1.6, bom-1.6.schema.json: `vulnerability`, `impactAnalysisState`, `impactAnalysisJustification`."""
    assert document["bomFormat"] == "CycloneDX"
    assert document["specVersion"] == "1.6"
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", document["serialNumber"])
    references = [item["bom-ref"] for item in document["components"]]
    assert len(references) == len(set(references))
    for item in document["components"]:
        assert item["type"] in {"application", "container", "operating-system", "library", "device"}
        assert item["name"]
    for item in document["vulnerabilities"]:
        assert item["id"]
        analysis = item["analysis"]
        states = {"resolved", "resolved_with_pedigree", "exploitable", "in_triage", "false_positive", "not_affected"}
        assert analysis["state"] in states
        justifications = {
            *("code_not_present", "code_not_reachable", "requires_configuration", "requires_dependency"),
            *("requires_environment", "protected_by_compiler", "protected_at_runtime", "protected_at_perimeter"),
            "protected_by_mitigating_control",
        }
        assert analysis.get("justification", "code_not_present") in justifications
        assert set(analysis.get("response", [])) <= {
            "can_not_fix",
            "will_not_fix",
            "update",
            "rollback",
            "workaround_available",
        }
        assert {affected["ref"] for affected in item["affects"]} <= set(references)
