import contextlib
import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import kconfig

PLAIN = b"""#
# Linux/x86 6.1.119
#
CONFIG_USER_NS=y
CONFIG_IKCONFIG=m
# CONFIG_MODULES is not set
CONFIG_LSM="landlock,yama"
"""


@pytest.mark.parametrize("data", [PLAIN, gzip.compress(PLAIN, mtime=0)])
def test_plain_and_compressed_say_the_same(data: bytes) -> None:
    assert kconfig.parse(data) == {"CONFIG_USER_NS": "y", "CONFIG_IKCONFIG": "m", "CONFIG_LSM": "landlock,yama"}


def test_a_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(b"#" * (kconfig.MAX_CONFIG_BYTES + 1))
    with pytest.raises(LimitExceeded):
        kconfig.parse(bomb)


@pytest.mark.parametrize(
    "data", [b"", b"nothing here", gzip.compress(PLAIN, mtime=0)[:-12], b"\x1f\x8bxx", zlib.compress(PLAIN)]
)
def test_what_is_no_configuration_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        kconfig.parse(data)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: b"\x1f\x8b\x08" + tail))
@settings(max_examples=100)
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(Malformed, LimitExceeded):
        assert kconfig.parse(data)
