"""Archives inside archives: what is in them is seen, and no bytes make it more than it may be."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.image.built_image import file, hard_link, link, tar_of
from ringfence.formats import nested_archive


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def seen(data: bytes, largest: int = 1000) -> dict[str, bytes]:
    return dict(nested_archive.files(data, largest))


INNER = {"a/key.txt": b"inner text"}
TAR = tar_of([file("a/key.txt", b"inner text"), link("l", "/etc/passwd"), hard_link("h", "a/key.txt")])


@pytest.mark.parametrize("data", [zipped(INNER), TAR, gzip.compress(TAR)])
def test_files_of_each_kind_of_archive_are_seen(data: bytes) -> None:
    assert seen(data) == INNER


def test_a_single_compressed_file_is_one_without_a_name() -> None:
    assert seen(gzip.compress(b"a log")) == {"": b"a log"}


def test_archives_inside_are_seen_to_a_depth() -> None:
    two = zipped({"x.tar.gz": gzip.compress(TAR)})
    assert seen(two) == {"x.tar.gz!/a/key.txt": b"inner text"}
    three = zipped({"y.zip": two})
    assert seen(three) == {"y.zip!/x.tar.gz!/a/key.txt": b"inner text"}
    assert seen(zipped({"z.zip": three})) == {}


def test_what_is_too_large_or_encrypted_is_passed_over() -> None:
    assert seen(zipped({"large": b"x" * 2000, "small": b"y"})) == {"small": b"y"}


def test_bombs_take_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nested_archive, "MAX_TOTAL", 10_000)
    assert seen(gzip.compress(bytes(1_000_000)), 10**9) == {}
    assert sum(map(len, seen(zipped({str(n): b"x" * 900 for n in range(100)})).values())) <= 10_000
    monkeypatch.setattr(nested_archive, "MAX_MEMBERS", 5)
    assert len(seen(zipped({str(n): b"x" for n in range(100)}))) == 5


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: zipped(INNER)[:-22] + tail))
def test_any_bytes(data: bytes) -> None:
    seen(data)


@given(st.integers(0, len(TAR)), st.binary(min_size=1, max_size=20))
def test_any_damage(place: int, damage: bytes) -> None:
    for whole in (zipped({"t.tar": TAR}), gzip.compress(TAR), TAR):
        seen(whole[:place] + damage + whole[place + len(damage) :])
