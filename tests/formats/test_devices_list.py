"""`devices.list` of cgroup v1, as this kernel writes it in a container of runc and on the host."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import devices_list

RUNC = b"b *:* m\nc *:* m\nc 1:3 rwm\nc 1:5 rwm\nc 5:2 rwm\nc 10:200 rwm\nc 136:* rwm\n"


def test_a_container() -> None:
    found = devices_list.parse(RUNC)
    assert not found.everything
    assert found.may("c", 1, 3, "rw")
    assert found.may("c", 136, 7, "rwm")
    assert found.may("b", 8, 0, "m")
    assert not found.may("b", 8, 0, "r")


def test_a_host() -> None:
    assert devices_list.parse(b"a *:* rwm\n").everything


@pytest.mark.parametrize("text", [b"c 1 rwm", b"x 1:3 rwm", b"c 1:3 q", b"c 1:3", b"\xff"])
def test_nonsense_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed, match="list of devices"):
        devices_list.parse(text)


def test_too_many_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        devices_list.parse(b"c 1:3 rwm\n" * 20_000)


@given(st.binary(max_size=200))
def test_only_its_own_error_comes_out(data: bytes) -> None:
    with contextlib.suppress(Malformed, LimitExceeded):
        devices_list.parse(data)
