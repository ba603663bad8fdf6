"""Layers kept: the same facts as when they were read, and never those of a layer that only claims to be the same."""

import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from layers.image.built_image import BuiltImage, Seen, digest, file, look, plain, tar_of, write_tar, zipped
from ringfence.formats.tar import MemberReader, TarReader
from ringfence.io.result_cache import ResultCache
from ringfence.layers.image.collect.reading import layer_reading, layer_record
from ringfence.layers.image.collect.reading.layer_scan import LayerScan

STATUS = "Package: dash\nStatus: install ok installed\nVersion: 1\n\n"
BASE = tar_of([file("etc/os-release", "ID=debian\nVERSION_ID=12\n"), file("usr/bin/su", b"\x7fELF", 0o4755)])
OTHER_BASE = tar_of([file("etc/os-release", "ID=ubuntu\nVERSION_ID=24.04\n")])
TOP = tar_of(
    [file("var/lib/dpkg/status", STATUS), file(".wh.old"), file("etc/key", "token: glpat-" + "x3Fq9ZbT7LmNcV2aKd8P")]
)
IMAGE = BuiltImage((BASE, TOP))


@pytest.fixture
def cache(tmp_path: Path) -> ResultCache:
    return ResultCache(str(tmp_path / "results.db"))


class Counting:
    """Counts the archives read through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0

        def reader(source: object) -> TarReader:
            self.count += 1
            return TarReader(source)  # type: ignore[arg-type]  # handed on as it came

        monkeypatch.setattr(layer_reading, "TarReader", reader)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counting:
    return Counting(monkeypatch)


def same(one: Seen, other: Seen) -> bool:
    return replace(one, facts=msgspec.structs.replace(one.facts, reference="")) == replace(
        other, facts=msgspec.structs.replace(other.facts, reference="")
    )


def test_the_second_reading_reads_nothing_and_says_the_same(tmp_path: Path, cache: ResultCache, reads: Counting) -> None:
    ref = IMAGE.docker_archive(tmp_path / "x.tar")
    first = look(ref, cache=cache)
    assert reads.count == 2
    assert same(first, look(ref, cache=cache))
    assert same(first, look(ref))
    assert reads.count == 4
    assert first.packages == ["dash 1"]


def test_a_copy_of_the_file_and_another_image_share_layers(tmp_path: Path, cache: ResultCache, reads: Counting) -> None:
    look(IMAGE.oci_archive(tmp_path / "x.tar", zipped), cache=cache)
    look(IMAGE.oci_archive(tmp_path / "y.tar", zipped), cache=cache)
    assert reads.count == 2
    look(BuiltImage((BASE, tar_of([file("new", "x")]))).oci_archive(tmp_path / "z.tar", zipped), cache=cache)
    assert reads.count == 3


def test_a_layer_on_another_release_is_read_again(tmp_path: Path, cache: ResultCache, reads: Counting) -> None:
    look(IMAGE.docker_archive(tmp_path / "x.tar"), cache=cache)
    seen = look(BuiltImage((OTHER_BASE, TOP)).docker_archive(tmp_path / "y.tar"), cache=cache)
    assert reads.count == 4
    assert seen.facts.packages[0].purl == "pkg:deb/ubuntu/dash@1?distro=ubuntu-24.04"


@pytest.mark.parametrize("packing", [plain, zipped])
def test_a_layer_that_claims_to_be_a_known_one_is_not_believed(tmp_path: Path, cache: ResultCache, packing: type) -> None:
    look(IMAGE.oci_archive(tmp_path / "x.tar", packing), cache=cache)
    files = IMAGE.oci_files(packing)
    evil = packing(tar_of([file("evil", "y")]))
    name = f"blobs/{digest(packing(TOP)).replace(':', '/')}"
    write_tar(tmp_path / "y.tar", {**files, name: evil})
    seen = look(str(tmp_path / "y.tar"), cache=cache)
    assert seen.packages == []
    assert any(problem.why.startswith("integrity") for problem in seen.problems)


def test_a_file_changed_in_place_is_read_again(tmp_path: Path, cache: ResultCache) -> None:
    path = tmp_path / "x.tar"
    look(IMAGE.docker_archive(path), cache=cache)
    path.write_bytes(path.read_bytes().replace(b"Version: 1\n", b"Version: 2\n"))
    seen = look(str(path), cache=cache)
    assert seen.packages == ["dash 2"]
    assert any(problem.why.startswith("integrity") for problem in seen.problems)


def test_what_could_not_be_read_to_its_end_is_not_kept(tmp_path: Path, cache: ResultCache, reads: Counting) -> None:
    broken = BuiltImage((BASE, TOP[:700]))
    for _ in range(2):
        assert look(broken.docker_archive(tmp_path / "x.tar"), cache=cache).facts.unread
    assert reads.count == 3


def test_a_record_that_is_damaged_is_not_used() -> None:
    record = layer_record.LayerRecord(gone=("a",))
    data = layer_record.encode(record)
    assert layer_record.decode(data) == record
    assert layer_record.decode(data[:-1]) is None
    assert layer_record.decode(b"\xc1") is None


def test_a_folder_is_read_again_only_if_anything_in_it_changed(
    tmp_path: Path, cache: ResultCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    run = LayerScan.run

    def counted(self: LayerScan, reader: MemberReader) -> None:
        read.append(1)
        run(self, reader)

    monkeypatch.setattr(LayerScan, "run", counted)
    ref = IMAGE.store(tmp_path)
    first = look(ref, host=str(tmp_path), cache=cache)
    assert len(read) == 2
    assert look(ref, host=str(tmp_path), cache=cache) == first
    assert len(read) == 2
    key = next((tmp_path / "var/lib/containers/storage/overlay").glob("*/diff/etc/key"))
    content = key.read_bytes()
    key.write_bytes(content.replace(b"glpat-", b"nolpa-"))
    os.utime(key, ns=(0, 0))
    again = look(ref, host=str(tmp_path), cache=cache)
    assert len(read) == 3, "the one layer"
    assert again.secrets != first.secrets
