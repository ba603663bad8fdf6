"""The schema that ships and the tables in the documentation are those that the types give."""

import re
from pathlib import Path

import ringfence.report
from report.renewal import compare
from ringfence.report import schema

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "report.md"
TABLES = re.compile(r"(<!-- fields:.*?-->\n).*(<!-- end of fields -->)", re.DOTALL)


def test_the_shipped_schema_is_fresh() -> None:
    compare(Path(ringfence.report.__path__[0]) / "report.schema.json", schema.document().decode())


def test_the_documented_fields_are_fresh() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    assert TABLES.search(text)
    compare(DOCUMENTATION, TABLES.sub(lambda found: f"{found[1]}\n{schema.reference()}\n{found[2]}", text))


def test_no_module_path_is_told() -> None:
    assert b"ringfence.model" not in schema.document()
    assert b"RingfenceModel" not in schema.document()
