"""Exceptions: what they cover, when they end, and that none is lost silently."""

import pytest

from report.sample_report import SAMPLE
from ringfence.formats.ignore_file import Exemption, parse
from ringfence.model.location import Location
from ringfence.policy.exceptions import apply

FINDINGS = tuple(item for item in SAMPLE.findings if item.suppressed is None)
TODAY = "2026-11-24"


def exemption(until: str = "", **selector: str) -> Exemption:
    return Exemption(reason="because", until=until, at=Location(path=".ringfence-ignore", line=3), **selector)


@pytest.mark.parametrize(
    ("selector", "covered"),
    [
        ({"rule": "setuid-file"}, 6),
        ({"rule": "setuid"}, 0),
        ({"cve": "cve-2020-14343"}, 1),
        ({"cve": "GHSA-14343"}, 1),
        ({"package": "jinja2"}, 4),
        ({"package": "jinja2@2.*"}, 4),
        ({"package": "pkg:pypi/*"}, 8),
        ({"path": "usr/bin/ch*"}, 2),
        ({"path": "*"}, 27),
        ({"workload": "shop/*/api"}, 3),
        ({"target": "deploy/"}, 10),
        ({"rule": "seccomp-unconfined", "workload": "*/web/*"}, 2),
        ({"rule": "setuid-file", "workload": "*"}, 0),
        ({"id": FINDINGS[0].id}, 1),
    ],
)
def test_covers(selector: dict[str, str], covered: int) -> None:
    applied = apply(FINDINGS, (exemption(**selector),), TODAY)
    assert sum(item.suppressed is not None for item in applied.findings) == covered
    assert [item.id for item in applied.findings] == [item.id for item in FINDINGS]
    assert bool(applied.unused) is (covered == 0)
    assert applied.problems == ()


def test_suppression_names_file_line_and_reason() -> None:
    (first, *_) = apply(FINDINGS, (exemption(id=FINDINGS[0].id, until="2026-11-24"),), TODAY).findings
    assert first.suppressed is not None
    assert (first.suppressed.by, first.suppressed.reason) == (".ringfence-ignore:3", "because")
    assert first.suppressed.until == TODAY


def test_what_has_run_out_counts_again_and_is_told() -> None:
    applied = apply(FINDINGS, (exemption(rule="setuid-file", until="2026-11-23"),), TODAY)
    assert all(item.suppressed is None for item in applied.findings)
    (problem,) = applied.problems
    assert problem.where == ".ringfence-ignore:3"
    assert "2026-11-23" in problem.why
    assert "6 findings" in problem.why
    ((lapsed, covered),) = applied.expired
    assert (lapsed.until, covered.rule) == ("2026-11-23", "setuid-file")


def test_run_out_without_anything_left_is_only_unused() -> None:
    applied = apply(FINDINGS, (exemption(rule="gone", until="2020-01-01"),), TODAY)
    assert applied.problems == ()
    assert len(applied.unused) == 1


def test_an_earlier_suppression_stays() -> None:
    (kept,) = [item for item in SAMPLE.findings if item.suppressed is not None]
    applied = apply((kept,), (exemption(rule=kept.rule),), TODAY)
    assert applied.findings == (kept,)
    assert applied.unused == ()


def test_from_file_to_finding() -> None:
    text = b'# ours\n[[ignore]]\nrule = "setuid-file"\npath = "usr/bin/mount"\nreason = "needed"\nuntil = 2027-01-01\n'
    applied = apply(FINDINGS, parse(text), TODAY)
    (covered,) = [item for item in applied.findings if item.suppressed]
    assert covered.suppressed is not None
    assert covered.suppressed.by == ".ringfence-ignore:2"
