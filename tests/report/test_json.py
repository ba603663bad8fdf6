"""The JSON form: complete, valid by the schema that ships, without loss, and harmless on a terminal."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence.report
from report.poison import poisoned
from report.sample_report import IMAGE_REPORT, SAMPLE, asked
from ringfence.model.report import Report
from ringfence.report import schema
from ringfence.report.json import render
from ringfence.report.style import Style

SHIPPED = Path(ringfence.report.__path__[0]) / "report.schema.json"
EVERYTHING = msgspec.structs.replace(SAMPLE, impacts=asked(3).impacts)
CONTRACT = {
    "target": "kind ref digest",
    "findings": "id rule kind layer severity title description remedy aliases references cvss epss kev location workload "
    "package verdict suppressed",
    "packages": "purl name version arch licenses layer_digest locations owned_by",
    "workloads": "confinement",
    "fixes": "change removes cost risk_removed",
    "status": "result problems",
}
"""The public contract: names that must never go away."""
INSIDE = {
    "location": "path line layer_digest layer_index created_by in_base deleted field",
    "workload": "cluster namespace kind name container",
    "package": "purl name version source_name source_version fixed_version status upgrade upgrade_step",
    "verdict": "status because",
    "suppressed": "by reason until",
}


def validator() -> jsonschema.protocols.Validator:
    document = json.loads(SHIPPED.read_bytes())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def written(report: Report) -> Any:  # noqa: ANN401 - what a script sees
    return json.loads(render(report, Style()))


@pytest.mark.parametrize("report", [SAMPLE, IMAGE_REPORT, asked(3), EVERYTHING])
def test_is_valid_and_loses_nothing(report: Report) -> None:
    text = render(report, Style())
    validator().validate(json.loads(text))
    assert msgspec.json.decode(text, type=Report) == report


def test_the_contract_holds_name_by_name() -> None:
    document = written(EVERYTHING)
    assert document["schema"] == "ringfence/report/v1"
    for section, names in CONTRACT.items():
        for item in document[section] if isinstance(document[section], list) else [document[section]]:
            assert set(names.split()) <= set(item), section
    for field, names in INSIDE.items():
        told = [finding[field] for finding in document["findings"] if finding[field] is not None]
        assert told, field
        assert all(set(names.split()) == set(item) for item in told), field
    assert all(set(problem) == {"where", "why", "mend"} for problem in document["status"]["problems"])


def test_what_is_not_known_is_there_as_unknown() -> None:
    confinement = written(SAMPLE)["workloads"][0]["confinement"]
    assert confinement["uid"] == {"type": "known", "value": 0}
    assert confinement["lsm"] == {"type": "unknown", "reason": "/proc/4711/attr/current could not be read"}
    assert confinement["kernel"]["type"] == "unknown"


def test_every_field_is_always_there_in_the_order_of_the_types() -> None:
    document = written(SAMPLE)
    assert tuple(document) == Report.__struct_fields__
    assert len({tuple(finding) for finding in document["findings"]}) == 1


def test_a_reader_may_meet_new_fields_but_not_miss_old_ones() -> None:
    document = written(SAMPLE)
    document["findings"][0]["new_in_some_later_version"] = 1
    validator().validate(document)
    del document["findings"][0]["kev"]
    with pytest.raises(jsonschema.ValidationError, match="kev"):
        validator().validate(document)


@settings(max_examples=40, deadline=None)
@given(st.text(st.one_of(st.sampled_from('\x1b\x9b\x7f\u202e\u2066\u2028\udcff"\\'), st.characters()), max_size=8))
def test_any_text_gives_valid_json_without_terminal_controls(text: str) -> None:
    shown = render(poisoned(SAMPLE, text), Style())
    shown.encode()
    assert not any(char in shown for char in "\x1b\x9b\x7f\u202e\u2066\u2028")
    back = msgspec.json.decode(shown, type=Report)
    if all(not 0xD800 <= ord(char) <= 0xDFFF for char in text):
        assert back == poisoned(SAMPLE, text)


def test_schema_describes_every_field_it_names() -> None:
    types = schema.fields()
    definitions = json.loads(SHIPPED.read_bytes())["$defs"]
    for name, told in types.items():
        assert list(told) == list(definitions[name]["properties"]), name
    undescribed = {name for name in definitions if name not in types and "description" not in definitions[name]}
    assert not undescribed
