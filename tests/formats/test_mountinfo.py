import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats import mountinfo

LINES = rb"""73 48 0:40 / / rw,relatime - overlay overlay rw,lowerdir=/l
74 73 254:0 /srv/my\040data /data ro,relatime shared:7 master:3 - ext4 /dev/vda rw,discard
75 73 0:43 /gone//deleted /gone rw unbindable - tmpfs tmpfs ro
"""


def test_fields_of_a_mount() -> None:
    root, data, gone = mountinfo.parse(LINES)
    assert (root.device, root.root, root.point, root.kind, root.read_only) == ("0:40", "/", "/", "overlay", False)
    assert (data.root, data.read_only, data.propagation, data.source) == ("/srv/my data", True, "shared,slave", "/dev/vda")
    assert (gone.root, gone.read_only, gone.propagation) == ("/gone", True, "unbindable")


def test_the_topmost_mount_hides_those_below() -> None:
    mounts = mountinfo.parse(LINES + b"99 73 0:50 / / ro - tmpfs tmpfs rw\n")
    top = mountinfo.mounted_at(mounts, "/")
    assert top is not None
    assert top.device == "0:50"
    assert mountinfo.mounted_at(mounts, "/none") is None


@pytest.mark.parametrize("data", [b"x\n", b"1 2 0:1 / /\n", b"1 2 0:1 / / rw - ext4\n"])
def test_a_broken_line_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        mountinfo.parse(data)


@given(st.binary(max_size=200), st.integers(0, len(LINES)))
@settings(max_examples=100)
def test_any_bytes(noise: bytes, at: int) -> None:
    for data in (noise, LINES[:at] + noise):
        with contextlib.suppress(Malformed):
            mountinfo.parse(data)
