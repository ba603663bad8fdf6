"""VEX keeps the rules of its formats, and says nothing more than was seen."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from csaf_vex.verification.verifier import Verifier
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from vexipy.document import Document

from report.poison import poisoned
from report.sample_report import IMAGE_REPORT, SAMPLE, asked
from report.vex_rules import csaf, cyclonedx, openvex
from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.model.finding import VerdictStatus
from ringfence.model.report import Report
from ringfence.report import csaf_vex, cyclonedx_vex
from ringfence.report import openvex as open_vex
from ringfence.report.style import Style
from ringfence.report.vex.statements import Justification, VexStatus, digest, statements

FORMATS = ((open_vex.render, openvex), (csaf_vex.render, csaf), (cyclonedx_vex.render, cyclonedx))
NOTHING = IMAGE_REPORT
REPORTS = (SAMPLE, asked(3), asked(13))
Render = Callable[[Report, Style], str]
Rules = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(("render", "rules"), FORMATS)
@pytest.mark.parametrize("report", REPORTS)
def test_the_rules_of_the_format_are_kept(report: Report, render: Render, rules: Rules) -> None:
    rules(json.loads(render(report, Style())))


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=30), st.sampled_from(FORMATS))
def test_the_rules_are_kept_whatever_a_target_calls_its_things(text: str, form: tuple[Render, Rules]) -> None:
    render, rules = form
    report = asked(3)
    made = msgspec.structs.replace(poisoned(report, text), made_at=report.made_at, made_by=report.made_by)
    impacts = tuple(msgspec.structs.replace(item, cve="CVE-2022-0492") for item in made.impacts)
    rules(json.loads(render(msgspec.structs.replace(made, impacts=impacts), Style())))


def test_no_justification_is_stronger_than_what_was_seen() -> None:
    report = asked(9)
    by_name = {
        f"{item.workload} on {item.node}" if item.node else str(item.workload): item.verdict.status
        for impact in report.impacts
        for item in impact.workloads
    }
    for statement in statements(report):
        for product in statement.products:
            status = by_name.get(product.name)
            if status is None:
                continue
            expected = {
                VerdictStatus.REACHABLE: (VexStatus.AFFECTED, None),
                VerdictStatus.UNDECIDED: (VexStatus.UNDER_INVESTIGATION, None),
                VerdictStatus.MITIGATED: (VexStatus.NOT_AFFECTED, Justification.MITIGATED),
            }.get(status)
            assert expected is None or (statement.status, statement.justification) == expected


def test_a_mitigation_is_named_with_what_it_holds_while() -> None:
    mitigated = [item for item in statements(asked(3)) if item.justification is Justification.MITIGATED]
    assert mitigated
    assert all("Holds while these are in force" in item.notes for item in mitigated)


def test_another_control_gives_another_document() -> None:
    one = asked(3)
    impact = one.impacts[0]
    workload = next(item for item in impact.workloads if item.verdict.status is VerdictStatus.MITIGATED)
    verdict = msgspec.structs.replace(workload.verdict, status=VerdictStatus.REACHABLE)
    changed = tuple(
        msgspec.structs.replace(item, verdict=verdict) if item is workload else item for item in impact.workloads
    )
    other = msgspec.structs.replace(one, impacts=(msgspec.structs.replace(impact, workloads=changed),))
    assert digest(statements(one)) != digest(statements(other))
    assert json.loads(open_vex.render(one, Style()))["@id"] == json.loads(open_vex.render(one, Style()))["@id"]


@pytest.mark.parametrize("report", REPORTS)
def test_the_publishers_own_validators_take_what_we_write(report: Report) -> None:
    """OASIS's schema of CSAF 2.0 and the tests of its chapter 6, OWASP's of CycloneDX 1.6, and another OpenVEX's reader."""
    verified = Verifier(json.loads(csaf_vex.render(report, Style()))).run_all()
    assert [(item.test_id, item.message) for item in verified.failures] == []
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(cyclonedx_vex.render(report, Style())) is None
    read = Document.from_json(open_vex.render(report, Style()))
    assert len(read.statements) == len(statements(report))


@pytest.mark.conformance
@pytest.mark.parametrize("report", REPORTS[1:])
def test_the_schema_of_openvex_is_kept(report: Report) -> None:
    path = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "vex" / "openvex_json_schema.json"
    if not path.is_file():
        pytest.skip("vex/openvex_json_schema.json (of the repository openvex/spec) of RINGFENCE_TEST_DATA is missing")
    schema = json.loads(path.read_text(encoding="utf-8"))
    document = json.loads(open_vex.render(report, Style()))
    again = json.loads(open_vex.render(changed(report), Style(reissued=json.dumps(document))))
    for made in (document, again):
        jsonschema.validate(made, schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("render", [open_vex.render, csaf_vex.render])
def test_a_document_that_would_say_nothing_is_refused(render: Render) -> None:
    with pytest.raises(WrongUsage, match="must hold a statement"):
        render(NOTHING, Style())
    assert json.loads(cyclonedx_vex.render(NOTHING, Style()))["vulnerabilities"] == []


LATER = "2026-12-01T08:00:00Z"


def changed(report: Report) -> Report:
    """A week later, the first workload that was stopped has lost its control."""
    impact = report.impacts[0]
    workload = next(
        (item for item in impact.workloads if item.verdict.status is VerdictStatus.MITIGATED), impact.workloads[0]
    )
    verdict = msgspec.structs.replace(workload.verdict, status=VerdictStatus.UNDECIDED)
    workloads = tuple(
        msgspec.structs.replace(item, verdict=verdict) if item is workload else item for item in impact.workloads
    )
    impacts = (msgspec.structs.replace(impact, workloads=workloads), *report.impacts[1:])
    return msgspec.structs.replace(report, impacts=impacts, made_at=LATER)


@pytest.mark.parametrize(("render", "rules"), FORMATS)
def test_an_unchanged_answer_leaves_the_document_that_was_issued(render: Render, rules: Rules) -> None:
    issued = render(asked(3), Style())
    again = render(msgspec.structs.replace(asked(3), made_at=LATER), Style(reissued=issued))
    assert json.loads(again) == json.loads(issued)
    rules(json.loads(again))


@pytest.mark.parametrize(("render", "rules"), FORMATS)
def test_a_changed_control_gives_the_next_version_of_the_document(render: Render, rules: Rules) -> None:
    issued = render(asked(3), Style())
    again = render(changed(asked(3)), Style(reissued=issued))
    third = render(msgspec.structs.replace(asked(3), made_at=LATER), Style(reissued=again))
    told = [_identity(json.loads(text)) for text in (issued, again, third)]
    assert [version for _, version in told] == [1, 2, 3]
    assert len({name for name, _ in told}) == 1
    rules(json.loads(again))


def _identity(document: dict[str, Any]) -> tuple[str, int]:
    if "document" in document:
        tracking = document["document"]["tracking"]
        return tracking["id"], int(tracking["version"])
    return document.get("@id") or document["serialNumber"], document["version"]


def test_what_did_not_change_keeps_its_date() -> None:
    issued = open_vex.render(asked(3), Style())
    again = json.loads(open_vex.render(changed(asked(3)), Style(reissued=issued)))
    dates = {item["timestamp"] for item in again["statements"]}
    assert (again["timestamp"], again["last_updated"]) == (asked(3).made_at, LATER)
    assert dates == {asked(3).made_at, LATER}


def test_csaf_tells_the_history_of_a_document() -> None:
    issued = csaf_vex.render(asked(3), Style())
    text = csaf_vex.render(changed(asked(3)), Style(reissued=issued))
    tracking = json.loads(text)["document"]["tracking"]
    assert (tracking["initial_release_date"], tracking["current_release_date"]) == (asked(3).made_at, LATER)
    assert [item["number"] for item in tracking["revision_history"]] == ["1", "2"]
    assert "CVE-" in tracking["revision_history"][1]["summary"]
    assert Verifier(json.loads(text)).run_all().failures == []


@pytest.mark.parametrize("render", [render for render, _ in FORMATS])
@given(text=st.one_of(st.text(min_size=1, max_size=20), st.sampled_from(("{}", "[]", '{"@id": 1}', '{"document": {}}'))))
def test_what_is_no_document_of_the_format_is_refused(render: Render, text: str) -> None:
    with pytest.raises(UnreadableInput):
        render(asked(3), Style(reissued=text))
