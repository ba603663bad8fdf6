"""Packed files: every packing gives the same bytes, and none gives more than its limit or anything but our errors."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from contextlib import suppress

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed, RingfenceError
from ringfence.io import publication
from ringfence.io.publication import documents, unpacked

PACKINGS = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


FILES = {"a/one.json": b"1", "b.json": b"22", "c.txt": b"no"}


@pytest.mark.parametrize("packing", PACKINGS)
@given(data=st.binary(max_size=3000))
def test_what_was_packed_comes_out(packing: str, data: bytes) -> None:
    made = PACKINGS[packing](data)
    if packing == "plain" and unpacked(io.BytesIO(made), "x").source.__class__ is not io.BytesIO:
        return  # plain bytes that happen to begin like a packed file
    assert unpacked(io.BytesIO(made), "x").whole() == data


@pytest.mark.parametrize("packing", PACKINGS)
def test_documents_of_a_tar_in_any_packing(packing: str) -> None:
    found = dict(documents(io.BytesIO(PACKINGS[packing](tar(FILES))), "x"))
    assert found == {"a/one.json": b"1", "b.json": b"22"}


def test_documents_of_a_zip_and_of_lines() -> None:
    assert dict(documents(io.BytesIO(zipped(FILES)), "x")) == {"a/one.json": b"1", "b.json": b"22"}
    assert list(documents(io.BytesIO(gzip.compress(b"{}\n\n[]")), "x")) == [("line 1", b"{}"), ("line 3", b"[]")]


@pytest.mark.parametrize("packing", PACKINGS)
@given(data=st.binary(max_size=400), cut=st.integers(0, 400))
def test_any_bytes_and_any_cut_give_our_errors_only(packing: str, data: bytes, cut: int) -> None:
    for made in (data, PACKINGS[packing](tar({"a.json": data}))[:cut], zipped({"a.json": data})[:cut]):
        with suppress(RingfenceError):
            list(documents(io.BytesIO(made), "x"))


@pytest.mark.parametrize("packing", ["gzip", "xz", "bzip2"])
def test_a_cut_stream_is_said(packing: str) -> None:
    with pytest.raises(Malformed, match="fetch it again"):
        unpacked(io.BytesIO(PACKINGS[packing](bytes(range(256)) * 50)[:-20]), "x").whole()


def test_a_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = unpacked(io.BytesIO(gzip.compress(bytes(3_000_000))), "x")
    bomb.max_bytes = 1_000_000
    with pytest.raises(LimitExceeded, match="unpacked bytes"):
        bomb.whole()
    with pytest.raises(LimitExceeded):
        unpacked(io.BytesIO(gzip.compress(bytes(3000))), "x").whole(limit=1000)
    monkeypatch.setattr(publication, "MAX_DOCUMENT_BYTES", 10)
    for made in (tar({"a.json": bytes(11)}), zipped({"a.json": bytes(11)})):
        with pytest.raises(LimitExceeded):
            list(documents(io.BytesIO(made), "x"))
