"""`.ringfence-ignore`: any bytes give exceptions or one of two errors, and an error names the line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import ignore_file
from ringfence.formats.ignore_file import parse

GOOD = b'[[ignore]]\nrule = "a"\nreason = "r"\n\n[[ignore]]\ncve = "CVE-2020-1"\nuntil = "2026-12-31"\nreason = " s "\n'


def test_reads_entries_with_their_lines() -> None:
    first, second = parse(GOOD)
    assert (first.rule, first.reason, first.until, first.at.line) == ("a", "r", "", 1)
    assert (second.cve, second.reason, second.until, str(second.at)) == (
        "CVE-2020-1",
        "s",
        "2026-12-31",
        ".ringfence-ignore:5",
    )
    assert parse(b"") == ()


def test_a_date_may_be_bare() -> None:
    assert parse(b'[[ignore]]\nrule="a"\nreason="r"\nuntil=2026-12-31')[0].until == "2026-12-31"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[ignore]]\nrule="a"\nreason="r"\n[[ignore]]\nrule="b"', "ignore:4: .*`reason`.*add reason"),
        ('[[ignore]]\nrule="b"\nreason="  "', "ignore:1: .*empty reason"),
        ('[[ignore]]\nreason="r"', "ignore:1: .*every finding"),
        ('\n[[ignore]]\nrule="b"\nreason="r"\nuntill="2026-01-01"', "ignore:2: .*untill"),
        ('[[ignore]]\nrule="b"\nreason="r"\nuntil="soon"', "ignore:1: .*until"),
        ('[[ignore]]\nrule=7\nreason="r"', "ignore:1: .*rule"),
        ('[[ignored]]\nrule="b"\nreason="r"', "ignored"),
        ('ignore = [{rule="b", reason=""}]', "exception 1: .*empty reason"),
        ("[[ignore]]\nrule = ]", "line 2"),
        ("a=" + "[" * 50_000, "nested too deeply"),
    ],
)
def test_says_which_line_is_wrong(text: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        parse(text.encode())


def test_not_utf8() -> None:
    with pytest.raises(Malformed, match="byte 0 is not UTF-8"):
        parse(b"\xff")


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitExceeded):
        parse(b"#" * (ignore_file.MAX_BYTES + 1))
    monkeypatch.setattr(ignore_file, "MAX_EXEMPTIONS", 1)
    with pytest.raises(LimitExceeded):
        parse(GOOD)


@settings(max_examples=100)
@given(st.one_of(st.binary(), st.lists(st.sampled_from(GOOD.decode().split("\n"))).map(lambda x: "\n".join(x).encode())))
def test_any_bytes(data: bytes) -> None:
    try:
        found = parse(data)
    except (Malformed, LimitExceeded):
        return
    assert all(item.reason for item in found)
