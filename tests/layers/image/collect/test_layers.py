"""Layers laid over each other: whiteouts, opaque folders, links and replacements, and what of them stays readable."""

import base64
import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.image.built_image import GITHUB_TOKEN, BuiltImage, Entry, Seen, directory, file, hard_link, link, look, tar_of
from ringfence.layers.image.collect.reading.layer_record import LayerRecord, Program, RecordedMark, name_mark
from ringfence.layers.image.collect.reading.tree import Tree

SECRET = f"token = {GITHUB_TOKEN}\n"


def seen(tmp_path: Path, *layers: list[Entry]) -> Seen:
    return look(BuiltImage(tuple(tar_of(layer) for layer in layers)).docker_archive(tmp_path / "x.tar"))


def state(tmp_path: Path, *layers: list[Entry]) -> set[tuple[str, bool]]:
    """Each place of the secret, and whether it is hidden."""
    return seen(tmp_path, *layers).places


def test_a_file_deleted_later_can_still_be_read(tmp_path: Path) -> None:
    assert state(tmp_path, [file("a/key", SECRET)], [file("a/.wh.key")]) == {("/a/key", True)}


def test_a_folder_deleted_later_hides_what_is_in_it(tmp_path: Path) -> None:
    assert state(tmp_path, [file("a/b/key", SECRET)], [file(".wh.a")]) == {("/a/b/key", True)}


@pytest.mark.parametrize("opaque", [file("a/.wh..wh..opq"), directory("a", trusted__overlay__opaque="y")])
def test_an_opaque_folder_hides_what_is_below_and_shows_its_own(tmp_path: Path, opaque: Entry) -> None:
    found = state(tmp_path, [file("a/old", SECRET)], [file("a/new", SECRET), opaque])
    assert found == {("/a/old", True), ("/a/new", False)}


def test_a_whiteout_does_not_hide_a_file_of_its_own_layer(tmp_path: Path) -> None:
    assert state(tmp_path, [file("key", "x")], [file(".wh.key"), file("key", SECRET)]) == {("/key", False)}
    assert state(tmp_path, [file("key", "x")], [file("key", SECRET), file(".wh.key")]) == {("/key", False)}


def test_a_file_brought_back_is_not_deleted(tmp_path: Path) -> None:
    assert state(tmp_path, [file("key", SECRET)], [file(".wh.key")], [file("key", SECRET)]) == {("/key", False)}


def test_a_file_replaced_by_a_clean_one_can_still_be_read(tmp_path: Path) -> None:
    assert state(tmp_path, [file("key", SECRET)], [file("key", "clean, and long enough")]) == {("/key", True)}


def test_a_folder_replaced_by_a_file_or_a_link_hides_what_was_in_it(tmp_path: Path) -> None:
    assert state(tmp_path, [file("a/key", SECRET)], [file("a", "x")]) == {("/a/key", True)}
    assert state(tmp_path, [file("a/key", SECRET)], [link("a", "b")]) == {("/a/key", True)}


def test_a_folder_that_stays_a_folder_hides_nothing(tmp_path: Path) -> None:
    assert state(tmp_path, [file("a/key", SECRET)], [directory("a")]) == {("/a/key", False)}


def test_a_hard_link_keeps_what_its_first_name_loses(tmp_path: Path) -> None:
    found = state(tmp_path, [file("a", SECRET), hard_link("b", "a")], [file(".wh.a")])
    assert found == {("/a", True), ("/b", False)}
    found = state(tmp_path, [file("a", SECRET)], [hard_link("b", "a"), file(".wh.a")])
    assert found == {("/a", True), ("/b", False)}


def test_a_name_given_twice_in_one_layer_leaves_the_first_readable_in_the_layer(tmp_path: Path) -> None:
    assert state(tmp_path, [file("key", SECRET), file("key", "clean, and long enough")]) == {("/key", True)}


def test_one_secret_in_many_places_is_told_once(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        [file("a", SECRET), file("gone", SECRET)],
        [file("b", SECRET), file("etc/c.conf", f"x: {GITHUB_TOKEN}"), file(".wh.gone")],
        [file("encoded.yaml", b"data: " + base64.b64encode(f"user:{GITHUB_TOKEN}".encode()))],
    )
    (hit,) = found.facts.secrets
    assert (hit.at.path, hit.at.layer_index) == ("/a", 0)
    assert hit.elsewhere == (
        "the same secret in /b:1 of layer 1",
        "the same secret in /etc/c.conf:1 of layer 1",
        "the same secret in /encoded.yaml:1 of layer 2",
        "the same secret in /gone:1 of layer 0, deleted later",
    )


def test_a_database_replaced_by_a_later_layer_is_the_one_that_counts(tmp_path: Path) -> None:
    status = "Package: {}\nVersion: 1\nStatus: install ok installed\n\n"
    found = seen(
        tmp_path,
        [file("var/lib/dpkg/status", status.format("a"))],
        [file("var/lib/dpkg/status", status.format("a") + status.format("b"))],
    )
    layers = {package.name: package.layer_digest for package in found.facts.packages}
    assert layers == {"a": found.facts.layers[0].diff_id, "b": found.facts.layers[1].diff_id}


def test_a_language_package_of_an_os_package_is_attached_to_it(tmp_path: Path) -> None:
    metadata = "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO"
    found = seen(
        tmp_path,
        [
            file("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
            file("var/lib/dpkg/status", "Package: python3-six\nVersion: 1.16.0-4\nStatus: install ok installed\n\n"),
            file("var/lib/dpkg/info/python3-six.list", f"/.\n/{metadata}\n"),
            file(metadata, "Name: six\nVersion: 1.16.0\n"),
            file("usr/local/lib/python3/site-packages/idna-3.4.dist-info/METADATA", "Name: idna\nVersion: 3.4\n"),
        ],
    )
    owners = {package.name: package.owned_by for package in found.facts.packages}
    assert owners == {"python3-six": "", "six": "pkg:deb/debian/python3-six@1.16.0-4?distro=debian-12", "idna": ""}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: an overlay whiteout is a device")
def test_a_device_0_0_is_a_whiteout(tmp_path: Path) -> None:
    assert state(tmp_path, [file("key", SECRET)], [Entry("key", kind=tarfile.CHRTYPE)]) == {("/key", True)}


PATHS = st.sampled_from(["a", "a/b", "a/b/c", "a/d", "e", "e/f"])
OPERATIONS = st.lists(st.tuples(st.sampled_from(["add", "gone", "opaque"]), PATHS), max_size=6)


@given(st.lists(OPERATIONS, max_size=5))
@settings(max_examples=200)
def test_laying_layers_is_what_applying_them_one_by_one_is(layers: list[list[tuple[str, str]]]) -> None:
    """Against a plain model: a set of paths, from which whiteouts take away and to which layers add."""
    tree, model = Tree(), set[tuple[str, int]]()
    for index, operations in enumerate(layers):
        added = {path for what, path in operations if what == "add"}
        # A real layer has no file where it has a folder.
        added = {path for path in added if not any(other.startswith(f"{path}/") for other in added)}
        gone = {path for what, path in operations if what == "gone"}
        opaque = {path for what, path in operations if what == "opaque"}
        record = LayerRecord(
            marks=tuple(RecordedMark(path=path, what=Program(kind="something")) for path in sorted(added)),
            gone=tuple(gone),
            opaque=tuple(opaque),
            files=b"".join(name_mark(path) for path in added),
        )
        tree.lay(index, record)

        def hidden(path: str, gone: set[str] = gone, opaque: set[str] = opaque, added: set[str] = added) -> bool:
            under = [path[:at] for at in range(len(path)) if path[at] == "/"]
            return path in gone | added or any(folder in gone | opaque | added for folder in under)

        model = {(path, layer) for path, layer in model if not hidden(path)} | {(path, index) for path in added}
    assert {(mark.path, mark.layer) for mark, _ in tree.live(Program)} == model


def test_what_comes_from_the_base_is_told_from_what_this_image_added(tmp_path: Path) -> None:
    layers = (tar_of([file("base/key", SECRET), file("usr/bin/gcc", "x")]), tar_of([file("usr/bin/dpkg", "y")]))
    history = (
        {"created_by": "ADD rootfs /"},
        {"created_by": 'CMD ["bash"]', "empty_layer": True},
        {"created_by": "COPY dpkg /usr/bin"},
    )
    found = look(BuiltImage(layers, history=history).docker_archive(tmp_path / "x.tar")).facts
    assert {tool.path: tool.at.in_base for tool in found.tools} == {"/usr/bin/gcc": True, "/usr/bin/dpkg": False}
    assert found.secrets[0].at.in_base is True
    assert seen(tmp_path, [file("key", SECRET)]).facts.secrets[0].at.in_base is None, "no history tells"


def test_a_secret_inside_an_archive_is_told_with_its_place_inside(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("BOOT-INF/classes/application.properties", SECRET)
    backup = gzip.compress(tar_of([file("app.jar", inner.getvalue()), file("notes", "nothing")]))
    assert state(tmp_path, [file("srv/backup.tar.gz", backup)], [file("srv/.wh.backup.tar.gz")]) == {
        ("/srv/backup.tar.gz!/app.jar!/BOOT-INF/classes/application.properties", True)
    }
    assert state(tmp_path, [file("var/log/x.log.gz", gzip.compress(SECRET.encode()))]) == {("/var/log/x.log.gz", False)}


def test_files_open_to_all_devices_and_accounts_are_those_of_the_final_tree(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        [
            file("srv/open", "x", 0o666),
            file("srv/closed-later", "x", 0o666),
            Entry("tmp", kind=tarfile.DIRTYPE, mode=0o1777),
            Entry("srv/folder", kind=tarfile.DIRTYPE, mode=0o777),
            Entry("dev/sda", kind=tarfile.BLKTYPE, mode=0o600, device=(8, 0)),
            file("etc/passwd", "root:x:0:0::/:\ntoor:x:0:0::/:\nold::7:7::/:\n"),
        ],
        [file("srv/closed-later", "x", 0o644), file("etc/shadow", "root:*:1:0:9:7:::\nadmin::1:0:9:7:::\n")],
    ).facts
    assert {(item.path, item.kind) for item in found.open_files} == {
        ("/srv/open", "world-writable"),
        ("/srv/folder", "world-writable"),
        ("/dev/sda", "device"),
    }
    assert found.accounts.shared_numbers == ("root, toor: 0",)
    assert set(found.accounts.empty_passwords) == {"old", "admin"}
