"""CycloneDX and SPDX: what the formats' own validators accept, with every package in it and nothing twice."""

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from report.poison import poisoned
from report.sample_report import IMAGE_REPORT, SAMPLE
from ringfence.model.package import Package
from ringfence.model.report import Report, RunStatus, Status, Target
from ringfence.report import cyclonedx, spdx
from ringfence.report.style import Style

REPORTS = {"audit": SAMPLE, "image": IMAGE_REPORT}
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
PACKAGES = st.lists(
    st.builds(
        Package, purl=TEXT.map(lambda text: f"pkg:generic/{text.encode().hex()}"), name=TEXT, version=TEXT, ecosystem=TEXT
    ),
    max_size=5,
).map(tuple)


def report(packages: tuple[Package, ...]) -> Report:
    return Report(
        schema="ringfence/report/v1",
        made_by="ringfence 0.1.0",
        made_at="2026-01-01T00:00:00Z",
        target=Target(kind="image", ref="localhost/x:1", digest="sha256:" + "a" * 64),
        status=Status(result=RunStatus.SUCCEEDED, problems=()),
        packages=packages,
    )


def valid_cyclonedx(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def valid_spdx(text: str) -> None:
    document = JsonLikeDictParser().parse(json.loads(text))  # type: ignore[no-untyped-call]  # spdx-tools is half typed
    assert [message.validation_message for message in validate_full_spdx_document(document)] == []


@pytest.mark.parametrize("name", REPORTS)
def test_the_validators_accept_it(name: str) -> None:
    valid_cyclonedx(cyclonedx.render(REPORTS[name], Style()))
    valid_spdx(spdx.render(REPORTS[name], Style()))


@given(PACKAGES)
def test_every_package_is_there_once(packages: tuple[Package, ...]) -> None:
    purls = sorted({package.purl for package in packages})
    text = cyclonedx.render(report(packages * 2), Style())
    assert [item["purl"] for item in json.loads(text)["components"]] == purls
    assert text == cyclonedx.render(report(packages), Style()), "the same inventory is the same document"
    document = json.loads(spdx.render(report(packages * 2), Style()))
    assert [item["externalRefs"][0]["referenceLocator"] for item in document["packages"][1:]] == purls
    assert len(document["relationships"]) == len(purls) + 1


def test_hostile_names_leave_valid_json() -> None:
    for render in (cyclonedx.render, spdx.render):
        json.loads(render(poisoned(IMAGE_REPORT, "\x1b[2J\udcff"), Style()))


def test_the_schemas_are_at_hand() -> None:
    """The validator says nothing at all if it has no schema: then the tests above could not fail."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str('{"bomFormat": "Other"}') is not None
    assert Path(__file__).exists()
