"""tar: what Python's own writer makes is read back, what is broken is said to be so, and nothing escapes."""

import io
import struct
import tarfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import tar
from ringfence.formats.tar import Kind, Member, TarReader, normal_path


class Bytes:
    """A source of bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def skip(self, size: int) -> int:
        return len(self._file.read(size))


def read(data: bytes, limit: int = 1 << 20) -> Iterator[tuple[Member, bytes]]:
    reader = TarReader(Bytes(data))
    for member in reader.members():
        yield member, reader.content(limit) if member.kind is Kind.FILE else b""


def packed(*entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for entry, data in entries:
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return target.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for key, value in fields.items():
        setattr(made, key, value)
    return made


NAMES = st.lists(
    st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=60).filter(
        lambda part: part not in (".", "..")
    ),
    min_size=1,
    max_size=6,
).map("/".join)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@given(files=st.dictionaries(NAMES, st.binary(max_size=1500), max_size=5), mode=st.integers(0, 0o7777))
def test_what_python_writes_is_read_back(form: int, files: dict[str, bytes], mode: int) -> None:
    archive = packed(*((entry(name, mode=mode), data) for name, data in files.items()), form=form)
    found = {member.path: (member.mode, data) for member, data in read(archive)}
    assert found == {normal_path(name)[0]: (mode, data) for name, data in files.items()}


@given(data=st.binary(max_size=2000), cut=st.integers(0, 4000))
def test_every_cut_gives_what_came_before_it_and_says_so(data: bytes, cut: int) -> None:
    archive = packed((entry("first"), data), (entry("second"), data))
    one = 512 + -(-len(data) // 512) * 512
    seen = []
    try:
        for member, content in read(archive[:cut]):
            assert content == data
            seen.append(member.path)
    except Malformed:
        assert cut not in (0, one, 2 * one)
    else:
        assert len(seen) == 2 or cut in (0, one)
    # An archive may end without its two zero blocks, so a cut between two members is an end.
    assert seen == ["first", "second"][: len(seen)]


@given(st.binary(max_size=1600))
def test_any_bytes(data: bytes) -> None:
    try:
        list(read(data))
    except (Malformed, LimitExceeded):
        return


@given(st.binary(min_size=512, max_size=512), st.binary(max_size=600))
def test_any_header_with_a_right_checksum(header: bytes, rest: bytes) -> None:
    blank = header[:148] + b" " * 8 + header[156:]
    sealed = blank[:148] + b"%06o\0 " % sum(blank) + blank[156:]
    try:
        for member, _ in read(sealed + rest):
            assert not member.path.startswith("/")
            assert member.escapes == (".." in member.path.split("/")) or member.kind is Kind.HARDLINK
    except (Malformed, LimitExceeded):
        return


@given(records=st.dictionaries(st.text("abcd.GNUsparsize", min_size=1, max_size=12), st.text(max_size=40), max_size=4))
def test_any_pax_records(records: dict[str, str]) -> None:
    archive = packed((entry("file", pax_headers={key: value for key, value in records.items() if key}), b"x"))
    try:
        list(read(archive))
    except (Malformed, LimitExceeded):
        return


@pytest.mark.parametrize(
    ("name", "path", "escapes"),
    [
        ("a/b", "a/b", False),
        ("./a//b/./c", "a/b/c", False),
        ("/etc/passwd", "etc/passwd", False),
        ("../../etc/passwd", "../../etc/passwd", True),
        ("a/../../b", "a/../../b", True),
        ("a..b/..c", "a..b/..c", False),
        (".", "", False),
    ],
)
def test_paths_are_brought_under_the_root(name: str, path: str, escapes: bool) -> None:
    assert normal_path(name) == (path, escapes)


def test_kinds_links_and_devices() -> None:
    archive = packed(
        (entry("d", tarfile.DIRTYPE), b""),
        (entry("s", tarfile.SYMTYPE, linkname="/etc/shadow"), b""),
        (entry("h", tarfile.LNKTYPE, linkname="./d/x"), b""),
        (entry("w", tarfile.CHRTYPE), b""),
        (entry("c", tarfile.CHRTYPE, devmajor=1, devminor=3), b""),
        (entry("f", tarfile.FIFOTYPE), b""),
    )
    found = [(member.kind, member.link, member.whiteout) for member, _ in read(archive)]
    assert found == [
        (Kind.DIRECTORY, "", False),
        (Kind.SYMLINK, "/etc/shadow", False),
        (Kind.HARDLINK, "d/x", False),
        (Kind.DEVICE, "", True),
        (Kind.DEVICE, "", False),
        (Kind.OTHER, "", False),
    ]


def test_a_hard_link_out_of_the_root_is_marked() -> None:
    ((member, _),) = read(packed((entry("h", tarfile.LNKTYPE, linkname="../../etc/shadow"), b"")))
    assert member.escapes


def test_extended_attributes() -> None:
    capability = struct.pack("<5I", 0x02000001, 1 << 21, 0, 0, 0)
    headers = {
        "SCHILY.xattr.security.capability": capability.decode("latin-1"),
        "SCHILY.xattr.trusted.overlay.opaque": "y",
    }
    ((member, _),) = read(packed((entry("f", pax_headers=headers), b"x")))
    assert member.opaque
    assert member.capability


def test_a_name_that_is_no_utf_8_is_escaped() -> None:
    ((member, _),) = read(packed((entry("a\udcff"), b"x"), form=tarfile.GNU_FORMAT))
    assert member.path == "a\\xff"


def test_a_pax_size_that_lies_is_believed_and_the_cut_is_told() -> None:
    record = b"22 size=9999999999999\n"
    assert len(record) == 22
    header = packed((entry("p", tarfile.XHDTYPE), record), form=tarfile.USTAR_FORMAT)[:1024]
    with pytest.raises(Malformed, match="ends in the middle"):
        list(read(header + packed((entry("file"), b"x"))))


def test_a_sparse_entry_of_10_gb_is_only_named() -> None:
    headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "10737418240"}
    ((member, _),) = read(packed((entry("big", pax_headers=headers), b"0\n" + bytes(510))))
    assert member.sparse
    assert member.size == 512


@pytest.mark.parametrize("record", [b"7 a=b\n", b"x a=b\n", b"6 ab=\n9 c=d", b"5 abc\n", b"999999999999 a=b\n"])
def test_wrong_pax_records_are_malformed(record: bytes) -> None:
    archive = packed((entry("p", tarfile.XHDTYPE), record), (entry("file"), b"x"), form=tarfile.USTAR_FORMAT)
    with pytest.raises(Malformed):
        list(read(archive))


def test_long_names_and_records_have_limits() -> None:
    for kind, limit in ((tarfile.GNUTYPE_LONGNAME, tar.MAX_NAME_BYTES), (tarfile.XHDTYPE, tar.MAX_PAX_BYTES)):
        archive = packed((entry("x", kind), bytes(limit + 1)), form=tarfile.USTAR_FORMAT)
        with pytest.raises(LimitExceeded):
            list(read(archive))


def test_extended_headers_without_end_are_malformed() -> None:
    one = packed((entry("x", tarfile.GNUTYPE_LONGNAME), b"name\0"), form=tarfile.USTAR_FORMAT)[:1024]
    with pytest.raises(Malformed, match="16 extended headers"):
        list(read(one * 17))
    with pytest.raises(Malformed, match="not followed"):
        list(read(one))
