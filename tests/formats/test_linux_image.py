from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import kata_config, linux_image


def bzimage(release: bytes) -> bytes:
    head = bytearray(0x400)
    head[0x202:0x206] = b"HdrS"
    head[0x20E:0x210] = (0x100).to_bytes(2, "little")
    head[0x300 : 0x300 + len(release)] = release
    return bytes(head)


def test_both_kinds_of_image_tell_their_release() -> None:
    assert linux_image.release(bzimage(b"6.1.0-56-amd64 (debian-kernel@lists) #1\0")) == "6.1.0-56-amd64"
    assert linux_image.release(b"\x7fELF" + b"\0" * 600 + b"Linux version 6.1.62 (root@kata) ") == "6.1.62"


@pytest.mark.parametrize("data", [b"", b"\x7fELF", bzimage(b"nothing"), bzimage(b"")])
def test_an_image_that_tells_none_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        linux_image.release(data)


@given(st.binary(max_size=700))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Malformed):
        linux_image.release(data)
    with suppress(Malformed, LimitExceeded):
        kata_config.parse(data)
