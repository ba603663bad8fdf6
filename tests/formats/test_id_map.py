import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import id_map
from ringfence.model.confinement import HOST_IDS, IdRange


def test_the_initial_namespace_maps_every_id_to_itself() -> None:
    assert id_map.parse(b"         0          0 4294967295\n") == HOST_IDS


def test_rootless_podman_maps_root_to_the_user() -> None:
    ranges = id_map.parse(b"0 1000 1\n1 100000 65536\n")
    assert ranges == (IdRange(inside=0, outside=1000, length=1), IdRange(inside=1, outside=100000, length=65536))
    assert id_map.inside(ranges, 1000) == 0
    assert id_map.inside(ranges, 100009) == 10
    assert id_map.inside(ranges, 0) is None


def test_a_map_has_no_more_lines_than_the_kernel_takes() -> None:
    with pytest.raises(LimitExceeded):
        id_map.parse(b"0 0 1\n" * 341)


@pytest.mark.parametrize("data", [b"0 0\n", b"0 0 x\n", b"-1 0 1\n", b"0 0 99999999999\n"])
def test_what_is_no_map_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        id_map.parse(data)


@given(st.binary(max_size=200) | st.from_regex(rb"[0-9 \n-]*", fullmatch=True))
@settings(max_examples=100)
def test_any_bytes(data: bytes) -> None:
    try:
        for item in id_map.parse(data):
            assert id_map.inside((item,), item.outside) in (item.inside, None)
    except (Malformed, LimitExceeded):
        pass
