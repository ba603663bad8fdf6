"""bbolt files: one that containerd wrote, and anything else, which is refused or read without harm."""

import gzip
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import bolt
from ringfence.formats.bolt import Bucket

# Of containerd 1.6.20, after `ctr images import` into the namespaces `default` and `k8s.io`.
REAL = gzip.decompress((Path(__file__).parent / "samples" / "containerd-meta.db.gz").read_bytes())
PAGE = 4096


def walk(bucket: Bucket, depth: int = 0) -> int:
    """Everything in it, to a depth; gives the number of buckets."""
    names = bucket.names()
    bucket.get(b"digest")
    inner = [bucket.bucket(name) for name in names] if depth < 6 else []
    return len(names) + sum(walk(item, depth + 1) for item in inner if item is not None)


def test_what_containerd_wrote_is_read() -> None:
    version = bolt.parse(REAL).bucket(b"v1")
    assert version is not None
    assert {b"default", b"k8s.io"} <= set(version.names())
    images = version.bucket(b"k8s.io", b"images")
    assert images is not None
    assert b"localhost/x:1" in images.names()
    target = images.bucket(b"localhost/x:1", b"target")
    assert target is not None
    assert target.get(b"digest") == b"sha256:21306ffeced3c03db77eb4ba147e6d1fa6cc88fc5d05e5af50862a643d3dd344"
    assert target.get(b"nothing") is None
    assert version.bucket(b"k8s.io", b"nothing", b"more") is None


def test_the_newer_meta_page_counts_and_a_torn_one_does_not() -> None:
    states = set()
    for page in (0, 1):
        torn = bytearray(REAL)
        torn[page * PAGE + 20] ^= 0xFF
        states.add(walk(bolt.parse(bytes(torn))))
    assert walk(bolt.parse(REAL)) in states
    assert len(states) == 2, "containerd keeps the state before beside the last one"
    torn = bytearray(REAL)
    torn[20] ^= 0xFF
    torn[PAGE + 20] ^= 0xFF
    with pytest.raises(Malformed, match="meta pages"):
        bolt.parse(bytes(torn))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    with pytest.raises(Malformed):
        bolt.parse(data)


@given(st.integers(2 * PAGE, len(REAL) - 1), st.binary(min_size=1, max_size=40))
def test_any_damage_behind_the_meta_pages(place: int, damage: bytes) -> None:
    data = bytearray(REAL)
    data[place : place + len(damage)] = damage
    with suppress(Malformed, LimitExceeded):
        walk(bolt.parse(bytes(data[: len(REAL)])))


@given(st.integers(0, len(REAL)))
def test_any_cut(length: int) -> None:
    with suppress(Malformed, LimitExceeded):
        walk(bolt.parse(REAL[:length]))
