"""VEX in: the three kinds say the same, a statement covers what it names and nothing else, nothing disappears."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed, RingfenceError
from ringfence.formats import vex as vex_format
from ringfence.io.publication import documents
from ringfence.model.finding import AffectedPackage, Finding, FindingKind, Severity, Storey
from ringfence.model.vex import VexProduct, VexStatement, VexStatus
from ringfence.policy import vex
from ringfence.policy.vex import Place

OPENVEX = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "author": "Somebody",
    "timestamp": "2026-01-01T00:00:00Z",
    "statements": [
        {
            "vulnerability": {"name": "CVE-2024-0001", "aliases": ["GHSA-1", "https://example.org"]},
            "products": [{"@id": "pkg:deb/debian/dash@0.5?distro=debian-12"}],
            "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path",
        }
    ],
}
CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"timestamp": "2026-01-01T00:00:00Z"},
    "components": [{"bom-ref": "a", "purl": "pkg:deb/debian/dash@0.5?distro=debian-12"}],
    "vulnerabilities": [
        {
            "id": "CVE-2024-0001",
            "analysis": {"state": "not_affected", "justification": "code_not_reachable"},
            "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a"}],
        },
        {"id": "CVE-2024-0002", "affects": [{"ref": "a"}]},
    ],
}
CSAF = {
    "document": {
        "category": "csaf_vex",
        "publisher": {"name": "Somebody"},
        "tracking": {"id": "x", "current_release_date": "2026-01-01T00:00:00Z"},
    },
    "product_tree": {
        "branches": [
            {
                "product": {
                    "product_id": "d",
                    "name": "dash",
                    "product_identification_helper": {"purl": "pkg:deb/debian/dash@0.5"},
                }
            },
            {"product": {"product_id": "i", "name": "pkg:oci/app"}},
        ],
        "relationships": [
            {
                "category": "default_component_of",
                "full_product_name": {"product_id": "i:d", "name": "dash in app"},
                "product_reference": "d",
                "relates_to_product_reference": "i",
            }
        ],
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2024-0001",
            "product_status": {"known_not_affected": ["d", "i:d"]},
            "flags": [{"label": "component_not_present", "product_ids": ["d"]}],
        }
    ],
}
HERE = Place("app:1", "sha256:aa")


def finding(
    rule: str = "CVE-2024-0001", purl: str = "pkg:deb/debian/dash@0.5?arch=amd64&distro=debian-12", **more: str
) -> Finding:
    return Finding(
        id="1",
        rule=rule,
        kind=FindingKind.VULNERABILITY,
        layer=Storey.IMAGE,
        severity=Severity.HIGH,
        title="",
        target=more.get("target", "app:1"),
        aliases=("GHSA-1",),
        package=AffectedPackage(purl=purl, name="dash", version="0.5"),
    )


@pytest.mark.parametrize(
    ("document", "by", "reason"),
    [
        (OPENVEX, "f (Somebody)", "not_affected: vulnerable_code_not_in_execute_path"),
        (CYCLONEDX, "f", "not_affected: code_not_reachable"),
        (CSAF, "f (Somebody)", "not_affected: component_not_present"),
    ],
)
def test_three_kinds_one_meaning(document: object, by: str, reason: str) -> None:
    statements = vex_format.parse(json.dumps(document).encode(), "f")
    (told,) = vex.apply([finding()], statements, HERE)
    assert told.suppressed is not None
    assert (told.suppressed.by, told.suppressed.reason) == (by, reason)
    (other,) = vex.apply([finding("CVE-2024-0009", purl="pkg:deb/debian/bash@5")], statements, HERE)
    assert other.suppressed is None


def statement(product: str, *parts: str, status: VexStatus = VexStatus.NOT_AFFECTED, at: str = "") -> VexStatement:
    return VexStatement(names=("cve-2024-0001",), status=status, products=(VexProduct(id=product, parts=parts),), at=at)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (statement("pkg:deb/debian/dash"), True),
        (statement("pkg:deb/debian/dash@0.5"), True),
        (statement("pkg:deb/debian/dash@0.6"), False),
        (statement("pkg:deb/debian/dash?distro=debian-11"), False),
        (statement("pkg:deb/ubuntu/dash@0.5"), False),
        (statement("pkg:apk/debian/dash"), False),
        (statement("dash"), False),
        (statement("pkg:oci/app", "pkg:deb/debian/dash"), True),
        (statement("pkg:oci/app@sha256:aa", "pkg:deb/debian/dash"), True),
        (statement("pkg:oci/app@sha256:bb", "pkg:deb/debian/dash"), False),
        (statement("pkg:oci/other", "pkg:deb/debian/dash"), False),
        (statement("pkg:oci/app", "pkg:deb/debian/bash"), False),
        (statement("app:1", "pkg:deb/debian/dash"), True),
        (statement("pkg:oci/app"), False),
    ],
)
def test_a_statement_covers_what_it_names(said: VexStatement, wanted: bool) -> None:
    assert vex.covers(said, finding(), HERE) is wanted


def test_the_latest_statement_counts() -> None:
    early = statement("pkg:deb/debian/dash", at="2026-01-01")
    late = statement("pkg:deb/debian/dash", status=VexStatus.AFFECTED, at="2026-02-01")
    assert vex.apply([finding()], [late, early], HERE)[0].suppressed is None
    fixed = statement("pkg:deb/debian/dash", status=VexStatus.FIXED, at="2026-03-01")
    assert vex.apply([finding()], [late, fixed, early], HERE)[0].suppressed is not None


statuses = st.sampled_from(list(VexStatus))
products = st.sampled_from(["pkg:deb/debian/dash", "pkg:oci/app", "x", ""])
made = st.builds(
    lambda status, product, part: statement(product, *([part] if part else []), status=status), statuses, products, products
)


@given(st.lists(made, max_size=4), st.lists(st.sampled_from(["CVE-2024-0001", "CVE-2024-0002"]), max_size=4))
def test_nothing_is_lost_and_nothing_else_is_changed(statements: list[VexStatement], rules: list[str]) -> None:
    import msgspec

    before = tuple(finding(rule) for rule in rules)
    after = vex.apply(before, statements, HERE)
    assert [msgspec.structs.replace(item, suppressed=None) for item in after] == list(before)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.dictionaries(
            st.sampled_from(["@context", "bomFormat", "document", "statements"]),
            st.sampled_from(["openvex", "CycloneDX", {}, [], 3]),
            max_size=4,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_bytes_give_statements_or_our_errors(data: bytes) -> None:
    with suppress(RingfenceError):
        vex_format.parse(data, "f")


def test_what_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Malformed, match=r"some\.json: .*neither OpenVEX, CSAF nor CycloneDX"):
        vex_format.parse(b"{}", "some.json")
    monkeypatch.setattr(vex_format, "MAX_BYTES", 10)
    with pytest.raises(LimitExceeded):
        vex_format.parse(b"{" * 11, "f")


HUB = (
    Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent"))
    / "advisories"
    / "vex"
    / "aquasecurity-vexhub-2026-03-23.tar.zst"
)


@pytest.mark.conformance
@pytest.mark.skipif(not HUB.is_file(), reason="RINGFENCE_TEST_DATA names no folder with advisories/vex")
def test_a_public_hub_loads_whole() -> None:
    with HUB.open("rb") as file:
        found = [item for name, data in documents(file, "hub", "vex.json") for item in vex_format.parse(data, name)]
    assert len(found) == 15_304
    assert all(item.products and item.names for item in found)
