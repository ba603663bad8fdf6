"""Hostile images, each attack by its name: nothing outside is read, nothing believed unchecked, every limit has its error.

The attacks on single formats are in `tests/formats` (tar: sizes that lie, PAX records, sparse entries, long names) and
`tests/io` (bombs of gzip and zstd, cut streams, what is no regular file).
"""

import gzip
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from layers.image.built_image import (
    GITHUB_TOKEN,
    BuiltImage,
    Entry,
    Seen,
    digest,
    directory,
    file,
    hard_link,
    link,
    look,
    tar_of,
    write_tar,
    zipped,
    zstd,
)
from ringfence.errors import LimitExceeded, UnreadableInput
from ringfence.formats import oci_image
from ringfence.formats.tar import TarReader
from ringfence.io import blobs, tar_archive
from ringfence.io.result_cache import ResultCache
from ringfence.knowledge import build_tools, secret_rules, unneeded_files
from ringfence.layers.image.collect.reading import layer_record, layer_scan
from ringfence.layers.image.collect.reading.dispatch import Dispatch
from ringfence.layers.image.collect.reading.layer_scan import Budget, LayerScan, Searchers

SECRET = f"token = {GITHUB_TOKEN}\n"


def image(tmp_path: Path, *entries: Entry) -> Seen:
    return look(BuiltImage((tar_of(entries),)).docker_archive(tmp_path / "x.tar"))


def test_a_path_that_leads_out_of_the_root_is_left_out_and_told(tmp_path: Path) -> None:
    seen = image(tmp_path, file("../../etc/key", SECRET), file("a/../../key", SECRET), file("good", SECRET))
    assert seen.places == {("/good", False)}
    assert [problem.why for problem in seen.problems] == ["leads out of the root and was left out"] * 2
    assert "leads out of the root" in seen.facts.unread


def test_an_absolute_path_is_one_under_the_root(tmp_path: Path) -> None:
    assert image(tmp_path, file("/etc/key", SECRET)).places == {("/etc/key", False)}


def test_a_symbolic_link_to_a_file_of_the_host_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(SECRET)
    assert not image(tmp_path, link("key", str(tmp_path / "outside")), link("deep", "../../../../etc/passwd")).places
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/key").symlink_to(tmp_path / "outside")
    (root / "up").symlink_to("..")
    assert not look(f"dir:{root}").places


def test_a_cycle_of_links_ends(tmp_path: Path) -> None:
    seen = image(tmp_path, link("a", "b"), link("b", "a"), hard_link("c", "d"), hard_link("d", "c"), file("key", SECRET))
    assert seen.places == {("/key", False)}


def test_a_hard_link_to_outside_is_left_out(tmp_path: Path) -> None:
    seen = image(tmp_path, hard_link("shadow", "../../../etc/shadow"))
    assert not seen.places
    assert seen.problems


def test_device_nodes_and_pipes_are_not_opened(tmp_path: Path) -> None:
    nodes = (Entry("zero", kind=tarfile.CHRTYPE, device=(1, 5)), Entry("disk", kind=tarfile.BLKTYPE, device=(8, 0)))
    assert image(tmp_path, *nodes, Entry("pipe", kind=tarfile.FIFOTYPE), file("key", SECRET)).places == {("/key", False)}


def test_a_pipe_in_a_root_file_system_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    os.mkfifo(tmp_path / "etc/os-release")
    assert look(f"dir:{tmp_path}").packages == []


def test_a_sparse_file_of_10_gb_in_a_small_header_is_not_expanded(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("var/lib/dpkg/status")
        entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(10 * 1024**3)}
        entry.size = 512
        archive.addfile(entry, io.BytesIO(b"1\n0\n" + bytes(508)))
    seen = look(BuiltImage((target.getvalue(),)).docker_archive(tmp_path / "x.tar"))
    assert seen.packages == []
    assert "sparse" in seen.facts.unread


@pytest.mark.parametrize("packing", [zipped, zstd])
def test_a_compressed_bomb_is_cut_off_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(blobs, "FREE_BYTES", 1024 * 1024)
    bomb = tar_of([file("key", SECRET), file("zeros", bytes(32 * 1024 * 1024))])
    seen = look(BuiltImage((bomb, tar_of([file("other", SECRET)]))).docker_archive(tmp_path / "x.tar", packing))
    assert seen.places == {("/key", False), ("/other", False)}
    (problem,) = seen.problems
    assert "growth of a compressed blob" in problem.why


def test_a_truncated_layer_gives_what_came_before_the_cut(tmp_path: Path) -> None:
    layer = tar_of([file("key", SECRET), file("big", os.urandom(100_000))])
    files = BuiltImage((layer,)).oci_files(zipped)
    name = next(name for name, data in files.items() if data == zipped(layer))
    write_tar(tmp_path / "x.tar", {**files, name: zipped(layer)[:50_000]})
    seen = look(f"oci-archive:{tmp_path}/x.tar")
    assert seen.places == {("/key", False)}
    assert "gzip stream" in seen.facts.unread


def test_garbage_after_a_layer_is_an_integrity_fault(tmp_path: Path) -> None:
    layer = tar_of([file("key", SECRET)])
    files = BuiltImage((layer,)).oci_files(zipped)
    name = next(name for name, data in files.items() if data == zipped(layer))
    write_tar(tmp_path / "x.tar", {**files, name: zipped(layer) + b"garbage"})
    seen = look(f"oci-archive:{tmp_path}/x.tar")
    assert seen.places == {("/key", False)}
    assert {problem.why.partition(":")[0] for problem in seen.problems} == {"integrity"}


def test_names_that_are_no_utf_8_or_drive_a_terminal_reach_the_report_harmless(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in ("a\udcff/key", "b\x1b[2J\x07/key", "c\u202e/key"):
            entry = tarfile.TarInfo(name)
            entry.size = len(SECRET)
            archive.addfile(entry, io.BytesIO(SECRET.encode()))
    seen = look(BuiltImage((target.getvalue(),)).docker_archive(tmp_path / "x.tar"))
    assert {place for place, _ in seen.places} == {"/a\\xff/key", "/b\x1b[2J\x07/key", "/c\u202e/key"}


def test_a_manifest_bomb_has_a_limit(tmp_path: Path) -> None:
    files = BuiltImage((tar_of([file("x", "y")]),)).oci_files()
    many = [{"digest": "sha256:" + "0" * 64}] * (oci_image.MAX_LAYERS + 1)
    write_tar(tmp_path / "x.tar", {**files, "index.json": json.dumps({"manifests": many}).encode()})
    with pytest.raises(LimitExceeded):
        look(f"oci-archive:{tmp_path}/x.tar")


def test_indices_inside_indices_end(tmp_path: Path) -> None:
    chain = {}
    document = b'{"manifests": []}'
    for _ in range(21):
        chain[f"blobs/{digest(document).replace(':', '/')}"] = document
        document = json.dumps({"manifests": [{"digest": digest(document)}]}).encode()
    write_tar(tmp_path / "x.tar", {**chain, "index.json": document})
    with pytest.raises(UnreadableInput, match="that of no image"):
        look(f"oci-archive:{tmp_path}/x.tar")


def test_an_archive_with_members_without_end_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_archive, "MAX_BLOBS", 50)
    write_tar(tmp_path / "x.tar", {f"{index}": b"x" for index in range(60)})
    with pytest.raises(LimitExceeded, match="members of an archive of images"):
        look(str(tmp_path / "x.tar"))


def test_an_image_of_nothing_but_secrets_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_scan, "MAX_MARKS", 20)
    seen = image(tmp_path, *(file(f"{index}/key", SECRET) for index in range(40)))
    assert "things noted of one image" in seen.facts.unread
    assert len(seen.places) == 20


def test_a_limit_reached_once_holds_with_the_cache_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ResultCache(str(tmp_path / "results.db"))
    layers = tuple(tar_of([file(f"{layer}/{index}/key", SECRET) for index in range(15)]) for layer in range(3))
    ref = BuiltImage(layers).docker_archive(tmp_path / "x.tar")
    assert not look(ref, cache=cache).facts.unread
    monkeypatch.setattr(layer_scan, "MAX_MARKS", 20)
    assert "things noted of one image" in look(ref, cache=cache).facts.unread


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("var/lib/rpm/rpmdb.sqlite", b"SQLite format 3\0" + bytes(500)),
        ("var/lib/rpm/Packages.db", b"RpmP" + b"\xff" * 100),
        ("var/lib/rpm/Packages", b"\xff" * 600),
        ("usr/lib/node_modules/x/package.json", b"[" * 10_000),
        ("app/x.jar", b"PK\x05\x06" + b"\xff" * 18),
        ("app/x.deps.json", b'{"libraries": 7}'),
        ("var/lib/gems/specifications/x.gemspec", b"system('rm -rf /')"),
        ("var/lib/pacman/local/x-1-1/desc", b"%NAME%\n\n%VERSION%\n"),
        ("opt/conda/conda-meta/x.json", b'{"name": ["x"], "version": {}}'),
    ],
)
def test_a_malicious_package_database_is_told_and_the_rest_is_read(tmp_path: Path, path: str, data: bytes) -> None:
    seen = image(tmp_path, file(path, data), file("var/lib/dpkg/status", "Package: good\nVersion: 1\n\n"))
    assert seen.packages == ["good 1"]
    (problem,) = seen.problems
    assert problem.where.endswith(path)


def test_an_archive_bomb_inside_a_layer_is_not_expanded(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(200_000_000))
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.gz", bomb)
    seen = image(tmp_path, file("srv/a.zip", nested.getvalue()), file("srv/b.gz", bomb), file("key", f"x={GITHUB_TOKEN}"))
    assert seen.places == {("/key", False)}


def test_a_database_beyond_reason_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_scan, "MAX_DATABASE_BYTES", 1000)
    seen = image(tmp_path, file("var/lib/dpkg/status", "Package: a\nVersion: 1\n\n" * 100))
    assert seen.packages == []
    assert "larger than" in seen.facts.unread


def test_nothing_is_written_beside_the_image(tmp_path: Path) -> None:
    ref = BuiltImage((tar_of([directory("etc"), file("etc/key", SECRET)]),)).oci_archive(tmp_path / "x.tar", zipped)
    before = sorted(os.listdir(tmp_path))
    look(ref)
    assert sorted(os.listdir(tmp_path)) == before


class Endless:
    """A source of empty files, made as they are read."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.block = tarfile.TarInfo("directory/name-of-a-file").tobuf(tarfile.USTAR_FORMAT)

    def read(self, size: int) -> bytes:
        self.left -= 1
        return self.block[:size] if self.left >= 0 else b""

    def skip(self, size: int) -> int:
        return size


def test_millions_of_files_take_24_bytes_each() -> None:
    searchers = Searchers(Dispatch(()), secret_rules.scanner(), build_tools.table(), unneeded_files.table())
    scan = LayerScan(searchers, Budget(), None)
    scan.run(TarReader(Endless(20_000)))
    record = scan.record()
    assert len(record.files) == 20_000 * 8
    assert len(layer_record.encode(record)) < 20_000 * 24 + 1000
