"""Scalars: any text resolves, quoted text stays text, and a number is the number that Python reads."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.formats.yaml_scalars import MAX_NUMBER, resolve


@given(st.text(), st.sampled_from([None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:int"]), st.booleans())
def test_any_text(text: str, tag: str | None, plain: bool) -> None:
    value = resolve(text, tag, plain)
    assert value is None or isinstance(value, str | int | float | bool)
    if isinstance(value, str):
        assert value == text


@given(st.text())
def test_quoted_text_is_itself(text: str) -> None:
    assert resolve(text, None, plain=False) == text


@given(st.integers(-(10 ** (MAX_NUMBER - 2)), 10 ** (MAX_NUMBER - 2)))
def test_whole_numbers(number: int) -> None:
    assert resolve(str(number), None, plain=True) == number


@given(st.from_regex(r"[-+]?[0-9_.eExXoOaAbBfF]{1,60}", fullmatch=True))
def test_what_looks_like_a_number(text: str) -> None:
    resolve(text, None, plain=True)
