"""VEX keeps the rules of its formats, and says nothing more than was seen."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.poison import poisoned
from report.sample_report import IMAGE_REPORT, SAMPLE, asked
from report.vex_rules import csaf, cyclonedx, openvex
from ringfence.model.finding import VerdictStatus
from ringfence.model.report import Report
from ringfence.report import csaf_vex, cyclonedx_vex
from ringfence.report import openvex as open_vex
from ringfence.report.style import Style
from ringfence.report.vex.statements import Justification, VexStatus, digest, statements

FORMATS = ((open_vex.render, openvex), (csaf_vex.render, csaf), (cyclonedx_vex.render, cyclonedx))
REPORTS = (SAMPLE, IMAGE_REPORT, asked(3), asked(13), msgspec.structs.replace(SAMPLE, findings=()))
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
