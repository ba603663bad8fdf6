"""Blobs: what goes in comes out, hashed, in every compression; bombs and cuts are named errors."""

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.image.built_image import PACKINGS
from ringfence.errors import LimitExceeded, Malformed, RingfenceError, Unavailable, UnreadableInput
from ringfence.io import blobs
from ringfence.io.blobs import BlobStream, Extent

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def stored(folder: Path, data: bytes, before: bytes = b"") -> Extent:
    place = folder / "blob"
    place.write_bytes(before + data)
    return Extent(str(place), len(before), len(data))


@pytest.mark.parametrize("name", PACKINGS)
@SHARED
@given(data=st.binary(max_size=3000), before=st.binary(max_size=20), steps=st.lists(st.integers(0, 900), max_size=6))
def test_reading_and_skipping_in_any_steps(tmp_path: Path, name: str, data: bytes, before: bytes, steps: list[int]) -> None:
    packed = PACKINGS[name](data)
    if name == "plain" and data[:2] in (blobs.GZIP, blobs.ZSTD[:2]):
        return
    with BlobStream(stored(tmp_path, packed, before)) as stream:
        at = 0
        for index, step in enumerate(steps):
            if index % 2:
                assert stream.skip(step) == len(data[at : at + step])
            else:
                assert stream.read(step) == data[at : at + step]
            at = min(len(data), at + step)
        stream.drain()
        assert (stream.stored_digest, stream.plain_digest) == (sha256(packed), sha256(data))


@pytest.mark.parametrize("magic", [b"", blobs.GZIP + b"\x08\x00", blobs.ZSTD])
@SHARED
@given(data=st.binary(max_size=400))
def test_any_bytes(tmp_path: Path, magic: bytes, data: bytes) -> None:
    try:
        with BlobStream(stored(tmp_path, magic + data)) as stream:
            stream.drain()
    except (Malformed, LimitExceeded):
        return


def test_several_members_are_one_stream(tmp_path: Path) -> None:
    packed = gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0)
    assert blobs.read_start(stored(tmp_path, packed), 100) == b"one two"
    packed = b"".join(zstandard.ZstdCompressor().compress(part) for part in (b"one ", b"two"))
    assert blobs.read_start(stored(tmp_path, packed), 100) == b"one two"


def test_garbage_after_the_stream_counts_for_the_stored_digest_only(tmp_path: Path) -> None:
    packed = gzip.compress(b"data", mtime=0) + b"garbage"
    with BlobStream(stored(tmp_path, packed)) as stream:
        assert stream.read(100) == b"data"
        stream.drain()
        assert (stream.stored_digest, stream.plain_digest) == (sha256(packed), sha256(b"data"))


def test_a_truncated_gzip_is_malformed(tmp_path: Path) -> None:
    packed = gzip.compress(os.urandom(5000), mtime=0)
    for cut in (12, 300, len(packed) - 9):
        with pytest.raises(Malformed, match="gzip stream"):
            blobs.read_start(stored(tmp_path, packed[:cut]), 10_000)


@pytest.mark.parametrize(
    "pack",
    [
        lambda data: gzip.compress(data, mtime=0),
        lambda data: zstandard.ZstdCompressor().compress(data),
    ],
)
def test_a_bomb_stops_at_the_limit(tmp_path: Path, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "FREE_BYTES", 1024 * 1024)
    with (
        pytest.raises(LimitExceeded, match="growth of a compressed blob"),
        BlobStream(stored(tmp_path, pack(bytes(16 * 1024 * 1024)))) as stream,
    ):
        stream.drain()


def test_a_zstd_frame_may_not_ask_for_any_memory(tmp_path: Path) -> None:
    # RFC 8878, 3.1.1.1: magic, a descriptor without single segment, and the largest window descriptor (3.75 TiB).
    frame = blobs.ZSTD + b"\x00\xff" + b"\x01\x00\x00"
    with pytest.raises(Malformed, match="zstd stream"):
        blobs.read_start(stored(tmp_path, frame), 10)


def test_what_is_no_regular_file_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "missing", "."):
        with pytest.raises(UnreadableInput):
            blobs.file_extent(str(tmp_path / name))
        with pytest.raises(Unavailable):
            blobs.read_start(Extent(str(tmp_path / name), 0, 1), 1)


def test_a_file_that_shrinks_gives_less_and_no_error(tmp_path: Path) -> None:
    extent = stored(tmp_path, b"data")
    assert blobs.read_start(Extent(extent.path, 0, 1000), 1000) == b"data"
    assert issubclass(Malformed, RingfenceError)


def test_an_open_file_without_a_name_is_a_blob_too() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"written, and not yet out of the buffer")
        assert blobs.read_start(blobs.open_extent(file), 100) == b"written, and not yet out of the buffer"
