"""What an image carries for nothing: bytes that later layers hide, folders that nothing needs, files by package."""

from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from layers.image.built_image import BuiltImage, Entry, file, link, look, tar_of
from ringfence.formats.tar import Kind, Member
from ringfence.knowledge import build_tools, secret_rules, unneeded_files
from ringfence.layers.image.collect.reading.dispatch import Dispatch
from ringfence.layers.image.collect.reading.file_sizes import MAX_DEPTH, SizeLog, Stacked
from ringfence.layers.image.collect.reading.layer_record import FileSizes, LayerRecord
from ringfence.layers.image.collect.reading.layer_scan import Budget, LayerScan, Searchers
from ringfence.layers.image.facts import Facts

LARGE = b"\0" * 1_500_000


def facts(tmp_path: Path, *layers: list[Entry], list_files: bool = False) -> Facts:
    image = BuiltImage(tuple(tar_of(layer) for layer in layers))
    return look(image.docker_archive(tmp_path / "x.tar"), list_files=list_files).facts


class Given:
    """Members as they are."""

    def __init__(self, members: list[Member]) -> None:
        self._members = members

    def members(self) -> Iterator[Member]:
        yield from self._members

    def content(self, limit: int) -> bytes:
        return bytes(min(limit, 0))


def record(members: list[Member]) -> LayerRecord:
    searchers = Searchers(Dispatch(()), secret_rules.scanner(), build_tools.table(), unneeded_files.table())
    scan = LayerScan(searchers, Budget(), None)
    scan.run(Given(members))
    return scan.record()


NAMES = st.sampled_from("abc")
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@st.composite
def layers(draw: st.DrawFn) -> tuple[dict[str, int], set[str], set[str]]:
    """Files with their sizes, whiteouts, opaque folders; no file is a folder of another."""
    paths = draw(st.sets(PATHS, max_size=6))
    files = {path for path in paths if not any(other.startswith(f"{path}/") for other in paths)}
    sizes = {path: draw(st.integers(1, 100)) for path in sorted(files)}
    folders = {path.rpartition("/")[0] for path in files} - {""}
    return (
        sizes,
        draw(st.sets(PATHS, max_size=2)),
        draw(st.sets(st.sampled_from(sorted(folders)), max_size=1) if folders else st.just(set())),
    )


def members(files: dict[str, int], gone: set[str], opaque: set[str]) -> list[Member]:
    parents = {path[:index] for path in files for index, char in enumerate(path) if char == "/"}
    return [
        *(Member(path=path, kind=Kind.DIRECTORY, opaque=path in opaque) for path in sorted(parents)),
        *(Member(path=path, kind=Kind.DEVICE, whiteout=True) for path in sorted(gone)),
        *(Member(path=path, kind=Kind.FILE, size=size) for path, size in files.items()),
    ]


def under(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


@given(st.lists(layers(), min_size=1, max_size=4))
def test_bytes_are_wasted_exactly_where_files_are_hidden(stack: list[tuple[dict[str, int], set[str], set[str]]]) -> None:
    """Against the slow way: a tree of paths, laid layer by layer (OCI image-spec 1.1, layer.md)."""
    tree: dict[str, tuple[int, int]] = {}
    wasted = dict.fromkeys(range(len(stack)), 0)
    for index, (files, gone, opaque) in enumerate(stack):
        folders = {path[:at] for path in files for at, char in enumerate(path) if char == "/"}
        hidden = {
            path
            for path in tree
            if any(path == name or under(path, name) for name in (*gone, *files))
            or any(under(path, name) for name in opaque)
            or path in folders
        }
        for path in hidden:
            layer, size = tree.pop(path)
            wasted[layer] += size
        tree.update({path: (index, size) for path, size in files.items()})
    stacked = Stacked([(index, record(members(*layer))) for index, layer in enumerate(stack)])
    found = {item.layer: item.deleted_bytes + item.replaced_bytes for item in stacked.waste}
    assert found == {layer: size for layer, size in wasted.items() if size}
    assert stacked.sizes_of(PATH for layer, _, _ in stack for PATH in layer) == {
        path: size for path, (_, size) in tree.items()
    }


def test_what_is_deleted_and_what_is_replaced_is_told_by_layer_and_name(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        [file("tmp/archive.tar", LARGE), file("app/run", b"12345"), file("app/left", b"1")],
        [file("tmp/.wh.archive.tar"), file("app/run", b"123")],
        [file(".wh.app")],
    )
    first, second = found.wasted
    assert (first.layer, first.deleted_files, first.deleted_bytes) == (0, 2, 1_500_001)
    assert (first.replaced_files, first.replaced_bytes) == (1, 5)
    assert first.largest == ("/tmp/archive.tar (1,500,000 bytes)",)
    assert (second.layer, second.deleted_bytes, second.at.created_by) == (1, 3, "step 1")
    assert found.files_size == 1_500_009


def test_unneeded_folders_are_told_once_each_with_what_is_left_of_them(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        [
            file("usr/share/doc/a/copyright", b"1234"),
            file("usr/share/doc/b/changelog.gz", b"12"),
            file("app/.git/objects/pack/x", b"123456789"),
            file("app/tests/x.py", b"my own tests may be meant to be here"),
            file("usr/lib/python3/dist-packages/numpy/tests/deep/x.py", b"12345"),
            file("var/lib/apt/lists/x", b"123456"),
            file("usr/include/x.h"),
        ],
        [file("var/lib/apt/lists/.wh.x"), file("usr/share/doc/b/.wh.changelog.gz"), file("usr/share/doc/c/x", b"1")],
    )
    assert [(item.kind, item.path, item.files, item.size) for item in found.leftovers] == [
        ("version-control", "/app/.git", 1, 9),
        ("tests", "/usr/lib/python3/dist-packages/numpy/tests", 1, 5),
        ("documentation", "/usr/share/doc", 2, 5),
    ]


def test_a_tool_is_weighed_with_its_package(tmp_path: Path) -> None:
    (tool,) = facts(
        tmp_path,
        [
            link("lib", "usr/lib"),
            file("usr/bin/gcc-12", b"12"),
            file("usr/lib/gcc/cc1", b"1234567890"),
            file("var/lib/dpkg/info/gcc-12.list", "/.\n/usr/bin/gcc-12\n/lib/gcc/cc1\n/usr/share/doc/gone\n"),
        ],
    ).tools
    assert (tool.kind, tool.size, tool.package, tool.package_bytes) == ("compiler", 2, "gcc-12", 12)


def test_files_are_listed_by_package_and_real_path_where_they_are_asked_for(tmp_path: Path) -> None:
    layer = [
        link("bin", "usr/bin"),
        link("usr/lib/app", "/opt/app"),
        file("usr/bin/tool", b"123"),
        file("opt/app/data", b"12345"),
        file("var/lib/dpkg/info/tool.list", "/.\n/bin\n/bin/tool\n/usr/lib/app/data\n"),
    ]
    assert facts(tmp_path, layer).owned_files == ()
    (owned,) = facts(tmp_path, layer, list_files=True).owned_files
    assert (owned.name, owned.files) == ("tool", {"/usr/bin/tool": 3, "/opt/app/data": 5})


def test_links_that_form_a_loop_change_nothing(tmp_path: Path) -> None:
    layer = [
        link("a", "b"),
        link("b", "/a"),
        file("var/lib/dpkg/info/tool.list", "/a/x\n/../../y\n"),
        file("y", b"1"),
    ]
    (owned,) = facts(tmp_path, layer, list_files=True).owned_files
    assert owned.files == {"/y": 1}


def test_a_file_as_deep_as_a_name_can_be_costs_no_more_than_others() -> None:
    log = SizeLog(unneeded_files.table())
    folder = "/".join("d" * 20_000)
    log.add(f"{folder}/x", folder, 1)
    assert len(log.sizes().tree) == 8 * (MAX_DEPTH + 1)
    assert isinstance(log.sizes(), FileSizes)
