import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded
from ringfence.formats import boot_parameters


@given(st.binary(max_size=3000))
def test_any_bytes_give_words_without_white_space_at_their_ends(data: bytes) -> None:
    assert all(boot_parameters.parse(data))


def test_quotes_hold_a_value_together() -> None:
    assert boot_parameters.parse(b'quiet dyndbg="file a.c +p" ro\n') == ("quiet", "dyndbg=file a.c +p", "ro")


def test_a_line_beyond_the_limit_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        boot_parameters.parse(b"x" * (boot_parameters.MAX_BYTES + 1))
