"""JSON under a signature: one reading only, or none."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import strict_json
from ringfence.model.fact import Fact


class Claim(Fact, forbid_unknown_fields=True):
    kind: str
    size: int = 0


@pytest.mark.parametrize(
    "data",
    [
        b'{"kind":"a","kind":"a"}',
        b'{"kind":"a","size":{"x":1,"x":1}}',
        b'{"kind":"a"} {}',
        b'{"kind":"a"}\x00',
        b'{"kind":"a","size":NaN}',
        b'{"kind":"a","other":1}',
        b'{"kind":1}',
        b'{"kind":"\xff"}',
        b'\xef\xbb\xbf{"kind":"a"}',
        b"",
        b"[" * 100_000,
        b'{"kind":"a","size":' + b"9" * 5000 + b"}",
    ],
)
def test_what_two_readers_could_read_in_two_ways_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        strict_json.decode(data, Claim, "claim")


def test_a_limit_has_its_name() -> None:
    with pytest.raises(LimitExceeded, match="bytes of a claim"):
        strict_json.decode(b" " * 100, Claim, "claim", limit=99)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_give_a_value_or_the_one_error(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        strict_json.decode(data, Claim, "claim")


@given(st.text(), st.integers(-(2**62), 2**62))
def test_what_is_written_is_read(kind: str, size: int) -> None:
    # A lone surrogate is no text and cannot be written as UTF-8.
    data = json.dumps({"kind": kind, "size": size}).encode()
    if any("\ud800" <= char <= "\udfff" for char in kind):
        return
    assert strict_json.decode(data, Claim, "claim") == Claim(kind=kind, size=size)
