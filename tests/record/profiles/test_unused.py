"""What was never opened, by package: sums are right, links are followed, what is no Debian tree is named."""

from pathlib import Path

import pytest

from ringfence.engine.unused_files import never_opened
from ringfence.errors import UnreadableInput
from ringfence.model.knowledge import Known
from ringfence.model.recording import Access, FileUse, Phase, Recording
from ringfence.record.profiles.unused import unused


def opened(*paths: str) -> Recording:
    return Recording(files=Known(tuple(FileUse(path=path, access=Access.READ, phase=Phase.SERVING) for path in paths)))


def test_packages_nothing_of_which_was_opened_come_first() -> None:
    owned = {"a": {"/a1": 10, "/a2": 100}, "b": {"/b1": 5}, "c": {"/c1": 7}, "d": {"/a1": 1}}
    found = unused(opened("/a1"), owned)
    assert [(item.name, item.opened, item.files, item.unused_bytes) for item in found] == [
        ("c", 0, 1, 7),
        ("b", 0, 1, 5),
        ("a", 1, 2, 100),
    ]


def test_a_tree_is_read_through_its_links(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "usr/lib/used.so").write_bytes(b"x" * 9)
    (tmp_path / "usr/lib/other.so").write_bytes(b"x" * 4)
    (tmp_path / "escape").symlink_to("/etc/passwd")
    lists = tmp_path / "var/lib/dpkg/info"
    lists.mkdir(parents=True)
    (lists / "lib.list").write_text("/.\n/lib\n/lib/used.so\n/lib/other.so\n/gone\n/escape\n")
    (found,) = never_opened(opened("/usr/lib/used.so"), str(tmp_path))
    assert (found.name, found.opened, found.files, found.unused_bytes) == ("lib", 1, 2, 4)


def test_what_has_no_packages_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no lists of packages"):
        never_opened(opened(), str(tmp_path))


def test_a_recording_without_files_is_named() -> None:
    with pytest.raises(UnreadableInput, match="does not see files"):
        unused(Recording(), {})
